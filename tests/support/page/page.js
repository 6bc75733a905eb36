// SPDX-License-Identifier: LGPL-3.0-or-later
/** Does what scripts do to pages, by chance, and compares what the recorder tells of it with the page as it is then. */
import { Cleaner } from "/recorder/cleaner.js";
import { fold } from "/recorder/fold.js";
import { PageWatch } from "/recorder/page_watch.js";
import { Player } from "./player.js";

const allow = await (await fetch("/recorder/allow_list.json")).json();
const cleaner = new Cleaner(allow, ["Confirm"]);
const CLOSED = new Set(["style", "textarea", "title"]);

/** The same numbers each time, from 0 to 1. */
function chance(seed) {
    return () => {
        seed = (seed * 1664525 + 1013904223) % 2 ** 32;
        return seed / 2 ** 32;
    };
}

const { body, head } = document;
const { get: firstChild } = Object.getOwnPropertyDescriptor(Node.prototype, "firstChild");
const { get: nextSibling } = Object.getOwnPropertyDescriptor(Node.prototype, "nextSibling");
const { get: parentNode } = Object.getOwnPropertyDescriptor(Node.prototype, "parentNode");
const { get: localName } = Object.getOwnPropertyDescriptor(Element.prototype, "localName");
const { get: shadowRoot } = Object.getOwnPropertyDescriptor(Element.prototype, "shadowRoot");

function* children(node) {
    for (let child = firstChild.call(node); child; child = nextSibling.call(child)) {
        yield child;
    }
}

/** The page as a recording has to show it. */
function seen(node) {
    if (node instanceof Text) {
        const parent = parentNode.call(node);
        const isWritten = parent instanceof Element && Element.prototype.closest.call(parent, "[contenteditable]");
        return { text: cleaner.text(isWritten ? node.data.replace(/\S/g, "*") : node.data) };
    }
    const tag = node instanceof Document ? undefined : localName.call(node);
    if (tag === "script" || tag === "meta") {
        return null;
    }
    const inner = (parent) => [...children(parent)].filter((one) => one instanceof Text || one instanceof Element);
    const isClosed = CLOSED.has(tag) || cleaner.blocked.has(tag);
    const isHead = node === head;
    const shown = isClosed ? [] : inner(node).filter((one) => !isHead || one instanceof Element).map(seen);
    const shadow = tag && !isClosed && shadowRoot.call(node) ? inner(shadowRoot.call(node)).map(seen) : [];
    const told = { tag: cleaner.replaced.has(tag) ? "img" : cleaner.tags.has(tag) || !tag ? tag : "div" };
    if (tag && !cleaner.blocked.has(tag)) {
        told.look = look(Element.prototype.getAttribute.call(node, "style"));
    }
    if (tag === "style") {
        told.rules = cleaner.css.sheet([...node.sheet.cssRules].map((rule) => rule.cssText).join(""));
    }
    return { ...told, children: shown.filter(Boolean), shadow: shadow.filter(Boolean) };
}

const look = (style) => (style === null || style === undefined ? "" : cleaner.css.declarations(style));

/** What the player has, in the same form. */
function rebuilt({ type, tag, text, attributes, children: all }) {
    if (type === 3) {
        return { text };
    }
    const told = { tag };
    if (tag && tag !== "img") {
        told.look = attributes.style ?? "";
    }
    if (tag === "style") {
        told.rules = attributes._cssText ?? "";
    }
    const elements = all.filter((child) => child.type !== 1);
    return {
        ...told,
        children: elements.filter((child) => !child.isShadow).map(rebuilt),
        shadow: elements.filter((child) => child.isShadow).map(rebuilt),
    };
}

/** What may happen to a page. Each takes the numbers of chance, and the page's elements to choose from. */
class Script {
    constructor(random, box) {
        this.random = random;
        this.box = box;
        /** taken out of the page, and changed there */
        this.aside = [];
        /** names of what was done since the last look */
        this.done = [];
    }

    below(most) {
        return Math.floor(this.random() * most);
    }

    of(list) {
        return list[this.below(list.length)];
    }

    /** Any node below the box, or in a shadow root there. */
    any(test = () => true) {
        const found = [];
        const walk = (node) => {
            for (const child of children(node)) {
                found.push(child);
                walk(child);
            }
            if (node instanceof Element && shadowRoot.call(node)) {
                found.push(shadowRoot.call(node));
                walk(shadowRoot.call(node));
            }
        };
        walk(this.box);
        return this.of(found.filter(test)) ?? null;
    }

    place() {
        return this.any((node) => node instanceof Element || node instanceof ShadowRoot) ?? this.box;
    }

    made(depth = 0) {
        const kind = this.below(10);
        if (kind < 2) {
            return document.createTextNode(this.of(["Confirm", "some words", "", " \n", "Anna"]));
        }
        if (kind === 2) {
            return this.of([document.createComment("said"), document.createElement("script")]);
        }
        const tag = this.of(["div", "p", "span", "form", "svg", "img", "textarea", "input", "style", "x-own", "ul", "iframe"]);
        const element = tag === "svg"
            ? document.createElementNS("http://www.w3.org/2000/svg", "svg") : document.createElement(tag);
        if (tag === "input") {
            // fields that hide what their form has
            element.name = this.of(["childNodes", "parentNode", "lastChild", "nodeType", "isConnected", "localName", "closest"]);
        }
        if (tag === "form" || tag === "img") {
            // what hides what the document has
            element.setAttribute("name", this.of(["head", "styleSheets", "adoptedStyleSheets", "body"]));
        }
        if (tag === "p" && this.below(2)) {
            element.setAttribute("contenteditable", "true");
        }
        if (tag === "style") {
            element.textContent = ".btn { color: red }";
        }
        for (let number = this.below(4); depth < 3 && number > 0; number--) {
            Node.prototype.appendChild.call(element, this.made(depth + 1));
        }
        return element;
    }

