// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Runs in the sandboxed frame: takes a recording from the page around it, plays it, and says how far it is.
 */
(function () {
    "use strict";

    const page = window.parent;
    const origin = window.location.origin;
    const stage = document.getElementById("stage");
    let player, replayer, playing = false;

    const tell = (message) => page.postMessage(message, origin);

    async function load({ content, sheets }) {
        let replay;
        try {
            const { read, play } = window.unicdoReplay;
            const events = await read(new Uint8Array(content), sheets, (share) => tell({ kind: "share", share }));
            replay = play(stage, events, { ...size(), autoPlay: false, showController: false, skipInactive: true });
            replay?.player.getReplayer().pause(0);
        } catch {
            tell({ kind: "broken" });
            return;
        }
        if (!replay) {
            tell({ kind: "empty" });
            return;
        }
        player = replay.player;
        replayer = player.getReplayer();
        replayer.on("finish", () => report(false));
        const { totalTime } = replayer.getMetaData();
        tell({ kind: "ready", total: totalTime, marks: replay.marks });
        setInterval(() => playing && report(true), 200);
    }

    function size() {
        return { width: window.innerWidth, height: window.innerHeight };
    }

    function report(still) {
        playing = still;
        tell({ kind: "time", at: replayer.getCurrentTime(), playing });
    }

    const ACTS = {
        hello: () => tell({ kind: "here" }),
        load,
        play({ at }) {
            replayer.play(at);
            report(true);
        },
        pause({ at }) {
            replayer.pause(at ?? replayer.getCurrentTime());
            report(false);
        },
        speed({ speed }) {
            replayer.setConfig({ speed });
        },
        skip({ skip }) {
            replayer.setConfig({ skipInactive: skip });
        },
    };

    window.addEventListener("message", (message) => {
        if (message.source !== page || message.origin !== origin) {
            return;
        }
        const { kind, ...data } = message.data || {};
        if (Object.hasOwn(ACTS, kind) && (replayer || ["hello", "load"].includes(kind))) {
            ACTS[kind](data);
        }
    });
    window.addEventListener("resize", () => {
        if (player) {
            player.$set(size());
            player.triggerResize();
        }
    });
    tell({ kind: "here" });
})();
