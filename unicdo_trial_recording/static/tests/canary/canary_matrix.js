// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Puts marked values into a page of Odoo that is being recorded: everywhere a browser can hold a value. tests/test_canary.py
 * sets `CANARY` (what runs before and screens to open), runs this in the page, and then looks for the marks everywhere.
 */
import { CANARY } from "./given.js";

const mark = (place) => `zq${place.replace(/[^a-z0-9]/gi, "").toLowerCase()}qz`;
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
const settled = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/** One element each; `{c}` becomes the mark. */
const PLACES = {
    text: "<div>{c}</div>",
    "text beside a term": "<div>Confirm {c}</div>",
    "text in capitals": "<div style='text-transform: uppercase'>{c}</div>",
    "number-like text": "<div>{c} 1234.50</div>",
    "split text": "<p>one <b>{c}</b> two</p>",
    "hidden text": "<div hidden>{c}</div>",
    "invisible text": "<div style='display: none'>{c}</div>",
    "input text": "<input type='text' value='{c}'/>",
    "input search": "<input type='search' value='{c}'/>",
    "input email": "<input type='email' value='{c}@example.com'/>",
    "input tel": "<input type='tel' value='{c}'/>",
    "input url": "<input type='url' value='https://{c}.example'/>",
    "input password": "<input type='password' value='{c}'/>",
    "input hidden": "<input type='hidden' value='{c}'/>",
    "input checkbox": "<input type='checkbox' checked value='{c}'/>",
    "input radio": "<input type='radio' checked value='{c}' name='{c}'/>",
    "input button": "<input type='button' value='{c}'/>",
    "input submit": "<input type='submit' value='{c}'/>",
    "input reset": "<input type='reset' value='{c}'/>",
    "input image": "<input type='image' alt='{c}'/>",
    "input of unknown type": "<input type='{c}' value='{c}'/>",
    "input number": "<input type='number' value='7193715'/>",
    "input date": "<input type='date' value='2031-07-19'/>",
    "input time": "<input type='time' value='13:37'/>",
    "input week": "<input type='week' value='2031-W29'/>",
    "input month": "<input type='month' value='2031-07'/>",
    "input local time": "<input type='datetime-local' value='2031-07-19T13:37'/>",
    "input colour": "<input type='color' value='#719371'/>",
    "input range": "<input type='range' max='9999999' value='7193715'/>",
    placeholder: "<input placeholder='{c}'/>",
    pattern: "<input pattern='{c}' list='{c}' autocomplete='{c}'/>",
    textarea: "<textarea>{c}</textarea>",
    "option text": "<select><option selected>{c}</option></select>",
    "option value": "<select><option selected value='{c}'>1</option></select>",
    "option label": "<select><optgroup label='{c}'><option label='{c}'>1</option></optgroup></select>",
    datalist: "<datalist><option value='{c}'>{c}</option></datalist>",
    "button value": "<button value='{c}' name='{c}'>x</button>",
    label: "<label for='{c}'>{c}</label>",
    legend: "<fieldset><legend>{c}</legend></fieldset>",
    output: "<output>{c}</output>",
    meter: "<meter value='0.7193715' title='{c}'>{c}</meter>",
    progress: "<progress max='9999999' value='7193715'>{c}</progress>",
    contenteditable: "<div contenteditable='true'>{c}</div>",
    title: "<div title='{c}'></div>",
    alt: "<img alt='{c}'/>",
    "aria label": "<div aria-label='{c}' aria-description='{c}' aria-valuetext='{c}' aria-roledescription='{c}'></div>",
    "aria references": "<div aria-labelledby='{c}' aria-controls='{c}' aria-details='{c}'></div>",
    "data attribute": "<div data-id='{c}' data-name='{c}' data-tooltip='{c}' data-{c}='1'></div>",
    "tooltip template": "<div data-tooltip-template='{c}' data-tooltip-info='{c}'></div>",
    "attribute without meaning": "<div {c}='{c}'></div>",
    id: "<div id='{c}'></div>",
    class: "<div class='{c} o_form_view'></div>",
    "class like a utility": "<div class='max-{c} form-{c} user_{c} link-{c} btn-{c} s-{c}'></div>",
    "name of an element": "<{c}-box>x</{c}-box>",
    language: "<div lang='{c}' translate='{c}'></div>",
    role: "<div role='{c}'></div>",
    slot: "<div slot='{c}' part='{c}' is='{c}'></div>",
    microdata: "<div itemscope itemtype='https://{c}.example' itemprop='{c}' itemid='{c}'></div>",
    "link with token": "<a href='/my/orders/12?access_token={c}#{c}'>x</a>",
    "link to mail": "<a href='mailto:{c}@example.com'>x</a>",
    "link to phone": "<a href='tel:{c}'>x</a>",
    "link with script": "<a href='javascript:void(\"{c}\")' ping='/{c}' download='{c}' target='{c}' hreflang='{c}'>x</a>",
    "link with attributes": "<link rel='{c}' href='#{c}' title='{c}' media='{c}' integrity='{c}'/>",
    "style sheet's address": "<link rel='stylesheet' href='data:text/css,.{c}%7B%7D?{c}'/>",
    form: "<form action='/my?token={c}' name='{c}' target='{c}'></form>",
    "form action of a button": "<button formaction='/{c}' type='button'>x</button>",
    image: "<img src='data:image/png;base64,{c}' longdesc='{c}' usemap='#{c}'/>",
    "image set": "<img srcset='data:image/png;base64,{c} 2x' sizes='{c}'/>",
    avatar: "<img class='o_avatar rounded' src='data:,/web/image/res.partner/12/avatar_128?unique={c}' alt='{c}'/>",
    picture: "<picture><source srcset='data:,{c}'/><img alt='{c}'/></picture>",
    video: "<video title='{c}' poster='data:,{c}'><source src='data:,{c}'/><track label='{c}'/>{c}</video>",
    audio: "<audio src='data:,{c}'>{c}</audio>",
    object: "<object data='data:,{c}' name='{c}'>{c}</object>",
    embed: "<embed src='data:,{c}' title='{c}'/>",
    "map of areas": "<map name='{c}'><area alt='{c}' href='#{c}'/></map>",
    canvas: "<canvas title='{c}'>{c}</canvas>",
    iframe: "<iframe srcdoc='<p title={c}>{c}</p><input value={c}>' name='{c}' title='{c}'></iframe>",
    "svg text": "<svg><text>{c}</text><title>{c}</title><desc>{c}</desc></svg>",
    "svg reference": "<svg><use href='#{c}'/><path d='M0 0' id='{c}'/></svg>",
    math: "<math><mi>{c}</mi></math>",
    comment: "<div><!-- {c} --></div>",
    script: "<div><script type='text/plain'>{c}</script><noscript>{c}</noscript></div>",
    template: "<template><p>{c}</p></template>",
    details: "<details><summary>{c}</summary>{c}</details>",
    dialog: "<dialog open aria-label='{c}'>{c}</dialog>",
    table: "<table><caption>{c}</caption><tr><th abbr='{c}'>{c}</th><td headers='{c}'>{c}</td></tr></table>",
    quote: "<blockquote cite='https://{c}.example'>{c}</blockquote>",
    "times and data": "<p><time datetime='{c}'>{c}</time><data value='{c}'>1</data><ins cite='#{c}' datetime='{c}'>x</ins></p>",
    meta: "<meta name='description' content='{c}'/>",
    "style attribute": "<div style='--name: {c}; width: 10px'></div>",
    "style with address": "<div style='background: url(data:,{c}); color: red'></div>",
    "style with text": "<div style='content: \"{c}\"; font-family: {c}; animation-name: {c}'></div>",
    "style with area": "<div style='grid-area: {c}; view-transition-name: {c}; counter-reset: {c}'></div>",
    "rule's selector": "<style>.{c} { color: red } #{c} { color: red } {c}-box { color: red }</style>",
    "rule's attribute selector": "<style>[title='{c}'] { color: red }</style>",
    "rule's text": "<style>.btn::after { content: '{c}' }</style>",
    "rule's address": "<style>.btn { background-image: url('data:,{c}') }</style>",
    "rule's import": "<style>@import url('data:text/css,{c}');</style>",
    "rule's font": "<style>@font-face { font-family: '{c}'; src: url('data:,{c}') }</style>",
    "rule's names": "<style>@keyframes {c} { from { color: red } } @layer {c} { .btn { --{c}: {c} } }</style>",
    "rule's condition": "<style>@media (min-width: 1px) { .{c} { color: red } } @supports (--x: {c}) { a { order: 1 } }</style>",
    "rule's comment": "<style>/* {c} */ .btn { color: red /* {c} */ }</style>",
};

