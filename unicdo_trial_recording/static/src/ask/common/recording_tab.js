// SPDX-License-Identifier: LGPL-3.0-or-later
import { browser } from "@web/core/browser/browser";

const KEY = "unicdo_recording";
/** Under which the tab keeps what a page recorded and could not send, until its next page is there. */
export const TAIL_KEY = "unicdo_recording_tail";

/**
 * Which recording this tab goes on with after navigation or reload.
 *
 * It lies in the tab's storage only between two pages: a tab that is opened from this one gets a copy of that storage,
 * and is another recording.
 */
export class RecordingTab {
    constructor() {
        this.uuid = null;
        browser.addEventListener("pagehide", () => this.leave());
        browser.addEventListener("pageshow", (ev) => ev.persisted && this.take());
    }

    /**
     * @returns {string|null} the recording that the page before this one was part of
     */
    take() {
        const left = browser.sessionStorage.getItem(KEY);
        if (left) {
            browser.sessionStorage.removeItem(KEY);
            this.uuid = left;
        }
        return this.uuid;
    }

    leave() {
        if (this.uuid) {
            browser.sessionStorage.setItem(KEY, this.uuid);
        }
    }
}
