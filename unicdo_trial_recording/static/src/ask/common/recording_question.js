// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, markup, onMounted, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";

/**
 * Asks once whether sessions may be recorded. It lies beside the work and not over it, and both answers weigh the same.
 */
export class RecordingQuestion extends Component {
    static template = "unicdo_trial_recording.RecordingQuestion";
    static props = {};

    setup() {
        this.recording = useState(useService("unicdo_recording"));
        this.notification = useService("notification");
        this.state = useState({ isReady: false, isOpen: false, isBusy: false, problem: false });
        onMounted(() => {
            // comes into a live region that is there already, so that it is read out
            this.state.isReady = true;
            this.recording.start();
        });
    }

    get text() {
        return markup(this.recording.notice.html);
    }

    get lang() {
        return this.recording.notice.lang.replace("_", "-");
    }

    toggle() {
        this.state.isOpen = !this.state.isOpen;
    }

    async answer(choice) {
        Object.assign(this.state, { isBusy: true, problem: false });
        try {
            if (await this.recording.choose(choice)) {
                this.notification.add(this.doneText(choice), { type: "info" });
            } else {
                this.state.isOpen = true;
            }
        } catch {
            this.state.problem = true;
        } finally {
            this.state.isBusy = false;
        }
    }

    doneText(choice) {
        const where = session.is_frontend
            ? _t("You can change this at any time under My Account, Privacy.")
            : _t("You can change this at any time in the menu with your picture, under Session recording.");
        const what = {
            given: _t("Thank you. Sessions of yours are recorded from now on."),
            refused: _t("Thank you. Nothing is recorded."),
            asked: _t("Nothing is recorded."),
        };
        return `${what[choice]} ${where}`;
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.answer("asked");
        }
    }
}

if (session.unicdo_recording && window.top === window) {
    registry.category("main_components").add("unicdo_recording_question", { Component: RecordingQuestion });
}
