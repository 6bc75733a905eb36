// SPDX-License-Identifier: LGPL-3.0-or-later
import { Component, useEffect, useExternalListener, useRef, useState, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { session } from "@web/session";
import { RecordingSign } from "../common/recording_sign";

const BUTTONS = "a, button, input, select, textarea, summary, [role='button'], [tabindex]";
const CORNERS = ["bottom-start", "bottom-end", "middle-start", "middle-end"];

/**
 * The sign on the website: in the first corner where it lies over no button.
 */
export class RecordingPill extends Component {
    static template = xml`
        <div class="o_unicdo_pill d-print-none" t-ref="root" t-att-data-corner="state.corner">
            <RecordingSign/>
        </div>`;
    static components = { RecordingSign };
    static props = {};

    setup() {
        this.root = useRef("root");
        this.state = useState({ corner: CORNERS[0] });
        this.recording = useState(useService("unicdo_recording"));
        const settle = useDebounced(() => this.settle(), 200);
        useExternalListener(window, "scroll", settle, { capture: true, passive: true });
        useExternalListener(window, "resize", settle);
        useEffect(() => void settle(), () => [this.recording.sign]);
    }

    settle() {
        const pill = this.root.el;
        if (!pill?.firstElementChild || pill.contains(document.activeElement)) {
            return; // never from under somebody's hands
        }
        const taken = (corner) => {
            pill.dataset.corner = corner;
            return this.isOverButton(pill.getBoundingClientRect());
        };
        this.state.corner = [this.state.corner, ...CORNERS].find((corner) => !taken(corner)) || CORNERS[0];
        pill.dataset.corner = this.state.corner;
    }

    isOverButton({ left, right, top, bottom }) {
        const points = [left, (left + right) / 2, right - 1].flatMap((x) => [top, bottom - 1].map((y) => [x, y]));
        return points.some(([x, y]) =>
            document.elementsFromPoint(x, y).some((el) => !this.root.el.contains(el) && el.closest(BUTTONS))
        );
    }
}

if (session.unicdo_recording && window.top === window) {
    registry.category("main_components").add("unicdo_recording_pill", { Component: RecordingPill });
}
