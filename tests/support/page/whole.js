// SPDX-License-Identifier: LGPL-3.0-or-later
/** The whole recorder with rrweb, which sends what it records to the test's server. */
import { Recorder } from "/recorder/recorder.js";

const allow = await (await fetch("/recorder/allow_list.json")).json();
const limits = { session_minutes: 60, idle_minutes: 10, batch_seconds: 0.1, batch_bytes: 100_000, session_bytes: 1_000_000_000 };

/**
 * @param {number} recording under which its events are sent
 * @returns {Recorder} started; `states` and `ends` list what it told
 */
export function begin(recording) {
    const states = [];
    const ends = [];
    const recorder = new Recorder({
        grant: { limits, recording, base: 0, token: "token", upload: "/upload" },
        allow,
        terms: ["Confirm", "Sales"],
        rrweb: window.rrwebRecord,
        renew: async () => ({ token: "token" }),
        view: () => ({ surface: "backend", model: "", view: "list", route: "/odoo" }),
        tailKey: "tail",
        onState: (state) => states.push(state),
        onEnd: (why) => ends.push(why),
    });
    recorder.start();
    return Object.assign(recorder, { states, ends });
}

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Until all that has happened is cleaned and sent. */
export async function settle(recorder) {
    await wait(300); // scrolling is told that late
    while (recorder.queue.length) {
        await wait(20);
    }
    await recorder.transport.flush();
}

/** @returns {HTMLElement} an empty part of the page */
export function box() {
    document.querySelector("main")?.remove();
    const main = document.createElement("main");
    document.body.append(main);
    return main;
}
