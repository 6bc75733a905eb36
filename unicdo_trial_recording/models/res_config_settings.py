# SPDX-License-Identifier: LGPL-3.0-or-later
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.unicdo_privacy.tools.public_form import is_loopback

from ..const import ALLOWED, COLLECTOR, IS_TRIAL, SAMPLING, TRIAL_END


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    unicdo_recording_allowed = fields.Boolean(
        "Let people agree to recordings", config_parameter=ALLOWED,
        help="The administrator's switch. Each person has a switch of their own, and nobody sees who agreed.",
    )
    unicdo_recording_is_trial = fields.Boolean(
        "This is a trial database", config_parameter=IS_TRIAL,
        help="Otherwise it is one while Odoo's own subscription says so.",
    )
    unicdo_recording_trial_end = fields.Date("Last day of the trial")
    unicdo_recording_sampling = fields.Integer("Sessions recorded (%)")
    unicdo_recording_collector = fields.Char("Server that keeps the recordings", config_parameter=COLLECTOR)
    unicdo_recording_code = fields.Char("Registration code", compute="_compute_unicdo_recording_code")
    unicdo_recording_kept_by = fields.Char("Who keeps the recordings", compute="_compute_unicdo_recording_kept_by")
    unicdo_recording_problem = fields.Char(compute="_compute_unicdo_recording_problem")

    @api.depends("unicdo_recording_collector")
    def _compute_unicdo_recording_code(self):
        self.unicdo_recording_code = self.env["unicdo.recording.trial"]._own().registration_code

    @api.depends("unicdo_recording_collector")
    def _compute_unicdo_recording_kept_by(self):
        for settings in self:
            settings.unicdo_recording_kept_by = self.env["unicdo.recording.trial"]._kept_by(
                (settings.unicdo_recording_collector or "").strip()
            )[1]

    @api.constrains("unicdo_recording_sampling")
    def _check_unicdo_recording_sampling(self):
        if self.filtered(lambda settings: not 0 <= settings.unicdo_recording_sampling <= 100):
            raise ValidationError(self.env._("Of all sessions, 0 to 100 per cent can be recorded."))

    @api.constrains("unicdo_recording_collector")
    def _check_unicdo_recording_collector(self):
        for settings in self:
            address = urlsplit(settings.unicdo_recording_collector or "")
            good = address.scheme == "https" or (address.scheme == "http" and is_loopback(address.netloc))
            if settings.unicdo_recording_collector and not (good and address.netloc and address.path in ("", "/")):
                raise ValidationError(self.env._("The server's address begins with https:// and has no path."))

    @api.depends("unicdo_recording_allowed")
    def _compute_unicdo_recording_problem(self):
        trial = self.env["unicdo.recording.trial"]
        self.unicdo_recording_problem = trial._problem_text(trial._problem())

    @api.model
    def get_values(self):
        trial = self.env["unicdo.recording.trial"]
        end = self.env["ir.config_parameter"].sudo().get_param(TRIAL_END)
        return super().get_values() | {
            "unicdo_recording_trial_end": end or False, "unicdo_recording_sampling": trial._sampling(),
        }

    def set_values(self):
        """Keep what the settings' own mechanism would not: a date, and a share of 0, which it takes for none."""
        super().set_values()
        parameters_sudo, end = self.env["ir.config_parameter"].sudo(), self.unicdo_recording_trial_end
        parameters_sudo.set_param(TRIAL_END, fields.Date.to_string(end) if end else False)
        parameters_sudo.set_param(SAMPLING, str(self.unicdo_recording_sampling))
        if self.unicdo_recording_collector and self.env["unicdo.vault"]._status() == "ready":
            self.env["unicdo.recording.trial"]._own()._prepare_own()  # so that there is a registration code
