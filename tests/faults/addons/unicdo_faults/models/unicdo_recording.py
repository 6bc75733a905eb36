# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from odoo.addons.unicdo_trial_recording.models import unicdo_recording_destruction


class UnicdoRecording(models.Model):
    """Destroys recordings one by one where a test asks for it, so that there is much to interrupt."""

    _inherit = "unicdo.recording"

    def _register_hook(self):
        super()._register_hook()
        if self.env["ir.config_parameter"].sudo().get_param("unicdo_faults.small_rows"):
            unicdo_recording_destruction.BATCH = 1
