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
            "href xlink:href src srcset srcdoc action formaction data poster background ping manifest target http-equiv content " +
            "autofocus is nonce integrity usemap codebase classid archive cite longdesc profile lowsrc dynsrc " +
            "xml:base begin end attributename values from to by rr_dataurl rr_src rr_mediastate"
        ).split(" ")
    );
    const TAG = /^[a-z][a-z0-9-]*$/;
    const ATTRIBUTE = /^[a-z_][a-z0-9_-]*$/i;
    /** Kinds of changes that recordings hold; those of canvases, fonts, media and plug-ins are none. */
    const SOURCES = new Set([0, 1, 2, 3, 4, 5, 6, 8, 12, 13, 15]);
    const OWN = /^unicdo\.[a-z]+$/;
    const SHEET_TAG = "link";

    /** CSS text without anything that fetches. */
    function calmCss(text) {
        return String(text)
            .replace(/@import/gi, "@nothing")
            .replace(/\\[0-9a-f]{1,6}\s?/gi, "_")
            .replace(/(url|src|image-set|image|cross-fade|element|paint|expression)\s*\(/gi, "nothing(");
    }

    class Guard {
        /** @param {Object} sheets text of style sheets by their path */
        constructor(sheets) {
            this.sheets = sheets;
        }

        /** @returns {Object[]} the events that may be played, in order of time */
        events(events) {
            return events.filter((event) => this.event(event)).sort((one, other) => one.timestamp - other.timestamp);
        }

        /** Clean one event in place. @returns {boolean} whether it may be played */
        event(event) {
            if (!event || typeof event !== "object" || !Number.isFinite(event.timestamp) || typeof event.data !== "object") {
                return false;
            }
            const data = event.data || {};
            switch (event.type) {
                case 0:
                case 1:
                    return true;
                case 2:
                    return this.root(data);
                case 3:
                    return SOURCES.has(data.source) && this.change(data);
                case 4:
                    data.href = "";
                    return Number.isFinite(data.width) && Number.isFinite(data.height);
                default:
                    return event.type === 5 && OWN.test(data.tag);
            }
        }

        root(data) {
            this.nodes([data.node]);
            return Boolean(data.node);
        }

        change(data) {
            for (const item of data.adds || []) {
                if (item.node) {
                    this.nodes([item.node]);
                }
                if (item.rule !== undefined) {
                    item.rule = calmCss(item.rule);
                }
            }
            for (const item of data.attributes || []) {
                item.attributes = this.attributes(item.attributes || {});
            }
            for (const name of ["replace", "replaceSync"]) {
                if (data[name] !== undefined) {
                    data[name] = calmCss(data[name]);
                }
            }
            if (data.set) {
                data.set.value = calmCss(data.set.value);
            }
            for (const rule of (data.styles || []).flatMap((style) => style.rules || [])) {
                rule.rule = calmCss(rule.rule);
            }
            return true;
        }

        nodes(todo) {
            while (todo.length) {
                const node = todo.pop();
                if (node && typeof node === "object") {
                    this.node(node);
                    todo.push(...(node.childNodes || []));
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
            const sheet = tag === SHEET_TAG && this.sheet(node.attributes || {});
            node.tagName = BARRED_TAGS.has(tag) || !TAG.test(tag) ? "div" : tag;
            if (node.tagName !== tag) {
                node.childNodes = [];
            }
            if (tag === "style") {
                for (const child of node.childNodes || []) {
                    child.isStyle = true;
                }
            }
            node.attributes = this.attributes(node.attributes || {});
            if (sheet) {
                node.attributes = { _cssText: sheet };
            } else if (tag === SHEET_TAG && !node.attributes._cssText) {
                node.attributes = {};
            }
        }

        sheet(attributes) {
            const href = attributes.href;
            return typeof href === "string" && Object.hasOwn(this.sheets, href) ? this.sheets[href] : "";
        }

        attributes(attributes) {
            const kept = {};
            for (const [name, value] of Object.entries(attributes)) {
                const lower = name.toLowerCase();
                if (ATTRIBUTE.test(name) && !lower.startsWith("on") && !BARRED_ATTRIBUTES.has(lower)) {
                    kept[name] = this.value(lower, value);
                }
            }
            return kept;
        }

        value(name, value) {
            if (typeof value === "string") {
                return /style|_csstext/.test(name) || /url\s*\(/i.test(value) ? calmCss(value) : value;
            }
            if (name === "style" && value && typeof value === "object") {
                return Object.fromEntries(
                    Object.entries(value).map(([property, one]) => [
                        property,
                        Array.isArray(one) ? one.map(calmCss) : typeof one === "string" ? calmCss(one) : one,
                    ])
                );
            }
            return typeof value === "object" ? null : value;
        }
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
     * @param {HTMLElement} target where to play
     * @param {Object[]} events
     * @param {Object} sheets text of style sheets by their path
     * @param {Object} props of rrweb's player
     * @returns {Object|null} `player`, `marks`; null if there is nothing to see
     */
    function play(target, events, sheets, props) {
        const safe = new Guard(sheets).events(events);
        if (!safe.some((event) => event.type === 2) || safe.length < 2) {
            return null;
        }
        const player = new window.rrwebPlayer.Player({
            target,
            props: {
                events: safe,
                maxScale: 2,
                mouseTail: { duration: 500, lineCap: "round", lineWidth: 3, strokeStyle: "#d9534f" },
                triggerFocus: false,
                showWarning: false,
                UNSAFE_replayCanvas: false,
                ...props,
            },
        });
        return { player, marks: marksOf(safe) };
    }

    window.unicdoReplay = { Guard, play };
})();
