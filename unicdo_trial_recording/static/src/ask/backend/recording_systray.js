// SPDX-License-Identifier: LGPL-3.0-or-later
import { registry } from "@web/core/registry";
import { RecordingSign } from "../common/recording_sign";

registry.category("systray").add("unicdo_recording", { Component: RecordingSign }, { sequence: 1 });
