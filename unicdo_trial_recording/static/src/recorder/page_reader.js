// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Reads nodes of a page as rrweb's player builds them, and no more of them than may stay: what the allow-list does not name
 * is never read. The cleaning comes afterwards all the same.
 */
import { DEEPEST } from "./cleaner.js";

/** A property as the browser has it: a field of a form, or a form of the page, may be called like any of them. */
const property = (name, owner = Node) => {
    const { get } = Object.getOwnPropertyDescriptor(owner.prototype, name);
    return (node) => get.call(node);
};
const parentNode = property("parentNode");
export const lastChild = property("lastChild");
export const previousSibling = property("previousSibling");
export const nextSibling = property("nextSibling");
export const isConnected = property("isConnected");
const nodeType = property("nodeType");
const localName = property("localName", Element);
export const shadowRoot = property("shadowRoot", Element);
const scrollLeft = property("scrollLeft", Element);
const scrollTop = property("scrollTop", Element);
const head = property("head", Document);
const { closest, getAttribute, getAttributeNames } = Element.prototype;
const { getRootNode } = Node.prototype;

const ELEMENT = 1;
const TEXT = 3;
const DOCUMENT = 9;
const DOCTYPE = 10;
const FRAGMENT = 11;
/** Of the head, only what makes the page's look. */
const IN_HEAD = new Set(["link", "style", "title"]);
/** What is in them is told otherwise, or never. */
const CLOSED = new Set(["style", "textarea", "title"]);
/** Names under which what is in an element is told. */
const CONTENT = { style: "_cssText", textarea: "value" };
const INPUTS = new Set(["input", "select", "textarea"]);
/** Their values are not seen, and never change. */
const CHECKED = new Set(["checkbox", "radio"]);
/** Where people write, every word is masked, whatever it equals. */
const WRITTEN = "[contenteditable]";

const written = (text) => text.replace(/\S/g, "*");

/** Rules of a style element's sheet, also those that no text of the page tells. */
export function rulesOf(sheet) {
    try {
        return Array.from(sheet.cssRules, (rule) => rule.cssText);
    } catch {
        return []; // of another host, or not there yet
    }
}

/** @returns {Node|null} a node itself; of a shadow root its host */
export function hostOr(node) {
    return node && isShadowRoot(node) ? node.host ?? null : node;
}

/** @returns {Node|null} in which a node stands; of a shadow root's nodes its host */
export const holderOf = (node) => hostOr(parentNode(node));
export const isShadowRoot = (node) => nodeType(node) === FRAGMENT;
export const isInShadow = (node) => isShadowRoot(parentNode(node));

export class PageReader {
    /**
     * @param {Object} mirror rrweb's: the numbers of nodes
     * @param {import("./cleaner.js").Cleaner} cleaner with the allow-list
     */
    constructor(mirror, { attributes, blocked }) {
        this.mirror = mirror;
        /** node → its number, while it is in the recorded page */
        this.numbers = new WeakMap();
        this.allowed = attributes;
        this.blocked = blocked;
        /** the highest number given out */
        this.last = 0;
        /** elements with a shadow root, which is for {@link PageWatch} to enter */
        this.hosts = [];
    }

    number(node) {
        return this.numbers.get(node);
    }

    isKnown(node) {
        return this.numbers.has(node);
    }

    /** A node went, with all that is in it now, however deep. */
    forget(node) {
        const going = [node];
        while (going.length) {
            const one = going.pop();
            // not by the mirror's own way, which fails at forms with a field called "childNodes"
            this.mirror.idNodeMap.delete(this.numbers.get(one));
            this.numbers.delete(one);
            for (let child = lastChild(one); child; child = previousSibling(child)) {
                going.push(child);
            }
            const root = nodeType(one) === ELEMENT && shadowRoot(one);
            if (root) {
                going.push(root);
            }
        }
    }

    /** Whether nothing in a node is recorded as nodes. */
    isClosed(node) {
        const name = nodeType(node) === ELEMENT ? localName(node) : "";
        return CLOSED.has(name) || this.blocked.has(name);
    }

    /** The whole page but for what is in shadow roots, and how far everything is scrolled. */
    page() {
        this.isScrolled = true;
        const told = this.tree(document);
        this.isScrolled = false;
        return told;
    }

