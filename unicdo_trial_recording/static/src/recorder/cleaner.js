// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Cleans the events of a recording by an allow-list, before anything leaves the browser: what is not listed goes. Events
 * are built anew from what is known of them. tools/clean.py does the same a second time on the server; both read
 * allow_list.json, and a test compares them.
 */
import { CssCleaner, cut, length } from "./clean_css.js";

const words = (text) => new Set(text.split(" "));
const SPACES = /[ \t\n\r\f\v\u00a0]+/g;
/** Signs of no width, which editors put around links: they hold a line open, and a mask would be seen. */
const NOTHINGS = /[\u200b\u2060\ufeff]+/g;
const SHEET = /^(?:https?:\/\/[^/?#]+)?(\/web\/assets\/(?:[0-9]{1,9}\/)?[0-9a-z]{1,40}\/[a-z0-9_.]{1,80}\.css)(?:[?#][^]*)?$/;
const ADDRESS = /^(https?:\/\/[A-Za-z0-9.:_[\]-]{1,255})?(\/[^?#]*)?(?:[?#][^]*)?$/;
const SIZE = /^(-?[0-9]{1,6})(?:(\.[0-9]{1,2})[0-9]*)?(px|%)?$/;
const LANG = /^[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?$/;
/** Elements within one another in one event; in what is deeper nothing is told. */
export const DEEPEST = 100;
const SPELLING = { _csstext: "_cssText", rr_scrollleft: "rr_scrollLeft", rr_scrolltop: "rr_scrollTop" };

/** Something that is no event of a recording. */
class Refused extends Error {}

const refuse = () => {
    throw new Refused();
};
const isDict = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const dict = (value) => (isDict(value) ? value : refuse());
const string = (value) => (typeof value === "string" ? value : refuse());
const integer = (value) => (Number.isInteger(value) ? value : refuse());
const identity = (value) => (integer(value) >= -3 && value < 2 ** 31 ? value : refuse());

export class Cleaner {
    /**
     * @param {Object} allow content of allow_list.json
     * @param {Iterable<string>} terms texts that stay readable
     */
    constructor(allow, terms) {
        this.terms = new Set(terms);
        this.limits = allow.limits;
        this.mask = allow.mask;
        this.fixed = allow.fixed;
        this.tags = words(allow.tags);
        this.blocked = words(allow.blocked);
        this.replaced = words(allow.replaced);
        this.attributes = new Map(Object.entries(allow.attributes));
        this.values = Object.fromEntries(Object.entries(allow.values).map(([name, text]) => [name, words(text)]));
        this.routes = words(allow.routes);
        this.models = new RegExp(allow.models);
        this.css = new CssCleaner(allow);
        this.rules = this._makeRules();
        this.sources = {
            0: this._mutation,
            1: this._movement,
            2: this._interaction,
            3: this._scroll,
            4: this._resize,
            5: this._input,
            6: this._movement,
            8: this._sheetRule,
            12: this._movement,
            13: this._declaration,
            15: this._adopted,
        };
    }

    /**
     * One event, cleaned; null for one that is not recorded, whatever it is.
     */
    event(event) {
        try {
            this.nodes = 0;
            const { type, timestamp } = dict(event);
            if (typeof timestamp !== "number" || !(timestamp >= 0 && timestamp < 1e14)) {
                return null;
            }
            const data = this._data(integer(type), dict(event.data === undefined ? {} : event.data));
            return data && { type, data, timestamp };
        } catch (error) {
            if (error instanceof Refused) {
                return null;
            }
            throw error;
        }
    }

    _data(type, data) {
        switch (type) {
            case 0:
            case 1:
                return {};
            case 2:
                return this._snapshot(data);
            case 3:
                return this._incremental(data);
            case 4:
                return { href: this.address(string(data.href ?? "")), ...this._numbers(data, ["width", "height"]) };
            case 5:
                return this._own(data);
        }
        return null;
    }

    _snapshot(data) {
        const initialOffset = this._numbers(dict(data.initialOffset ?? {}), ["left", "top"]);
        return { node: this._node(data.node, 0), initialOffset };
    }

    _incremental(data) {
        const clean = this.sources[integer(data.source)];
        const kept = clean ? clean.call(this, data) : null;
        return kept && { source: data.source, ...kept };
    }

    _own({ tag, payload = {} }) {
        dict(payload);
        let kept = {};
        if (tag === "unicdo.view") {
            const model = string(payload.model ?? "");
            kept = {
                surface: this._listed("surface", payload.surface),
                view: this._listed("view", payload.view),
                model: length(model) <= 64 && this.models.test(model) ? model : model ? "custom" : "",
                route: this.route(string(payload.route ?? "")),
            };
        } else if (tag === "unicdo.end") {
            kept = { why: this._listed("why", payload.why) };
        } else if (!["unicdo.error", "unicdo.pause", "unicdo.resume"].includes(tag)) {
            return null;
        }
        return { tag, payload: kept };
    }

    _listed(name, value) {
        return typeof value === "string" && this.values[name].has(value) ? value : "";
    }

    // ------------------------------------------------------------ incremental

    _mutation(data) {
        if (data.isAttachIframe) {
            return null;
        }
        return {
            texts: this._list(data, "texts").map((item) => ({
                id: identity(dict(item).id),
                value: item.value === null || item.value === undefined ? null : this.text(string(item.value)),
            })),
            attributes: this._list(data, "attributes").map((item) => ({
                id: identity(dict(item).id),
                attributes: this._attributeValues(dict(item.attributes)),
            })),
            removes: this._list(data, "removes").map((item) => ({
                parentId: identity(dict(item).parentId),
                id: identity(item.id),
                ...(item.isShadow === true && { isShadow: true }),
            })),
            adds: this._list(data, "adds").map((item) => ({
                parentId: identity(dict(item).parentId),
                nextId: item.nextId === null || item.nextId === undefined ? null : identity(item.nextId),
                node: this._node(item.node, 0),
            })),
        };
    }

    _movement(data) {
        return {
            positions: this._list(data, "positions").map((item) => ({
                id: identity(dict(item).id),
                ...this._numbers(item, ["x", "y", "timeOffset"]),
            })),
        };
    }

    _interaction(data) {
        const type = integer(data.type);
        if (type < 0 || type > 12) {
            return null;
        }
        return {
            type,
            id: identity(data.id),
            ...("x" in data && data.x !== undefined && this._numbers(data, ["x", "y"])),
        };
    }

    _scroll(data) {
        return { id: identity(data.id), ...this._numbers(data, ["x", "y"]) };
    }

    _resize(data) {
        return this._numbers(data, ["width", "height"]);
    }

    _input(data) {
        return { id: identity(data.id), text: string(data.text ?? "") ? this.fixed : "", isChecked: false };
    }

    _sheetRule(data) {
        const kept = this._sheetIds(data);
        if (data.removes !== undefined) {
            kept.removes = this._list(data, "removes").map((item) => ({ index: this._place(dict(item).index) }));
        }
        if (data.adds !== undefined) {
            kept.adds = this._list(data, "adds").map((item) => this._addedRule(item));
        }
        for (const name of ["replace", "replaceSync"]) {
            if (data[name] !== undefined) {
                kept[name] = this.css.sheet(string(data[name]));
            }
        }
        return kept;
    }

    _addedRule(item) {
        const rule = this.css.sheet(string(dict(item).rule ?? "")) || "o{}";
        return item.index === undefined ? { rule } : { rule, index: this._place(item.index) };
    }

    _declaration(data) {
        const kept = { ...this._sheetIds(data), index: this._place(data.index) };
        if (data.set !== undefined) {
            const pair = this.css.declaration(string(dict(data.set).property ?? ""), string(data.set.value ?? ""));
            if (!pair) {
                return null;
            }
            kept.set = { property: pair[0], value: pair[1] };
            if (data.set.priority === "important") {
                kept.set.priority = "important";
            }
        }
        if (data.remove !== undefined) {
            const pair = this.css.declaration(string(dict(data.remove).property ?? ""), "0");
            if (!pair) {
                return null;
            }
            kept.remove = { property: pair[0] };
        }
        return kept;
    }

    _adopted(data) {
        const kept = { id: identity(data.id), styleIds: this._list(data, "styleIds").map(identity) };
        if (data.styles !== undefined) {
            kept.styles = this._list(data, "styles").map((item) => ({
                styleId: identity(dict(item).styleId),
                rules: this._list(item, "rules").map((rule) => this._addedRule(rule)),
            }));
        }
        return kept;
    }

    _sheetIds(data) {
        const kept = {};
        for (const name of ["id", "styleId"]) {
            if (data[name] !== undefined && data[name] !== null) {
                kept[name] = identity(data[name]);
            }
        }
        return kept;
    }

    _place(index) {
        const numbers = Array.isArray(index) ? index : [index];
        const isGood = numbers.length > 0 && numbers.length < 10 && numbers.every((n) => integer(n) >= 0 && n < 100000);
        return isGood ? index : refuse();
    }

    // ------------------------------------------------------------ nodes

    _node(node, depth) {
        dict(node);
        if (++this.nodes > this.limits.nodes) {
            refuse();
        }
        const kept = { id: identity(node.id) };
        for (const name of ["isShadow", "isShadowHost"]) {
            if (node[name] === true) {
                kept[name] = true;
            }
        }
        switch (integer(node.type)) {
            case 2:
                return { type: 2, ...this._element(node, depth), ...kept };
            case 0:
                return { type: 0, childNodes: this._children(node, depth), ...kept };
            case 1:
                return { type: 1, name: "html", publicId: "", systemId: "", ...kept };
            case 3:
                return { type: 3, ...this._textNode(node), ...kept };
        }
        return { type: 5, textContent: "", ...kept };
    }

    _textNode(node) {
        const text = string(node.textContent ?? "");
        if (node.isStyle === true) {
            return { textContent: this.css.sheet(text), isStyle: true };
        }
        return { textContent: this.text(text) };
    }

    _element(node, depth) {
        const tag = string(node.tagName).toLowerCase();
        const attributes = this._attributeValues(dict(node.attributes ?? {}));
        const tagName = this.tags.has(tag) ? tag : "div";
        if (this.blocked.has(tag) || depth >= DEEPEST) {
            const kept = {};
            for (const name of ["class", "rr_height", "rr_width"]) {
                if (name in attributes) {
                    kept[name] = attributes[name];
                }
            }
            const place = this.replaced.has(tag) ? "img" : this.blocked.has(tag) ? "meta" : "div";
            return { tagName: place, attributes: kept, childNodes: [], needBlock: true };
        }
        if (node.needBlock === true) {
            return { tagName, attributes, childNodes: [], needBlock: true };
        }
        return { tagName, attributes, childNodes: this._children(node, depth) };
    }

    _children(node, depth) {
        return this._list(node, "childNodes").map((child) => this._node(child, depth + 1));
    }

    _attributeValues(attributes) {
        const names = Object.keys(attributes);
        if (names.length > 500) {
            refuse();
        }
        const kept = {};
        for (const name of names) {
            const small = name.toLowerCase();
            const rule = this.attributes.get(small);
            if (rule === undefined) {
                continue;
            }
            const value = attributes[name];
            const clean = value === null ? null : this.rules[rule](value);
            if (clean !== null || value === null) {
                kept[SPELLING[small] ?? small] = clean;
            }
        }
        return kept;
    }

    /** What becomes of an attribute's value, by the name of its rule; null: the attribute goes. */
    _makeRules() {
        const text = (clean) => (value) => (typeof value === "string" ? clean(value) : null);
        const listed = (name) => (value) => this._listed(name, value) || null;
        return {
            class: text((value) => split(value).filter((name) => this.css.isClass(name)).join(" ")),
            style: (value) => this._style(value),
            id: listed("id"),
            fixed: (value) => (value === "" || value === false ? "" : this.fixed),
            term: text((value) => (this._isTerm(value) ? value : null)),
            type: listed("type"),
            role: listed("role"),
            dir: listed("dir"),
            rel: listed("rel"),
            media: listed("media"),
            state: listed("state"),
            data: listed("data"),
            lang: text((value) => (LANG.test(value) ? value : null)),
            sheet: text((value) => SHEET.exec(value)?.[1] ?? null),
            size: (value) => {
                if (typeof value === "number") {
                    return Math.abs(value) < 1e7 ? value : null;
                }
                const found = typeof value === "string" && SIZE.exec(value);
                return found ? found.slice(1).join("") : null;
            },
            flag: (value) => (typeof value === "boolean" ? value : typeof value === "string" ? "" : null),
            css: text((value) => this.css.sheet(value)),
        };
    }

    _style(value) {
        if (typeof value === "string") {
            return this.css.declarations(value);
        }
        if (!isDict(value)) {
            return null;
        }
        const kept = {};
        for (const [name, one] of Object.entries(value)) {
            const pair = this._stylePair(name, one);
            if (pair) {
                kept[pair[0]] = pair[1];
            }
        }
        return kept;
    }

    /** A changed declaration: its value, [value, "important"], or false where it was taken away. */
    _stylePair(name, one) {
        if (one === false) {
            return this.css.declaration(name, "0") && [name, false];
        }
        const text = Array.isArray(one) ? one[0] : one;
        const pair = typeof text === "string" && this.css.declaration(name, text);
        const isImportant = Array.isArray(one) && one.length === 2 && one[1] === "important";
        return pair && [pair[0], isImportant ? [pair[1], "important"] : pair[1]];
    }

    // ------------------------------------------------------------ texts and addresses

    _isTerm(text) {
        return this.terms.has(text.replace(SPACES, " ").replace(/^ | $/g, ""));
    }

    /** A text as it may stay: whole if it equals a term of the interface, else masked word by word. */
    text(text) {
        text = text.replace(SPACES, (spaces) => (spaces.includes("\n") ? "\n" : " "));
        if (/[^ \n]/.test(text) && this._isTerm(text)) {
            return text;
        }
        text = cut(text.replace(NOTHINGS, "\u200b"), this.limits.text);
        return text.replace(/[^ \n\u200b]+/g, (word) => this.mask.repeat(Math.min(length(word), this.limits.word)));
    }

    /** An address as it may stay: where it leads to, and its route. */
    address(text) {
        const found = ADDRESS.exec(text);
        return found ? `${found[1] ?? ""}${this.route(found[2] ?? "")}` : "";
    }

    /** The pattern of a path: known words stay, numbers are `:id`, other words `:name`. */
    route(path) {
        const found = ADDRESS.exec(path);
        const parts = (found?.[2] ?? "").split("/").slice(0, 12);
        return parts.map((part) => this._segment(part)).join("/");
    }

    _segment(part) {
        if (!part || this.routes.has(part) || [":id", ":name", "action-:id", "m-:id"].includes(part)) {
            return part;
        }
        const dash = part.lastIndexOf("-");
        const head = part.slice(0, Math.max(dash, 0));
        if (/^[0-9]+$/.test(part.slice(dash + 1))) {
            return dash < 1 ? ":id" : ["action", "m"].includes(head) ? `${head}-:id` : ":name";
        }
        return ":name";
    }

    // ------------------------------------------------------------ shapes

    _list(data, name) {
        const found = dict(data)[name] ?? [];
        return Array.isArray(found) && found.length <= this.limits.list ? found : refuse();
    }

    _numbers(data, names) {
        const kept = {};
        for (const name of names) {
            const number = dict(data)[name] ?? 0;
            if (typeof number !== "number" || !(Math.abs(number) <= this.limits.number)) {
                refuse();
            }
            kept[name] = number;
        }
        return kept;
    }
}

function split(text) {
    return text.split(/[ \t\n\r\f\v\u00a0]+/).filter(Boolean);
}