    put(node, parent = this.place()) {
        for (let place = parent; place; place = Node.prototype.getRootNode.call(place).host) {
            if (Node.prototype.contains.call(node, place)) {
                return; // not into itself, nor into a shadow root of what is in it
            }
        }
        Node.prototype.insertBefore.call(parent, node, this.of([null, ...children(parent)]));
    }

    take(node = this.any((one) => !(one instanceof ShadowRoot))) {
        node && Node.prototype.removeChild.call(parentNode.call(node), node);
        return node;
    }

    step() {
        const text = this.any((node) => node instanceof Text);
        const element = this.any((node) => node instanceof Element);
        const works = {
            add: () => this.put(this.made()),
            remove: () => this.take(),
            move: () => {
                const node = this.any((one) => !(one instanceof ShadowRoot));
                node && this.put(node);
            },
            setAside: () => this.aside.push(this.take()),
            bringBack: () => {
                const node = this.aside.pop();
                node && this.put(node);
            },
            changeAside: () => {
                const node = this.of(this.aside);
                node instanceof HTMLElement && Node.prototype.appendChild.call(node, this.made());
            },
            write: () => text && (text.data = this.of(["Confirm", "other words", ""])),
            split: () => text && text.length > 3 && text.splitText(2),
            normalize: () => this.box.normalize(),
            html: () => element instanceof HTMLDivElement && (element.innerHTML = "<p>one<b>two</b></p><!-- x -->three"),
            empty: () => element instanceof HTMLParagraphElement && element.replaceChildren(),
            style: () => {
                const style = this.of(["color: red", "top: 1px", ""]);
                element && Element.prototype.setAttribute.call(element, "style", style);
            },
            plain: () => element && Element.prototype.removeAttribute.call(element, "style"),
            shadow: () => {
                const isHost = element instanceof HTMLDivElement && !element.shadowRoot;
                isHost && this.put(this.made(), element.attachShadow({ mode: "open" }));
            },
            rule: () => element?.sheet?.insertRule(".btn { color: blue }"),
            declaration: () => element?.sheet?.cssRules[0]?.style.setProperty("top", `${this.below(9)}px`),
        };
        const name = this.of(Object.keys(works));
        this.done.push(name);
        works[name]();
    }
}

const tick = () => new Promise((resolve) => setTimeout(resolve));

/** What was built last, and the events it was built from as they would be sent. */
let player, sent;

function take(event) {
    const clean = cleaner.event(event);
    player.play(clean);
    sent.push(fold(structuredClone(clean)));
}

/** @returns {Promise<Object>} `errors`; of the first difference `batch`, what was `done` before, `expected` and `found` */
async function tryOut(seed, batches) {
    const box = document.createElement("div");
    body.append(box);
    player = new Player();
    sent = [];
    const errors = [];
    const watch = new PageWatch(
        window.rrwebRecord.record.mirror, cleaner, take, () => errors.push("The page could not be read"));
    const script = new Script(chance(seed), box);
    script.put(script.made(), box);
    watch.start();
    let result = { errors };
    for (let batch = 0; batch < batches; batch++) {
        script.done = [];
        for (let steps = script.below(6); steps >= 0; steps--) {
            script.step();
        }
        await tick();
        watch.lookClosely();
        const [expected, found] = [seen(document), rebuilt(player.root)].map((tree) => JSON.stringify(tree, null, 1));
        if (expected !== found || player.errors.length || errors.length) {
            result = { batch, done: script.done, errors: [...errors, ...player.errors], expected, found };
            break;
        }
    }
    watch.stop();
    box.remove();
    return result;
}

/** What there is after the events, without what closed elements show. */
function built({ type, tag, text, children: all }) {
    if (type !== 2) {
        return type === 3 ? text : "";
    }
    const inner = (list) => (CLOSED.has(tag) ? "" : list.map(built).join(""));
    const shadow = all.filter((child) => child.isShadow);
    const light = all.filter((child) => !child.isShadow);
    return `<${tag}>${inner(light)}${shadow.length ? `#${inner(shadow)}` : ""}</>`;
}

/** The same of a page that the player shows. */
function shown(node) {
    if (node.nodeType !== 1) {
        return node.nodeType === 3 ? node.data : "";
    }
    const inner = (parent) => (CLOSED.has(node.localName) ? "" : [...parent.childNodes].map(shown).join(""));
    const shadow = node.shadowRoot?.childNodes.length ? `#${inner(node.shadowRoot)}` : "";
    return `<${node.localName}>${inner(node)}${shadow}</>`;
}

/**
 * Plays events in rrweb's player.
 *
 * @returns {Promise<Object>} `warnings` of the player, `expected` and `found`
 */
async function playBack(events) {
    const warnings = [];
    const { warn } = console;
    console.warn = (...words) => warnings.push(words.map(String).join(" "));
    events.forEach((event, place) => (event.timestamp = 1e12 + place * 10));
    const target = document.createElement("div");
    body.append(target);
    const props = { events, autoPlay: false, showWarning: true, showController: false };
    const replayer = new window.rrwebPlayer.Player({ target, props }).getReplayer();
    replayer.pause(events.length * 10);
    await tick();
    const found = shown(replayer.iframe.contentDocument.body);
    const expected = built(player.root.children.find((node) => node.tag === "html").children.find((node) => node.tag === "body"));
    console.warn = warn;
    target.remove();
    return { warnings, expected, found };
}

Object.assign(window, { tryOut, playBack, sent: () => sent });
