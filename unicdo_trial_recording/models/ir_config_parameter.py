# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..const import COLLECTOR


class IrConfigParameter(models.Model):
    """Another server that keeps the recordings: the former one still has some, and the new one is asked soon."""

    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        parameters = super().create(vals_list)
        parameters._unicdo_follow_collector()
        return parameters

    def write(self, vals):
        done = super().write(vals)
        self._unicdo_follow_collector()
        return done

    def unlink(self):
        collectors = self.env["unicdo.recording.collector"] if COLLECTOR in self.mapped("key") else None
        done = super().unlink()
        if collectors is not None:
            collectors._follow_setting()
        return done

    def _unicdo_follow_collector(self):
        if COLLECTOR in self.mapped("key"):
            self.env["unicdo.recording.collector"]._follow_setting()
            cron_sudo = self.env.ref("unicdo_trial_recording.unicdo_recording_lateness_cron", raise_if_not_found=False)
            if cron_sudo:
                cron_sudo.sudo()._trigger()
