// SPDX-License-Identifier: LGPL-3.0-or-later
import { markRaw, reactive } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { browser } from "@web/core/browser/browser";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { session } from "@web/session";
import { RecordingTab, TAIL_KEY } from "./recording_tab";

const BUNDLE = "unicdo_trial_recording.assets_recorder";
const RECORDER = "@unicdo_trial_recording/recorder/recorder";

function loadLibrary({ src, integrity }) {
    return new Promise((resolve, reject) => {
        const script = document.createElement("script");
        Object.assign(script, { src, integrity, crossOrigin: "anonymous", onload: resolve, onerror: reject });
        document.head.append(script);
    });
}

/**
 * The person's choice about recordings, and the recording of this page.
 *
 * Before somebody agreed it asks nothing of the server and stores nothing: all it needs came with the page.
 */
export class Recording {
    /**
     * @param {Object} info `unicdo_recording` of the session's info
     */
    constructor(info) {
        /** @type {"ask"|"off"|"on"|"stopped"} stopped: agreed, but not in this session */
        this.choice = info.state;
        this.notice = info.notice || null;
        this.isAsking = info.state === "ask";
        /** whether the text changed between being read and being answered */
        this.hasChanged = false;
        /** @type {""|"recording"|"paused"|"idle"} what the sign shows */
        this.sign = "";
        this.memoryKey = `unicdo_recording_${user.userId}`;
        if (this.choice !== "on") {
            browser.sessionStorage.removeItem(TAIL_KEY);
        }
    }

    /**
     * Let other tabs of this browser do the same. Nothing is stored of people who did not agree.
     *
     * @param {"on"|"paused"|"stopped"|null} value null: no longer agreed
     */
    remember(value) {
        if (value) {
            browser.localStorage.setItem(this.memoryKey, value);
        } else {
            browser.localStorage.removeItem(this.memoryKey);
        }
    }

    /**
     * Do what another tab did.
     */
    follow(value) {
        if (value === "paused") {
            this.recorder?.pause();
        } else if (value === "on") {
            this.choice = "on";
            this.isAsking = false;
            this.recorder ? this.recorder.resume() : this.start();
        } else {
            this.choice = value || "off";
            this.end();
        }
    }

    // ------------------------------------------------------------------ the choice

    /**
     * @returns {Promise<Object>} the text of the question, as it applies now
     */
    async loadNotice() {
        this.notice = await rpc("/recording/notice");
        return this.notice;
    }

    /**
     * Record a choice; a "no" ends the recording at once and destroys all there is.
     *
     * @param {"given"|"refused"|"withdrawn"|"asked"} choice asked: the question was closed without an answer
     * @returns {Promise<boolean>} false: the text has changed and has to be read again
     */
    async choose(choice) {
        if (choice === "refused" || choice === "withdrawn") {
            this.end();
        }
        const answer = await rpc("/recording/choice", { choice, shown: this.notice?.hash || "" });
        this.hasChanged = Boolean(answer.changed);
        if (answer.changed) {
            this.notice = answer.notice;
            return false;
        }
        this.isAsking = false;
        this.choice = answer.state;
        this.remember(this.choice === "on" ? "on" : null);
        await this.start();
        return true;
    }

    // ------------------------------------------------------------------ the recording of this page

    /**
     * Record this page if the person agreed. Where it cannot be done nobody is bothered.
     */
    async start() {
        if (this.choice !== "on" || this.recorder || this.isStarting) {
            return;
        }
        this.isStarting = true;
        try {
            await this.begin();
        } catch {
            this.forget();
        } finally {
            this.isStarting = false;
        }
    }

    async begin() {
        this.tab ||= markRaw(new RecordingTab());
        const page = { surface: this.surface, width: window.innerWidth, height: window.innerHeight };
        const grant = await rpc("/recording/begin", { page, resume: this.tab.take() }, { silent: true });
        if (!grant) {
            this.tab.uuid = null;
            browser.sessionStorage.removeItem(TAIL_KEY);
            return;
        }
        this.tab.uuid = grant.resume;
        await loadLibrary(grant.library);
        await loadBundle(BUNDLE);
        const { startRecorder } = odoo.loader.modules.get(RECORDER);
        if (this.choice !== "on") {
            return; // changed their mind meanwhile
        }
        const recorder = await startRecorder({
            grant,
            rrweb: window.rrwebRecord,
            renew: () => rpc("/recording/renew", { resume: grant.resume }, { silent: true }),
            view: () => this.view(),
            tailKey: TAIL_KEY,
            paused: this.isPaused(),
            onState: (state) => (this.sign = state === "ended" ? "" : state),
            onEnd: (why) => this.ended(why),
        });
        if (this.choice !== "on") {
            recorder.stop("stopped", { drop: true });
        } else if (recorder.state !== "ended") {
            this.recorder = markRaw(recorder);
            this.sign = recorder.state;
            this.isPaused() && recorder.pause(); // in another tab, meanwhile
        }
    }

    isPaused() {
        return browser.localStorage.getItem(this.memoryKey) === "paused";
    }

    /**
     * What is open now; the backend knows more.
     *
     * @returns {{surface: string, model: string, view: string, route: string}}
     */
    view() {
        const route = browser.location.pathname.replace(/\/\d+(?=\/|$)/g, "/:id");
        return { surface: this.surface, model: "", view: "", route };
    }

    /**
     * Where this part of the recording is over without anybody's will, the next one begins.
     */
    ended(why) {
        const { uuid } = this.tab;
        this.forget();
        if (why === "over") {
            this.tab.uuid = uuid;
            this.start();
        }
    }

    forget() {
        this.recorder = null;
        this.sign = "";
        if (this.tab) {
            this.tab.uuid = null;
        }
    }

    /**
     * The person stops it: what was not sent yet is thrown away.
     */
    end() {
        const recorder = this.recorder;
        this.forget();
        recorder?.stop("stopped", { drop: true });
    }

    pause() {
        this.recorder?.pause();
        this.remember("paused");
    }

    resume() {
        this.recorder?.resume();
        this.remember("on");
    }

    /**
     * Not in this session any more; what was recorded stays.
     */
    async stop() {
        this.choice = "stopped";
        this.remember("stopped");
        this.end();
        await rpc("/recording/stop", { stopped: true });
    }

    /**
     * Record this session again after {@link stop}.
     */
    async goOn() {
        const { state } = await rpc("/recording/stop", { stopped: false });
        this.choice = state;
        if (state === "on") {
            this.remember("on");
            await this.start();
        }
    }

    /**
     * Stop for good: withdraw, so that all that was sent is destroyed too.
     */
    async withdraw() {
        const before = this.choice;
        this.choice = "off"; // nothing begins meanwhile
        try {
            await this.choose("withdrawn");
        } catch (error) {
            this.choice = before; // not withdrawn yet, and whoever looks has to see that
            throw error;
        }
    }
}

export const recordingService = {
    start() {
        const info = session.unicdo_recording;
        // a page in a frame, such as the website's preview, is part of the page around it
        if (!info || window.top !== window) {
            return null;
        }
        const recording = reactive(new Recording(info));
        recording.surface = session.is_frontend ? "website" : "backend";
        browser.addEventListener("storage", (ev) => {
            if (ev.key === recording.memoryKey) {
                recording.follow(ev.newValue);
            }
        });
        return recording;
    },
};

registry.category("services").add("unicdo_recording", recordingService);
