// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Records one page after consent: rrweb watches what the person does, {@link PageWatch} what becomes of the page; every event is
 * cleaned, only what is clean goes on.
 */
import { Cleaner } from "./cleaner.js";
import { PageWatch } from "./page_watch.js";
import { Tail } from "./tail.js";
import { Transport } from "./transport.js";

/**
 * Nodes and rules of sheets that may change within the storm's window without a click or key; more is no usage, and nobody's page
 * shall suffer. What a person opens may well be larger: three lists of 80 rows are as much.
 */
const STORM_NODES = 10_000;
const STORM_SECONDS = 10;
/** Milliseconds that cleaning may take at a stretch. */
const SLICE = 8;
/** Within which nothing that a person does is told; few, for rrweb looks for them above whatever is clicked. */
const BLOCKED = "svg,iframe,video,canvas,picture,object";
/** Their state is told to nobody, and a list that opens sets that of each row. */
const STATELESS = "input[type=checkbox], input[type=radio]";
/** What a person does: mouse, clicks, scrolling, input, touch. */
const ACTIVITY = new Set([1, 2, 3, 5, 6, 12]);
/** What is taken from rrweb: that, and the window's size. */
const PERSONAL = new Set([...ACTIVITY, 4]);

/** Lets the page work in between. */
function later(work) {
    if (window.requestIdleCallback) {
        window.requestIdleCallback(work, { timeout: 1000 });
    } else {
        setTimeout(work, 50);
    }
}

export class Recorder {
    /**
     * @param {Object} options
     * @param {Object} options.grant what /recording/begin answered
     * @param {Object} options.allow content of allow_list.json
     * @param {string[]} options.terms texts that stay readable
     * @param {Object} options.rrweb the library
     * @param {() => Promise<Object|false>} options.renew asks for another token
     * @param {() => Object} options.view what is open: `surface`, `model`, `view`, `route`
     * @param {string} options.tailKey under which the tab keeps what a page could not send
     * @param {boolean} [options.paused] begin paused
     * @param {(state: string) => void} [options.onState] "recording", "paused", "idle" or "ended"
     * @param {(why: string) => void} [options.onEnd] called once: "storm", "cap", "refused", "away", "stopped", or "over": this
     *     recording takes nothing more, but /recording/begin may give another part of it or a new one
     */
    constructor({ grant, allow, terms, rrweb, renew, view, tailKey, paused = false, onState = () => {}, onEnd = () => {} }) {
        this.limits = grant.limits;
        this.cleaner = new Cleaner(allow, terms);
        this.rrweb = rrweb;
        this.view = view;
        this.onState = onState;
        this.onEnd = onEnd;
        this.transport = new Transport(grant, renew, (why) => this._end(why), new Tail(window.sessionStorage, tailKey));
        this.queue = [];
        this.changes = [];
        /** of images, as they were told */
        this.sizes = new WeakMap();
        /** images that wait to be measured again */
        this.came = new Set();
        this.state = paused ? "paused" : "recording";
        this.listeners = [
            [window, "pagehide", () => this._leave()],
            [document, "visibilitychange", () => document.visibilityState === "hidden" && this._leave()],
            [window, "pageshow", (ev) => ev.persisted && this._comeBack()],
            [window, "pointerdown", () => this._act()],
            [window, "keydown", () => this._act()],
            [document, "load", ({ target }) => target.localName === "img" && this._imageCame(target)],
        ];
    }

    start() {
        this.startedAt = this.activeAt = Date.now();
        for (const [target, name, listener] of this.listeners) {
            target.addEventListener(name, listener, { capture: true, passive: true });
        }
        this.clock = setInterval(() => this._checkTime(), 5000);
        if (this.state === "recording") {
            this._observe();
            this.viewChanged();
        }
    }

