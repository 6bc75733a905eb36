// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Tells what becomes of a page: first all of it, then what comes, goes and changes. rrweb's own watching copies whatever stands
 * in a page before anybody can clean it, and takes long for each node; this reads what may stay, and whole parts at once.
 */
import { holderOf, hostOr, isConnected, isInShadow, isShadowRoot, lastChild, nextSibling, PageReader, previousSibling,
    shadowRoot } from "./page_reader.js";
import { SheetWatch } from "./sheet_watch.js";

const WATCHED = {
    attributes: true, attributeOldValue: true, characterData: true, characterDataOldValue: true, childList: true, subtree: true,
};
/** Milliseconds in which scrolling within shadow roots is told once; rrweb hears of it elsewhere only. */
const SCROLL = 200;

export class PageWatch {
    /**
     * @param {Object} mirror rrweb's, which tells what is clicked and scrolled by the numbers given here
     * @param {import("./cleaner.js").Cleaner} cleaner
     * @param {(event: Object, nodes: number) => void} emit takes an event, not cleaned yet, and how many nodes or rules of
     *     sheets it is about
     * @param {() => void} onFail the page could not be read: what came after would be wrong
     */
    constructor(mirror, cleaner, emit, onFail) {
        this.reader = new PageReader(mirror, cleaner);
        this.emit = emit;
        this.onFail = onFail;
        this.sheets = new SheetWatch(this.reader, (data, rules) => this._tell(data, rules));
        this.observer = new MutationObserver((records) => this._guarded(() => this._takeIn(records)));
        this.scrolled = new Set();
        this.onScroll = ({ target }) => this._scroll(target);
        this.listening = new AbortController();
    }

    start() {
        this._guarded(() => {
            const { innerWidth: width, innerHeight: height, scrollX: left, scrollY: top, location } = window;
            this._emit(4, { href: location.href, width, height });
            this._emit(2, { node: this.reader.page(), initialOffset: { left, top } });
            this.observer.observe(document, WATCHED);
            this.sheets.add(document, document);
            this._enterShadows();
            this.sheets.look();
            this._watchAttaching();
        });
    }

    stop() {
        this.isStopped = true;
        this.observer.disconnect();
        this.listening.abort();
        if (Element.prototype.attachShadow === this.attaching) {
            Element.prototype.attachShadow = this.attach;
        }
    }

    /** Tell what has happened and was not told yet. */
    flush() {
        this._guarded(() => this._takeIn(this.observer.takeRecords()));
    }

    /** Look for rules of style sheets that were changed where they stand. */
    lookClosely() {
        this._guarded(() => this.sheets.look(true));
    }

    _guarded(work) {
        try {
            if (!this.isStopped) {
                work();
            }
        } catch {
            this.onFail();
        }
    }

    _emit(type, data, nodes = 0) {
        if (!this.isStopped) {
            this.emit({ type, data, timestamp: Date.now() }, nodes);
        }
    }

    _tell(data, nodes) {
        this._emit(3, data, nodes);
    }

    // ------------------------------------------------------------ changes

    _takeIn(records) {
        const before = this.reader.last;
        const { moved, texts, attributes } = this._sort(records);
        const removes = this._removes(moved);
        const adds = this._adds(moved.keys());
        const isOld = (node) => this.reader.isKnown(node) && this.reader.number(node) <= before;
        const change = {
            removes, adds, texts: this._texts(texts, isOld), attributes: this._attributes(attributes, isOld), source: 0,
        };
        const nodes = this.reader.last - before + removes.length + change.texts.length + change.attributes.length;
        if (nodes) {
            this._tell(change, nodes);
        }
        this._enterShadows();
        this.sheets.look();
    }

    /**
     * Each thing once, whatever became of it in between.
     *
     * @returns {Object} `moved` (Map of nodes that came or went, to what they were first taken from, or null), `texts` (Map to
     *     what they were), `attributes` (Map of elements to a Map of names to values before)
     */
    _sort(records) {
        const moved = new Map();
        const texts = new Map();
        const attributes = new Map();
        const once = (map, key, value) => map.has(key) || map.set(key, value);
        const change = (element, name, before) => {
            once(attributes, element, new Map());
            once(attributes.get(element), name, before);
        };
        for (const { type, target, attributeName, oldValue, addedNodes, removedNodes } of records) {
            const closed = type === "characterData" ? holderOf(target) : target;
            const content = type !== "attributes" && closed && this.reader.contentName(closed);
            if (type === "attributes") {
                change(target, attributeName, oldValue);
            } else if (content) {
                change(closed, content, null);
            } else if (type === "characterData") {
                once(texts, target, oldValue);
            } else {
                removedNodes.forEach((node) => once(moved, node, target));
                addedNodes.forEach((node) => once(moved, node, null));
            }
        }
        return { moved, texts, attributes };
    }

