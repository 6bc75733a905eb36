// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Runs in the page that replays a recording offline.
 */
(function () {
    "use strict";

    const read = (id) => JSON.parse(document.getElementById(id).textContent);
    const stage = document.getElementById("stage");
    const size = () => ({
        width: stage.clientWidth,
        height: Math.max(200, window.innerHeight - stage.offsetTop - 110),
    });

    const replay = window.unicdoReplay.play(stage, read("events"), read("sheets"), {
        ...size(),
        autoPlay: false,
        skipInactive: true,
        tags: { "unicdo.view": "#714b67", "unicdo.error": "#c9302c" },
    });
    if (!replay) {
        stage.textContent = "–";
        return;
    }
    window.addEventListener("resize", () => {
        replay.player.$set(size());
        replay.player.triggerResize();
    });
})();