    _observe() {
        const { attachShadow } = Element.prototype;
        const stopListening = this.rrweb.record({
            emit: (event) => PERSONAL.has(event.data.source) && this._take(event),
            recordDOM: false,
            maskAllInputs: true,
            blockSelector: BLOCKED,
            ignoreSelector: STATELESS,
            sampling: { mousemove: 100, mousemoveCallback: 500, scroll: 200, media: 10_000, input: "last" },
            errorHandler: () => true,
        });
        // whatever it was told, rrweb watches shadow roots that come later, and for ever: it never hears of them
        Element.prototype.attachShadow = attachShadow;
        this.page = new PageWatch(
            this.rrweb.record.mirror, this.cleaner, (event, nodes) => this._take(event, nodes), () => this._end("stopped")
        );
        this.stopObserving = () => {
            stopListening?.();
            this.page.stop();
        };
        this.page.start();
    }

    /** Another view of Odoo is open. */
    viewChanged() {
        this._note("unicdo.view", this.view());
    }

    /** An error was shown. */
    errorShown() {
        this._note("unicdo.error", {});
    }

    /** By the person; only {@link resume} ends it. */
    pause() {
        if (this.state === "recording") {
            this._note("unicdo.pause", {});
            this._rest("paused");
        } else if (this.state === "idle") {
            this._rest("paused");
        }
    }

    resume() {
        if (this.state === "paused") {
            this._goOn();
        }
    }

    /**
     * Stop for this page.
     * @param {string} why "stopped"
     * @param {Object} [options]
     * @param {boolean} [options.drop] forget what was not sent yet, as a withdrawal demands
     * @returns {Promise<void>} the rest is sent, or one try to do so has failed
     */
    async stop(why, { drop = false } = {}) {
        if (drop) {
            this.queue = [];
            this.transport.drop();
        }
        await this._end(why);
    }

    _rest(state) {
        this.stopObserving?.();
        this.state = state;
        this.onState(state);
    }

    _goOn() {
        this.state = "recording";
        this.activeAt = Date.now();
        this.onState("recording");
        this._note("unicdo.resume", {});
        this._observe();
        this.viewChanged();
    }

    /** Somebody does something. */
    async _act() {
        this.changes = [];
        if (this.state !== "idle" || this.isWaking) {
            return;
        }
        this.isWaking = true;
        const isOpen = await this.transport.refresh();
        this.isWaking = false;
        if (this.state !== "idle") {
            return; // paused or stopped meanwhile
        }
        if (isOpen) {
            this._goOn();
        } else if (isOpen === false) {
            this._end("over");
        }
    }

    /** The page was left and is shown again: what other pages recorded meanwhile lies between. */
    _comeBack() {
        this.queue = [];
        this.transport.drop();
        this._end("over");
    }

    _note(tag, payload) {
        if (this.state === "recording") {
            this._take({ type: 5, data: { tag, payload }, timestamp: Date.now() });
        }
    }

    /** @param {number} [nodes] of the page, or rules, that an event is about */
    _take(event, nodes = 0) {
        if (this.state !== "recording") {
            return;
        }
        if (event.type === 3 && ACTIVITY.has(event.data.source)) {
            this.activeAt = event.timestamp;
        }
        if (nodes && this._isStorm(nodes)) {
            this._end("storm");
            return;
        }
        this.queue.push(event);
        if (!this.isCleaning) {
            this.isCleaning = true;
            later(() => this._clean());
        }
    }

    _clean() {
        this._cleanUntil(performance.now() + SLICE);
        this.isCleaning = this.queue.length > 0;
        if (this.isCleaning) {
            later(() => this._clean());
        }
    }

    /** What waits, or as much of it as can be cleaned up to a moment. */
    _cleanUntil(end) {
        try {
            while (this.queue.length && performance.now() < end) {
                this._cleanOne();
            }
        } catch {
            // what cannot be cleaned is not sent, and nobody is bothered with it
            this.queue = [];
            this._end("stopped");
        }
    }

    _cleanOne() {
        const event = this.queue.shift();
        this._measure(event);
        const clean = this.cleaner.event(event);
        if (clean) {
            this.transport.add(clean);
        }
        if (event.type === 2) {
            if (!clean) {
                throw new Error("The page is too large");
            }
            // without it all that follows is lost: it does not wait
            this.transport.flush();
        }
    }