/** What only a script can do. */
const SCRIPTED = {
    "shadow root": (host, c) => {
        const root = host.attachShadow({ mode: "open" });
        root.innerHTML = `<style>.${c} { color: red }</style><p title="${c}">${c}</p><input value="${c}"/>`;
        const sheet = new window.CSSStyleSheet();
        sheet.replaceSync(`.${c} { --x: "${c}" } .btn::before { content: "${c}" }`);
        root.adoptedStyleSheets = [sheet];
    },
    "adopted style sheet": (_host, c) => {
        const sheet = new window.CSSStyleSheet();
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
        sheet.replaceSync(`.${c} { color: red }`);
        sheet.insertRule(`.btn[data-x="${c}"] { color: red }`);
    },
    "rule put in": (host, c) => {
        const style = document.createElement("style");
        host.append(style);
        style.sheet.insertRule(`.btn[title="${c}"] { content: "${c}" }`);
        style.sheet.insertRule(`.btn { color: red }`);
        style.sheet.cssRules[0].style.setProperty("--x", c);
        style.sheet.cssRules[0].style.setProperty("background-image", `url(data:,${c})`);
    },
    "text changed later": async (host, c) => {
        host.append("before");
        await settled();
        host.firstChild.data = c;
    },
    "text of a style changed": async (host, c) => {
        host.innerHTML = "<style>.btn { color: red }</style>";
        await settled();
        host.firstChild.firstChild.data = `.btn::after { content: "${c}" }`;
    },
    "page title": (_host, c) => (document.title = c),
    address: (_host, c) => history.replaceState(history.state, "", `${location.pathname}?access_token=${c}#${c}`),
    "address of a page": (_host, c) => history.replaceState(history.state, "", `/odoo/${c}/12`),
    clipboard: (host, c) => {
        host.innerHTML = "<textarea></textarea>";
        const data = new window.DataTransfer();
        data.setData("text/plain", c);
        host.firstChild.dispatchEvent(new window.ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
    },
    selection: (host, c) => {
        host.textContent = c;
        window.getSelection().selectAllChildren(host);
    },
    "key typed": (host, c) => {
        host.innerHTML = "<input/>";
        for (const key of c) {
            host.firstChild.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true }));
        }
    },
    storage: (_host, c) => {
        localStorage.setItem(c, c);
        sessionStorage.setItem(c, c);
        document.cookie = `${c}=${c}; path=/`;
    },
    "error in the console": (_host, c) => window.dispatchEvent(new CustomEvent("unhandled", { detail: c })),
    request: (_host, c) => fetch(`/web/login?token=${c}`, { headers: { "X-Token": c } }),
    "canvas drawing": (host, c) => {
        host.innerHTML = "<canvas></canvas>";
        host.firstChild.getContext("2d").fillText(c, 5, 5);
    },
    "font loaded": (_host, c) => document.fonts.add(new window.FontFace(c, "url(data:,x)")),
    "element's own name": (host, c) => {
        window.customElements.define(`${c}-own`, class extends HTMLElement {});
        host.append(document.createElement(`${c}-own`));
    },
};

