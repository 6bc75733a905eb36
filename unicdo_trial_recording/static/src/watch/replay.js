// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Plays a recording in this page with rrweb's player. A plain script, shared by the sandboxed frame and by the page that
 * replays offline. Events were cleaned twice before; here, close to where they are built into a page again, whatever could
 * run, load or lead anywhere is taken out once more.
 */
(function () {
    "use strict";

    const BARRED_TAGS = new Set(
        (
            "script noscript iframe frame frameset object embed applet portal base meta template audio video source track " +
            "picture map area fencedframe animate set animatemotion animatetransform use image feimage foreignobject math"
        ).split(" ")
    );
    const BARRED_ATTRIBUTES = new Set(
        (
            "href xlink:href src srcset srcdoc action formaction data poster background ping manifest target http-equiv " +
            "content autofocus is " +
            "nonce integrity usemap codebase classid archive cite longdesc profile lowsrc dynsrc xml:base begin " +
            "end attributename values from to by rr_dataurl rr_src rr_mediastate"
        ).split(" ")
    );
    const MEDIA = new Set(["all", "screen", "print"]);
    const TAG = /^[a-z][a-z0-9-]*$/;
    const ATTRIBUTE = /^[a-z_][a-z0-9_-]*$/i;
    /** A page that is looked at while it stands still is shown as it was after its animations, not before. */
    const STILL =
        "html.rrweb-paused *, html.rrweb-paused *::before, html.rrweb-paused *::after " +
        "{ animation-delay: 0s !important; animation-duration: 0s !important; }";
    /** Characters of all events: those of two hours of lists are a third of it, and more would end the tab. */
    const MOST_TEXT = 1e9;
    /** Kinds of changes that recordings hold; those of canvases, fonts, media and plug-ins are none. */
    const SOURCES = new Set([0, 1, 2, 3, 4, 5, 6, 8, 12, 13, 15]);
    const OWN = /^unicdo\.[a-z]+$/;

    const isObject = (value) => typeof value === "object" && value !== null;
    const list = (value) => (Array.isArray(value) ? value : []);

    /**
     * CSS text without anything that fetches.
     * @param {boolean} [isCss] other texts may have escapes
     */
    function calmCss(text, isCss = true) {
        const calm = String(text).replace(/(url|src|image-set|image|cross-fade|element|paint|expression)\s*\(/gi, "nothing(");
        return isCss ? calm.replace(/@import/gi, "@nothing").replace(/\\/g, "_") : calm;
    }

    class Guard {
        /** @param {Object} sheets text of style sheets by their path */
        constructor(sheets) {
            this.sheets = sheets;
        }

        /** Clean one event in place. @returns {boolean} whether it may be played */
        event(event) {
            if (!isObject(event) || !Number.isFinite(event.timestamp) || !isObject(event.data)) {
                return false;
            }
            const data = event.data;
            const kinds = {
                0: () => true,
                1: () => true,
                2: () => this.snapshot(data),
                3: () => SOURCES.has(data.source) && this.change(data),
                4: () => this.page(data),
                5: () => OWN.test(data.tag),
            };
            return Object.hasOwn(kinds, event.type) && kinds[event.type]();
        }

        page(data) {
            data.href = "";
            return Number.isFinite(data.width) && Number.isFinite(data.height);
        }

        snapshot(data) {
            this.nodes([data.node]);
            return list(data.node?.childNodes).some((node) => node?.tagName === "html");
        }

        change(data) {
            this.nodes(list(data.adds).map((item) => item.node));
            for (const item of list(data.attributes)) {
                item.attributes = this.attributes(item.attributes);
            }
            this.rules(data);
            return true;
        }

        rules(data) {
            const rules = [data.adds, ...list(data.styles).map((style) => style.rules)].flatMap(list);
            for (const item of rules.filter((rule) => rule.rule !== undefined)) {
                item.rule = calmCss(item.rule);
            }
            for (const name of ["replace", "replaceSync"].filter((each) => data[each] !== undefined)) {
                data[name] = calmCss(data[name]);
            }
            if (isObject(data.set)) {
                data.set.value = calmCss(data.set.value);
            }
        }

        nodes(todo) {
            while (todo.length) {
                const node = todo.pop();
                if (isObject(node)) {
                    this.node(node);
                    todo.push(...list(node.childNodes));
                }
            }
        }

        node(node) {
            delete node.isCustom;
            if (node.type === 2) {
                this.element(node);
            } else if (node.textContent !== undefined) {
                node.textContent = node.isStyle ? calmCss(node.textContent) : String(node.textContent);
            }
        }

        element(node) {
            const tag = String(node.tagName).toLowerCase();
            if (tag === "link") {
                node.attributes = this.linkAttributes(node.attributes);
            } else {
                node.attributes = this.attributes(node.attributes);
            }
            node.tagName = BARRED_TAGS.has(tag) || !TAG.test(tag) ? "div" : tag;
            node.childNodes = node.tagName === tag ? list(node.childNodes) : [];
            if (tag === "style") {
                node.childNodes.filter(isObject).forEach((child) => (child.isStyle = true));
            }
        }

        /** Of links only style sheets are left, with the text that was kept of them and the medium they are for. */
        linkAttributes(attributes) {
            const { href } = isObject(attributes) ? attributes : {};
            const { _cssText, media } = this.attributes(attributes);
            const text = typeof href === "string" && Object.hasOwn(this.sheets, href) ? this.sheets[href] : _cssText;
            return { ...(typeof text === "string" && { _cssText: text }), ...(MEDIA.has(media) && { media }) };
        }

        attributes(attributes) {
            const kept = {};
            for (const [name, value] of Object.entries(isObject(attributes) ? attributes : {})) {
                const lower = name.toLowerCase();
                if (ATTRIBUTE.test(name) && !lower.startsWith("on") && !BARRED_ATTRIBUTES.has(lower)) {
                    kept[name] = this.value(lower, value);
                }
            }
            return kept;
        }

        value(name, value) {
            if (typeof value === "string") {
                return calmCss(value, /style|_csstext/.test(name));
            }
            return name === "style" && isObject(value) ? this.style(value) : isObject(value) ? null : value;
        }

        /** Changed declarations of a style attribute: texts, or pairs of a text and its priority. */
        style(changes) {
            const calm = (one) => (Array.isArray(one) ? one.map((part) => calmCss(part)) : one === false ? one : calmCss(one));
            return Object.fromEntries(Object.entries(changes).map(([name, one]) => [name, calm(one)]));
        }
    }

    /** @returns {Promise<string>} the text of one piece */
    async function unpack(packed) {
        const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
        return new Response(stream).text();
    }

    /**
     * @param {Uint8Array} content the pieces of a recording, each after four bytes of its length, and a length of nothing
     * @param {Object} sheets text of style sheets by their path
     * @param {function(number): void} tell takes the share that is read
     * @returns {Promise<Object[]>} the events that may be played, in order of time
     * @throws if it is not whole, or larger than any recording
     */
    async function read(content, sheets, tell) {
        const guard = new Guard(sheets);
        const lengths = new DataView(content.buffer, content.byteOffset, content.byteLength);
        const events = [];
        let room = MOST_TEXT;
        for (let at = 0, size; (size = lengths.getUint32(at)); at += 4 + size) {
            const text = await unpack(content.subarray(at + 4, at + 4 + size));
            room -= text.length;
            if (room < 0) {
                throw new RangeError("This recording is too large");
            }
            events.push(...list(JSON.parse(text).events).filter((event) => guard.event(event)));
            tell(at / content.length);
        }
        return events.sort((one, other) => one.timestamp - other.timestamp);
    }

    /** What a timeline shows: views opened, errors, pauses. */
    function marksOf(events) {
        const start = events.length ? events[0].timestamp : 0;
        return events
            .filter((event) => event.type === 5)
            .map((event) => {
                const { surface, model, view, route } = event.data.payload || {};
                return { at: event.timestamp - start, kind: event.data.tag.slice(7), place: { surface, model, view, route } };
            });
    }

    /**
     * What rrweb's player does not do by itself: pages that scroll have their bar, and each begins where it stood. Sent back to
     * before the first page was there, it forgets that page and does not build it again on the way forward: so it is never sent
     * there.
     */
    function mend(replayer, events) {
        replayer.iframe.setAttribute("scrolling", "auto");
        replayer.on("fullsnapshot-rebuilded", () => (replayer.virtualDom.scrollData = null));
        const { play } = replayer;
        const first = events.find((event) => event.type === 2).timestamp - events[0].timestamp + 1;
        replayer.play = (at = 0) => play.call(replayer, Math.max(at, first));
    }

    /**
     * @param {HTMLElement} target where to play
     * @param {Object[]} events as `read` gives them
     * @param {Object} props of rrweb's player
     * @returns {Object|null} `player`, `marks`; null if there is nothing to see
     */
    function play(target, events, props) {
        if (!events.some((event) => event.type === 2) || events.length < 2) {
            return null;
        }
        const player = new window.rrwebPlayer.Player({
            target,
            props: {
                events,
                maxScale: 2,
                mouseTail: { duration: 500, lineCap: "round", lineWidth: 3, strokeStyle: "#d9534f" },
                triggerFocus: false,
                insertStyleRules: [STILL],
                showWarning: false,
                UNSAFE_replayCanvas: false,
                ...props,
            },
        });
        mend(player.getReplayer(), events);
        return { player, marks: marksOf(events) };
    }

    window.unicdoReplay = { Guard, read, play };
})();