    /** An image that was measured before it was there; one that waits to be measured tells its size itself. */
    _imageCame(image) {
        if (!this.sizes.has(image)) {
            return;
        }
        if (!this.came.size) {
            later(() => this._measureCame());
        }
        this.came.add(image);
    }

    /** All at once, and when the page has time: each for itself would cost a layout of the page. */
    _measureCame() {
        const attributes = [];
        for (const image of [...this.came].filter((item) => item.isConnected)) {
            const told = this.sizes.get(image);
            const [width, height] = this._sizeOf(image);
            if (told[0] !== width || told[1] !== height) {
                const id = this.rrweb.record.mirror.getId(image);
                attributes.push({ id, attributes: { style: `width: ${width}; height: ${height}` } });
            }
        }
        this.came.clear();
        if (attributes.length) {
            this._take({
                type: 3, data: { source: 0, texts: [], attributes, removes: [], adds: [] }, timestamp: Date.now(),
            });
        }
    }

    _sizeOf(image) {
        const { width, height } = image.getBoundingClientRect();
        const size = [width, height].map((number) => `${number.toFixed(2)}px`);
        this.sizes.set(image, size);
        return size;
    }

    /** Sizes of what only keeps its place: asked for while a view is being built they would cost its layout twice. */
    _measure({ type, data }) {
        const isChange = type === 3 && data.source === 0;
        const nodes = type === 2 ? [data.node] : isChange ? data.adds.map((add) => add.node) : [];
        while (nodes.length) {
            const node = nodes.pop();
            if (this.cleaner.replaced.has(node.tagName)) {
                const image = this.rrweb.record.mirror.getNode(node.id);
                const [width, height] = image ? this._sizeOf(image) : [];
                Object.assign(node.attributes, image && { rr_width: width, rr_height: height });
            }
            nodes.push(...(node.childNodes || []));
        }
    }

    _isStorm(nodes) {
        const now = Date.now();
        this.changes.push([now, nodes]);
        while (this.changes[0][0] < now - STORM_SECONDS * 1000) {
            this.changes.shift();
        }
        return this.changes.reduce((sum, [, count]) => sum + count, 0) > STORM_NODES;
    }

    _checkTime() {
        const now = Date.now();
        if (now - this.startedAt > this.limits.session_minutes * 60_000) {
            this._end("cap");
        } else if (this.state === "recording" && now - this.activeAt > this.limits.idle_minutes * 60_000) {
            this._note("unicdo.end", { why: "idle" });
            this._rest("idle");
        } else if (this.state === "recording") {
            this.page.lookClosely();
        }
    }

    _leave() {
        if (this.state === "recording") {
            this.page.flush();
        }
        this._cleanUntil(Infinity);
        this.transport.leave();
    }

    _end(why) {
        if (this.state === "ended") {
            return undefined;
        }
        const before = this.state;
        this.state = "ended";
        if (before === "recording") {
            this.stopObserving?.();
            this._cleanUntil(Infinity);
            const end = { type: 5, data: { tag: "unicdo.end", payload: { why } }, timestamp: Date.now() };
            this.transport.add(this.cleaner.event(end));
        }
        clearInterval(this.clock);
        for (const [target, name, listener] of this.listeners) {
            target.removeEventListener(name, listener, { capture: true });
        }
        const closed = this.transport.close();
        this.onState("ended");
        this.onEnd(why);
        return closed;
    }
}

/**
 * Fetch what cleaning needs and start; see {@link Recorder} for the options other than `allow` and `terms`.
 * @returns {Promise<Recorder>}
 */
export async function startRecorder(options) {
    const read = async (url) => {
        const answer = await fetch(url);
        if (!answer.ok) {
            throw new Error("The recorder's lists could not be read");
        }
        return answer.json();
    };
    const [allow, terms] = await Promise.all([read(options.grant.allow), read(options.grant.terms)]);
    const recorder = new Recorder({ ...options, allow, terms });
    recorder.start();
    return recorder;
}
