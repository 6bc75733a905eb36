// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * The page around the player: brings the recording to the frame, and has the controls, the marks and the notes. No bundle
 * of Odoo's is loaded here: an administrator could put code into one.
 */
(function () {
    "use strict";

    const { url, rage, words } = JSON.parse(document.body.dataset.watch);
    const find = (selector) => document.querySelector(selector);
    const frame = find(".stage iframe").contentWindow;
    const origin = window.location.origin;
    const [playButton, range, time, status] = [find(".play"), find(".range"), find(".time"), find(".status")];
    const [marksBox, noteList, viewList] = [find(".marks"), find(".note-list"), find(".view-list")];
    const [form, noteText, tagChoice] = [find(".new-note"), find("#note-text"), find(".new-note .tag")];
    const problem = find(".problem");
    const loading = status.textContent.trim();

    const state = { at: 0, total: 0, playing: false, ready: false, marks: [], notes: [], edited: false, dragging: false };

    const tell = (kind, data = {}, transfer = []) => frame.postMessage({ kind, ...data }, origin, transfer);

    function element(tag, { text, ...properties } = {}, ...children) {
        const made = Object.assign(document.createElement(tag), properties);
        made.append(...(text === undefined ? [] : [text]), ...children);
        return made;
    }

    function clock(milliseconds) {
        const seconds = Math.floor(milliseconds / 1000);
        const minutes = Math.floor(seconds / 60);
        return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
    }

    // ------------------------------------------------------------------ playing

    async function bring() {
        try {
            const [events, sheets] = await Promise.all([fetch(`${url}/events`), fetch(`${url}/sheets`)]);
            if (!events.ok || !sheets.ok) {
                throw new Error(words.broken);
            }
            const content = await events.arrayBuffer();
            tell("load", { content, sheets: await sheets.json() }, [content]);
        } catch {
            status.textContent = words.broken;
        }
    }

    /** Without places passed through on the way to a view, and with what the server found. */
    function allMarks(marks) {
        const views = marks.filter(({ kind }) => kind === "view");
        const passed = new Set(
            views.filter(({ at, place }, i) => !place.model && !place.view && views[i + 1] && views[i + 1].at - at < 1500)
        );
        const rages = rage.map((at) => ({ at, kind: "rage" })).filter(({ at }, i, all) => !i || at - all[i - 1].at > 1000);
        return [...marks.filter((mark) => !passed.has(mark)), ...rages].sort((one, other) => one.at - other.at);
    }

    function ready({ total, marks }) {
        Object.assign(state, { total, marks: allMarks(marks), ready: true });
        status.textContent = "";
        range.max = total;
        range.disabled = playButton.disabled = false;
        showViews();
        showMarks();
        showTime();
        act(true);
    }

    function act(playing) {
        if (!state.ready) {
            return;
        }
        const again = playing && state.at >= state.total - 100 ? 0 : state.at;
        tell(playing ? "play" : "pause", { at: again });
    }

    function goTo(at) {
        state.at = Math.max(0, Math.min(state.total, at));
        showTime();
        act(state.playing);
    }

    function showTime() {
        if (!state.dragging) {
            range.value = state.at;
        }
        range.setAttribute("aria-valuetext", clock(state.at));
        time.textContent = `${clock(state.at)} / ${clock(state.total)}`;
        playButton.textContent = state.playing ? words.stop : words.play;
        if (!state.edited) {
            form.querySelector("button[type=submit]").textContent = words.add.replace("%s", clock(state.at));
        }
        for (const [index, item] of [...viewList.children].entries()) {
            const next = viewList.children[index + 1];
            item.classList.toggle("now", item.dataset.at <= state.at && !(next && next.dataset.at <= state.at));
        }
    }

    // ------------------------------------------------------------------ marks and views

    function placeText({ surface, model, view, route }) {
        return surface === "website" ? [words.website, route] : [model ? `${model} · ${view}` : view, route];
    }

    function markText(mark) {
        return mark.kind === "view" ? placeText(mark.place).filter(Boolean).join(" ") : words[mark.kind] || mark.kind;
    }

    function showMarks() {
        const notes = state.notes.map((note) => ({ at: note.at, kind: "note", text: note.text || note.tag_name }));
        marksBox.replaceChildren(
            ...[...state.marks, ...notes].map((mark) => {
                const button = element("button", { type: "button", className: mark.kind, tabIndex: -1 });
                button.title = `${clock(mark.at)} ${mark.text || markText(mark)}`;
                button.style.insetInlineStart = `${state.total ? (100 * mark.at) / state.total : 0}%`;
                button.addEventListener("click", () => goTo(mark.at));
                return button;
            })
        );
    }

    function timeButton(at) {
        const button = element("button", { type: "button", className: "plain at", text: clock(at) });
        button.addEventListener("click", () => goTo(at));
        return button;
    }

    function showViews() {
        viewList.replaceChildren(
            ...state.marks.map((mark) => {
                const [title, detail] = mark.kind === "view" ? placeText(mark.place) : [markText(mark)];
                const item = element("li", {}, timeButton(mark.at), " ", element("span", { text: title || detail || "" }));
                item.dataset.at = mark.at;
                if (title && detail) {
                    item.append(element("div", { className: "meta", text: detail }));
                }
                return item;
            })
        );
        if (!state.marks.length) {
            viewList.append(element("li", { className: "empty", text: words.noViews }));
        }
    }

    // ------------------------------------------------------------------ notes

    async function ask(path, params = {}) {
        problem.textContent = "";
        try {
            const answer = await fetch(url + path, {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ jsonrpc: "2.0", method: "call", params }),
            });
            const { result, error } = await answer.json();
            if (error) {
                problem.textContent = error.data?.message || words.failed;
                return false;
            }
            state.notes = result;
        } catch {
            problem.textContent = words.failed;
            return false;
        }
        showNotes();
        showMarks();
        return true;
    }

    function showNotes() {
        noteList.replaceChildren(...state.notes.map(noteItem));
        if (!state.notes.length) {
            noteList.append(element("li", { className: "empty", text: words.none }));
        }
    }

    function noteItem(note) {
        const item = element("li", {}, timeButton(note.at), " ");
        if (note.tag_name) {
            item.append(element("span", { className: "badge", text: note.tag_name }));
        }
        if (note.text) {
            item.append(element("p", { text: note.text }));
        }
        const meta = element("div", { className: "meta", text: `${note.author} ` });
        if (note.mine) {
            const [edit, remove] = ["edit", "delete"].map((name) =>
                element("button", { type: "button", className: "plain", text: words[name] })
            );
            edit.addEventListener("click", () => editNote(note));
            remove.addEventListener("click", () => removeNote(note, remove));
            meta.append(edit, remove);
        }
        item.append(meta);
        return item;
    }

    function editNote(note) {
        state.edited = note.id;
        noteText.value = note.text;
        tagChoice.value = note.tag || "";
        form.querySelector("button[type=submit]").textContent = words.save;
        noteText.focus();
    }

    function removeNote(note, button) {
        if (button.textContent !== words.sure) {
            button.textContent = words.sure;
            return;
        }
        ask("/notes/delete", { note: note.id });
    }

    async function saveNote() {
        const params = {
            text: noteText.value, at: Math.round(state.at), tag: Number(tagChoice.value) || false, note: state.edited,
        };
        if (await ask("/notes/save", params)) {
            state.edited = false;
            form.reset();
            showTime();
        }
    }

    // ------------------------------------------------------------------ what people do

    playButton.addEventListener("click", () => act(!state.playing));
    range.addEventListener("input", () => {
        state.dragging = true;
        time.textContent = `${clock(range.value)} / ${clock(state.total)}`;
    });
    range.addEventListener("change", () => {
        state.dragging = false;
        goTo(Number(range.value));
    });
    find(".speed").addEventListener("change", (change) => tell("speed", { speed: Number(change.target.value) }));
    find(".skip").addEventListener("change", (change) => tell("skip", { skip: change.target.checked }));
    form.addEventListener("submit", (submit) => {
        submit.preventDefault();
        saveNote();
    });
    noteText.addEventListener("focus", () => state.playing && act(false));
    document.addEventListener("keydown", (press) => {
        if (press.target.closest("input, textarea, select, button, a") || press.ctrlKey || press.metaKey || press.altKey) {
            return;
        }
        const acts = {
            " ": () => act(!state.playing),
            ArrowLeft: () => goTo(state.at - 5000),
            ArrowRight: () => goTo(state.at + 5000),
        };
        if (acts[press.key]) {
            press.preventDefault();
            acts[press.key]();
        }
    });

    // ------------------------------------------------------------------ what the frame says

    const HEARD = {
        here() {
            if (!state.asked) {
                state.asked = true;
                bring();
            }
        },
        ready,
        share: ({ share }) => (status.textContent = `${loading} ${10 * Math.floor(share * 10)} %`),
        empty: () => (status.textContent = words.empty),
        broken: () => (status.textContent = words.broken),
        time({ at, playing }) {
            Object.assign(state, { at: Math.min(at, state.total), playing });
            showTime();
        },
    };
    window.addEventListener("message", (message) => {
        if (message.source === frame && message.origin === origin && Object.hasOwn(HEARD, message.data?.kind)) {
            HEARD[message.data.kind](message.data);
        }
    });
    tell("hello"); // it may have said that it is here before anybody listened
    ask("/notes");
})();