    _removes(moved) {
        const gone = [...moved].filter(([node, from]) => from && this.reader.isKnown(node) && this.reader.isKnown(hostOr(from)));
        const removes = gone.map(([node, from]) => ({
            parentId: this.reader.number(hostOr(from)), id: this.reader.number(node), isShadow: isShadowRoot(from),
        }));
        gone.forEach(([node]) => this.reader.forget(node));
        return removes;
    }

    /** Parts that came, each with its parent and the neighbour before which it stands. */
    _adds(nodes) {
        const waiting = new Set([...nodes].filter((node) => this._isNew(node)));
        const adds = [];
        for (const first of waiting) {
            const row = [];
            for (let node = first; waiting.delete(node); node = nextSibling(node)) {
                row.push(node);
            }
            // from the last to the first, so that each finds its neighbour there
            row.reverse().forEach((node) => this._add(node, adds));
        }
        return adds;
    }

    /** Whether a node came into a part of the page that is known; what is in a new part comes with that. */
    _isNew(node) {
        const holder = isConnected(node) && !this.reader.isKnown(node) && holderOf(node);
        return Boolean(holder) && this.reader.isKnown(holder) && !this.reader.isClosed(holder);
    }

    _add(node, adds) {
        const told = this.reader.tree(node);
        if (!told) {
            return;
        }
        let next = nextSibling(node);
        while (next && !this.reader.isKnown(next)) {
            next = nextSibling(next);
        }
        told.isShadow = isInShadow(node);
        adds.push({
            parentId: this.reader.number(holderOf(node)), nextId: next ? this.reader.number(next) : null, node: told,
        });
    }

    _texts(texts, isOld) {
        const changed = [...texts.keys()].filter((node) => isOld(node) && node.data !== texts.get(node));
        return changed.map((node) => ({ id: this.reader.number(node), value: this.reader.text(node) }));
    }

    _attributes(changed, isOld) {
        const told = [];
        for (const [element, names] of changed) {
            const attributes = isOld(element) ? this._changed(element, names) : [];
            if (attributes.length) {
                told.push({ id: this.reader.number(element), attributes: Object.fromEntries(attributes) });
            }
        }
        return told;
    }

    _changed(element, names) {
        const told = [...names].filter(([name]) => this.reader.tells(element, name));
        const values = told.map(([name, before]) => [name, this.reader.value(element, name), before]);
        return values.filter(([, value, before]) => value !== before);
    }

    // ------------------------------------------------------------ shadow roots

    _enterShadows() {
        const { hosts, last } = this.reader;
        const adds = [];
        while (hosts.length && !this.isStopped) {
            this._enter(shadowRoot(hosts.pop()), adds);
        }
        if (adds.length) {
            this._tell({ source: 0, removes: [], adds, texts: [], attributes: [] }, this.reader.last - last);
        }
    }

    _enter(root, adds) {
        for (let node = lastChild(root); node; node = previousSibling(node)) {
            this._add(node, adds);
        }
        this.observer.observe(root, WATCHED);
        root.addEventListener("scroll", this.onScroll, { capture: true, passive: true, signal: this.listening.signal });
        this.sheets.add(root, root.host);
    }

    /** Nothing tells of a shadow root that an element of the page gets later. */
    _watchAttaching() {
        const { prototype } = Element;
        const attach = prototype.attachShadow;
        const came = (element) => this._guarded(() => this._attached(element));
        this.attach = attach;
        this.attaching = prototype.attachShadow = function attachShadow(...options) {
            const root = attach.apply(this, options);
            came(this);
            return root;
        };
    }

    _attached(element) {
        if (shadowRoot(element) && this.reader.isKnown(element)) {
            this.reader.hosts.push(element);
            this._enterShadows();
        }
    }

    _scroll(element) {
        if (!this.scrolled.size) {
            setTimeout(() => this._guarded(() => this._tellScrolled()), SCROLL);
        }
        this.scrolled.add(element);
    }

    _tellScrolled() {
        for (const element of this.scrolled) {
            if (this.reader.isKnown(element)) {
                this._tell({ source: 3, id: this.reader.number(element), x: element.scrollLeft, y: element.scrollTop });
            }
        }
        this.scrolled.clear();
    }
}