/** Write as a person would, as far as a script can. */
async function type(input, text) {
    input.focus();
    if (input.isContentEditable) {
        input.textContent = text;
    } else {
        const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), "value").set;
        for (let end = 1; end <= text.length; end += 3) {
            set.call(input, text.slice(0, end));
            input.dispatchEvent(new window.InputEvent("input", { bubbles: true }));
        }
        set.call(input, text);
    }
    input.dispatchEvent(new window.InputEvent("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    await settled();
}

async function placeAll(box) {
    for (const [place, html] of Object.entries(PLACES)) {
        const host = document.createElement("div");
        host.innerHTML = html.replaceAll("{c}", mark(place));
        box.append(host);
    }
    await settled();
    for (const [place, work] of Object.entries(SCRIPTED)) {
        const host = document.createElement("div");
        box.append(host);
        await work(host, mark(place));
    }
    await settled();
}

/** Every attribute again, as a change; every input again, as typed. */
async function changeAll(box) {
    for (const element of box.querySelectorAll("*")) {
        for (const { name, value } of [...element.attributes]) {
            if (value.includes("zq")) {
                element.setAttribute(name, value.replace("zq", "zqchanged"));
            }
        }
    }
    await settled();
    for (const input of box.querySelectorAll("input:not([type=file]), textarea, [contenteditable]")) {
        const isText = !["number", "date", "time", "week", "month", "datetime-local", "color", "range"].includes(input.type);
        await type(input, isText ? mark(`typed ${input.type}`) : input.value);
        input.click();
    }
    for (const select of box.querySelectorAll("select")) {
        select.dispatchEvent(new Event("change", { bubbles: true }));
    }
}

/** What a recorder that leaves nothing out would have taken: the proof that the marks were there to be found. */
async function watchRaw() {
    const script = document.createElement("script");
    script.src = CANARY.recorder;
    await new Promise((resolve, reject) => {
        Object.assign(script, { onload: resolve, onerror: reject });
        document.head.append(script);
    });
    const raw = [];
    window.rrwebRecord.record({ emit: (event) => raw.push(JSON.stringify(event)) });
    return raw;
}

async function waitFor(selector) {
    for (let i = 0; i < 200; i++) {
        const found = document.querySelector(selector);
        if (found) {
            return found;
        }
        await pause(50);
    }
    throw new Error(`Not there: ${selector}`);
}

async function visit({ services }, { model, id, view, fields }) {
    await services.action.doAction({
        type: "ir.actions.act_window", name: mark(`action ${model}`), res_model: model, res_id: id, views: [[false, view]],
    });
    await waitFor(`.o_action_manager .o_${view}_view`);
    await pause(500);
    for (const name of fields || []) {
        const input = document.querySelector(
            `.o_field_widget[name=${name}] :is(input:not([type=file]), textarea, [contenteditable=true])`
        );
        if (input) {
            await type(input, mark(`typed ${model} ${name}`));
        }
    }
    await pause(500);
}

const raw = CANARY.begins ? await watchRaw() : [];
const env = odoo.__WOWL_DEBUG__?.root.env;
const recording = CANARY.begins ? env.services.unicdo_recording : null;
if (recording) {
    await recording.loadNotice();
    await recording.choose("given");
    for (let i = 0; i < 100 && !recording.recorder; i++) {
        await pause(100);
    }
    if (!recording.recorder) {
        throw new Error("Nothing is recorded");
    }
} else {
    await pause(3000);
}
for (const screen of CANARY.screens) {
    await visit(env, screen);
}
const box = document.createElement("div");
document.body.append(box);
await placeAll(box);
if (recording) {
    // once more, as part of a page and not as a change
    recording.pause();
    recording.resume();
}
await changeAll(box);
await pause(1500);
if (recording) {
    await recording.end({ drop: false });
} else {
    await pause(6500);
    window.dispatchEvent(new Event("pagehide"));
    await pause(1000);
}
const all = raw.join("").toLowerCase();
const seen = [...Object.keys(PLACES), ...Object.keys(SCRIPTED)].filter((place) => all.includes(mark(place)));
// the page is left as it was, so that nothing asks whether to discard changes
box.remove();
/* eslint-disable no-console -- so a test's browser tells that it is done */
console.log(`canaries seen: ${JSON.stringify({ seen, events: raw.length })}`);
console.log("test successful");
/* eslint-enable no-console */
