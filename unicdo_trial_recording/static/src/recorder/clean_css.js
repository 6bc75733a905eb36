// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Cleans style sheets by an allow-list; the same as tools/clean_css.py, which says what for.
 */

const words = (text) => new Set(text.split(" "));
const CLASS = /^[A-Za-z][A-Za-z0-9_-]{0,60}$/;
const CLASS_WORD = /^([A-Za-z]{0,24})(?:[0-9]{0,3}|[0-9]{1,3}px|[0-9]{1,2}x[0-9]{1,2})$/;
const CLASS_OWN = /^[A-Za-z]{0,40}[0-9]{0,3}[a-z]{0,6}$/;
const COMMENT = /\/\*[^]*?(?:\*\/|$)/g;
const VALUE = new RegExp(
    [
        /[ \t\n\r\f]+|[(),/*+!-]|#[0-9a-f]{3,8}(?![0-9a-z_-])/,
        /(?<number>[0-9]{1,7}(?![0-9])|[0-9]{0,7}\.[0-9]{1,6})[0-9]{0,20}(?<unit>%|[a-z]{0,5})(?![0-9a-z_.%-])/,
        /(?<word>[a-z][a-z0-9-]*)/,
    ]
        .map((part) => part.source)
        .join("|"),
    "y"
);
const SELECTOR = new RegExp(
    [
        /[ \t\n\r\f]*[>+~][ \t\n\r\f]*|[ \t\n\r\f]+|\*/,
        /\.(?<class>[A-Za-z_-][A-Za-z0-9_-]*)|#(?<id>[A-Za-z_-][A-Za-z0-9_-]*)/,
        /::?(?<pseudo>[a-z-]+)|(?<tag>[a-z][a-z0-9]*)/,
    ]
        .map((part) => part.source)
        .join("|"),
    "y"
);
const CONDITION =
    /^\((?<feature>[a-z-]+)[ ]?:[ ]?(?<value>[0-9]{1,5}(?:\.[0-9]{1,3})?(?:px|em|rem)|[a-z-]{1,16})\)$/;
const CONDITION_VALUES = words("portrait landscape dark light reduce no-preference");
const MEDIA = words("screen print all");
const DEEPEST = 3;

export const trim = (text) => text.replace(/^[ \t\n\r\f]+|[ \t\n\r\f]+$/g, "");
/** Small letters as the server makes them. */
const lower = (text) => text.toLowerCase();

/** The place where the block that opens at `place` closes; the end of the text if it does not. */
function closing(text, place) {
    let depth = 0;
    for (let i = place; i < text.length; i++) {
        if (text[i] === "{") {
            depth++;
        } else if (text[i] === "}" && !--depth) {
            return i;
        }
    }
    return text.length;
}

export class CssCleaner {
    constructor(allow) {
        const css = allow.css;
        this.properties = words(css.properties);
        this.keywords = words(css.keywords);
        this.functions = words(css.functions);
        this.units = words(css.units);
        this.features = words(css.features);
        this.known = { id: words(allow.values.id), pseudo: words(css.pseudo), tag: words(allow.tags) };
        this.classPrefixes = allow.class_prefixes.split(" ");
        this.classWords = words(allow.class_words);
        this.mostRules = allow.limits.rules;
        this.longest = allow.limits.rule_text;
        this.seenClasses = new Map();
    }

    isClass(name) {
        let known = this.seenClasses.get(name);
        if (known === undefined) {
            known = CLASS.test(name) && this._isOfWords(name, name.split(/[-_]+/));
            if (this.seenClasses.size < 10000) {
                this.seenClasses.set(name, known);
            }
        }
        return known;
    }

    _isOfWords(name, parts) {
        if (this.classPrefixes.some((prefix) => name.startsWith(prefix))) {
            return parts.every((part) => CLASS_OWN.test(part));
        }
        const found = parts.map((part) => CLASS_WORD.exec(part));
        return found.every((part) => part && (!part[1] || this.classWords.has(part[1])));
    }

    sheet(text) {
        const rules = [];
        this._rules(cut(text, this.longest).replace(COMMENT, " "), rules, 0);
        return rules.join("");
    }

    _rules(text, rules, depth) {
        const mark = /[{};]/g;
        let start = 0;
        while (rules.length < this.mostRules) {
            mark.lastIndex = start;
            const found = mark.exec(text);
            if (!found) {
                return;
            }
            const head = trim(text.slice(start, found.index));
            if (found[0] !== "{") {
                start = found.index + 1;
                continue;
            }
            const end = closing(text, found.index);
            const inner = text.slice(found.index + 1, end);
            if (head.startsWith("@media")) {
                this._media(head.slice(6), inner, rules, depth);
            } else if (!head.startsWith("@") && !inner.includes("{")) {
                this._rule(head, inner, rules);
            }
            start = end + 1;
        }
    }

    _media(text, inner, rules, depth) {
        const condition = this._condition(text);
        if (!condition || depth >= DEEPEST) {
            return;
        }
        const nested = [];
        this._rules(inner, nested, depth + 1);
        if (nested.length) {
            rules.push(`@media ${condition}{${nested.join("")}}`);
        }
    }

    _condition(text) {
        const parts = lower(text).split(/[ \t\n\r\f]+/).filter(Boolean).join(" ").split(" and ");
        for (const part of parts) {
            const found = CONDITION.exec(part);
            const isKnown =
                MEDIA.has(part) ||
                (found &&
                    this.features.has(found.groups.feature) &&
                    (/^[0-9]/.test(found.groups.value) || CONDITION_VALUES.has(found.groups.value)));
            if (!isKnown) {
                return "";
            }
        }
        return parts.join(" and ");
    }

    _rule(head, inner, rules) {
        const selectors = head.split(",").map((part) => this.selector(part)).filter(Boolean);
        const declarations = this.declarations(inner);
        if (selectors.length && declarations) {
            rules.push(`${selectors.join(",")}{${declarations}}`);
        }
    }

    selector(text) {
        text = trim(text);
        const kept = [];
        SELECTOR.lastIndex = 0;
        for (let place = 0; place < text.length; place = SELECTOR.lastIndex) {
            const found = SELECTOR.exec(text);
            if (!found || !this._isSimple(found.groups)) {
                return "";
            }
            kept.push(trim(found[0]) || " ");
        }
        return kept.join("");
    }

    _isSimple(groups) {
        if (groups.class !== undefined) {
            return this.isClass(groups.class);
        }
        for (const kind of ["id", "pseudo", "tag"]) {
            if (groups[kind] !== undefined) {
                return this.known[kind].has(groups[kind]);
            }
        }
        return true;
    }

    declarations(text) {
        const kept = [];
        for (const part of cut(text, this.longest).replace(COMMENT, " ").split(";")) {
            const colon = part.indexOf(":");
            const pair = colon >= 0 && this.declaration(part.slice(0, colon), part.slice(colon + 1));
            if (pair) {
                kept.push(`${pair[0]}:${pair[1]}`);
            }
        }
        return kept.join(";");
    }

    declaration(name, value) {
        name = lower(trim(name));
        value = lower(trim(value));
        if (!this.properties.has(name) || !value || length(value) > 200) {
            return null;
        }
        const kept = [];
        VALUE.lastIndex = 0;
        for (let place = 0; place < value.length; place = VALUE.lastIndex) {
            const found = VALUE.exec(value);
            if (!found || !this._isValue(found.groups, value[VALUE.lastIndex] === "(")) {
                return null;
            }
            const { number, unit } = found.groups;
            const sign = trim(found[0]) ? found[0] : " ";
            kept.push(number === undefined ? sign : number + unit);
        }
        return [name, kept.join("")];
    }

    _isValue(groups, isCall) {
        if (groups.word !== undefined) {
            return (isCall ? this.functions : this.keywords).has(groups.word);
        }
        return groups.number === undefined || !groups.unit || this.units.has(groups.unit);
    }
}

/** Number of signs as the server counts them. */
export function length(text) {
    return /[\ud800-\udfff]/.test(text) ? Array.from(text).length : text.length;
}

/** The first signs of a text, as the server counts them. */
export function cut(text, most) {
    if (text.length <= most) {
        return text;
    }
    return /[\ud800-\udfff]/.test(text) ? Array.from(text).slice(0, most).join("") : text.slice(0, most);
}
