// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/**
 * Says that this page is being recorded, and lets the person pause and stop it.
 */
export class RecordingSign extends Component {
    static template = "unicdo_trial_recording.RecordingSign";
    static components = { Dropdown, DropdownItem };
    static props = { className: { type: String, optional: true } };

    setup() {
        this.service = useService("unicdo_recording");
        // without a choice to be made here the service is none
        this.recording = useState(this.service || { sign: "" });
        this.notification = useService("notification");
    }

    get label() {
        return this.recording.sign === "paused" ? _t("Recording paused") : _t("Recording");
    }

    get hint() {
        return this.recording.sign === "paused"
            ? _t("The recording of this session is paused.")
            : _t("This session is being recorded.");
    }

    async stop() {
        await this.recording.stop();
        this.notification.add(_t("This session is not recorded any more."), { type: "info" });
    }

    async withdraw() {
        await this.recording.withdraw();
        const text = _t("Recording has stopped for good, and everything recorded of you is destroyed.");
        this.notification.add(text, { type: "info" });
    }
}