    /**
     * A node with all that is in it, but for what is in shadow roots. Numbers count on as fold.js expects: children from the
     * last to the first, then those of each from the first to the last.
     *
     * @returns {Object|null} null for one that is not recorded
     */
    tree(node) {
        this.head = head(document);
        const isWritten = this._isWritten(node);
        const told = this._alone(node, isWritten);
        if (told) {
            this._putNumber(node, told);
            this._fill(node, told, isWritten || told.isWritten, 0);
        }
        return told;
    }

    _putNumber(node, told) {
        told.id = ++this.last;
        this.numbers.set(node, told.id);
        this.mirror.add(node, { id: told.id });
    }

    /** @param {number} depth below which the cleaning would cut: what is cut off has no number either */
    _fill(node, told, isWritten, depth) {
        if (!told.childNodes || depth === DEEPEST || this.isClosed(node)) {
            return;
        }
        const children = [];
        for (let child = lastChild(node); child; child = previousSibling(child)) {
            const one = this._alone(child, isWritten);
            if (one) {
                this._putNumber(child, one);
                children.push([child, one]);
            }
        }
        for (const [child, one] of children.reverse()) {
            told.childNodes.push(one);
            this._fill(child, one, isWritten || one.isWritten, depth + 1);
        }
    }

    /** A node without what is in it. */
    _alone(node, isWritten) {
        switch (nodeType(node)) {
            case ELEMENT:
                return this._element(node);
            case TEXT:
                return this._isInHead(node) ? null : { type: 3, textContent: isWritten ? written(node.data) : node.data };
            case DOCUMENT:
                return { type: 0, childNodes: [] };
            case DOCTYPE:
                return { type: 1 };
        }
        return null;
    }

    _element(element) {
        const tagName = localName(element);
        if (this._isSkipped(element, tagName)) {
            return null;
        }
        const told = { type: 2, tagName, attributes: {}, childNodes: [] };
        const isBlocked = this.blocked.has(tagName);
        for (const name of getAttributeNames.call(element)) {
            if (isBlocked ? name === "class" : this.allowed.has(name)) {
                told.attributes[name] = this.value(element, name);
            } else if (name === "contenteditable") {
                told.isWritten = true;
            }
        }
        this._tellState(element, tagName, told.attributes);
        if (shadowRoot(element)) {
            told.isShadowHost = true;
            this.hosts.push(element);
        }
        return told;
    }

    _isSkipped(element, tagName) {
        return (
            tagName === "script" ||
            (tagName === "link" && getAttribute.call(element, "rel") !== "stylesheet") ||
            (this._isInHead(element) && !IN_HEAD.has(tagName))
        );
    }

    _isInHead(node) {
        return parentNode(node) === this.head;
    }

    /** What no attribute says. */
    _tellState(element, tagName, attributes) {
        const tell = (name, value) => value && (attributes[name] = value);
        if (tagName in CONTENT || (INPUTS.has(tagName) && !CHECKED.has(element.type))) {
            const name = CONTENT[tagName] || "value";
            tell(name, this.value(element, name));
        }
        if (this.isScrolled) {
            tell("rr_scrollLeft", scrollLeft(element));
            tell("rr_scrollTop", scrollTop(element));
        }
    }

    /**
     * An attribute as it may be told before the cleaning: of what was filled in, only that something was.
     *
     * @returns {string|null} null where it is missing
     */
    value(element, name) {
        const tagName = localName(element);
        if (name === "_cssText") {
            return rulesOf(element.sheet).join("");
        }
        const value = name === "value" && INPUTS.has(tagName) ? element.value : getAttribute.call(element, name);
        return name === "value" && value ? "*" : value;
    }

    /** @returns {boolean} whether changes of this attribute are told */
    tells(element, name) {
        return this.blocked.has(localName(element)) ? name === "class" : this.allowed.has(name.toLowerCase());
    }

    /** The attribute that tells what is in a closed element. */
    contentName(element) {
        return nodeType(element) === ELEMENT ? CONTENT[localName(element)] : undefined;
    }

    text(node) {
        return this._isWritten(node) ? written(node.data) : node.data;
    }

    /** Whether a node is within what people write; a shadow root is where its host is. */
    _isWritten(node) {
        let place = holderOf(node);
        while (place && nodeType(place) === ELEMENT) {
            if (closest.call(place, WRITTEN)) {
                return true;
            }
            place = getRootNode.call(place).host;
        }
        return false;
    }
}
