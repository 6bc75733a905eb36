// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Runs in the page that replays a recording offline.
 */
(async function () {
    "use strict";

    const textOf = (id) => document.getElementById(id).textContent;
    const stage = document.getElementById("stage");
    const content = Uint8Array.from(atob(textOf("events")), (sign) => sign.charCodeAt(0));
    const events = await window.unicdoReplay.read(content, JSON.parse(textOf("sheets")), (share) => {
        stage.textContent = `${Math.round(share * 100)} %`;
    });
    stage.textContent = "";
    const first = events.find((event) => event.type === 4 && event.data.width > 0) || { data: { width: 16, height: 10 } };
    const size = () => {
        const width = stage.clientWidth;
        const room = Math.max(200, window.innerHeight - stage.offsetTop - 110);
        return { width, height: Math.min(room, Math.ceil((width * first.data.height) / first.data.width)) };
    };

    const replay = window.unicdoReplay.play(stage, events, {
        ...size(),
        autoPlay: false,
        skipInactive: true,
        tags: { "unicdo.view": "#714b67", "unicdo.error": "#c9302c" },
    });
    if (!replay) {
        throw new Error("There is nothing to see");
    }
    window.addEventListener("resize", () => {
        replay.player.$set(size());
        replay.player.triggerResize();
    });
})().catch(() => {
    const stage = document.getElementById("stage");
    stage.textContent = stage.dataset.problem;
});
