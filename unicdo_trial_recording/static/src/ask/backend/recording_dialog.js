// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, markup, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/**
 * The person's own switch, with the whole text that it is about.
 */
export class RecordingDialog extends Component {
    static template = "unicdo_trial_recording.RecordingDialog";
    static components = { Dialog };
    static props = { close: Function };

    setup() {
        this.recording = useState(useService("unicdo_recording"));
        this.state = useState({ isBusy: false });
        onWillStart(() => this.recording.loadNotice());
    }

    get text() {
        return markup(this.recording.notice.html);
    }

    get isOn() {
        return ["on", "stopped"].includes(this.recording.choice);
    }

    get status() {
        return {
            ask: _t("You have not answered yet. Until you do, nothing is recorded."),
            off: _t("Nothing is recorded."),
            on: _t("You agreed. Sessions of yours are recorded."),
            stopped: _t("You agreed. This session is not recorded, as you stopped it."),
        }[this.recording.choice];
    }

    async act(what) {
        this.state.isBusy = true;
        try {
            await what();
        } finally {
            this.state.isBusy = false;
        }
    }

    toggle() {
        return this.act(() => (this.isOn ? this.recording.withdraw() : this.recording.choose("given")));
    }

    refuse() {
        return this.act(() => this.recording.choose("refused"));
    }

    goOn() {
        return this.act(() => this.recording.goOn());
    }
}

function recordingItem(env) {
    return {
        type: "item",
        id: "unicdo_recording",
        description: _t("Session recording"),
        callback: () => env.services.dialog.add(RecordingDialog),
        show: () => Boolean(env.services.unicdo_recording),
        sequence: 55,
    };
}

registry.category("user_menuitems").add("unicdo_recording", recordingItem);
