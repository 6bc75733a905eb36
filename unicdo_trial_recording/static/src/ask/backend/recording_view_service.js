// SPDX-License-Identifier: LGPL-3.0-or-later
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

/**
 * Tells the recorder which view of Odoo is open, and when an error is shown.
 */
const recordingViewService = {
    dependencies: ["action", "unicdo_recording"],
    start(env, { action, unicdo_recording: recording }) {
        if (!recording) {
            return;
        }
        const websiteView = recording.view.bind(recording);
        recording.view = () => {
            const controller = action.currentController;
            const model = controller?.action.res_model || "";
            return {
                ...websiteView(),
                // names that people of this database gave say too much
                model: /^x_|\.x_/.test(model) ? "custom" : model,
                view: controller?.view?.type || controller?.action.type || "",
            };
        };
        env.bus.addEventListener("ACTION_MANAGER:UI-UPDATED", () => {
            // the address follows the view
            browser.setTimeout(() => recording.recorder?.viewChanged());
        });
        // comes just before the handlers that open a dialog, and leaves the error to them
        registry.category("error_handlers").add(
            "unicdo_recording",
            () => {
                recording.recorder?.errorShown();
                return false;
            },
            { sequence: 96 }
        );
    },
};

registry.category("services").add("unicdo_recording_view", recordingViewService);
