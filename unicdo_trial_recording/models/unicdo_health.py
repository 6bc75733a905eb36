# SPDX-License-Identifier: LGPL-3.0-or-later
from markupsafe import Markup

from odoo import api, models

from ..const import ALLOWED


class UnicdoHealth(models.AbstractModel):
    """Recordings that are not destroyed in time, or cannot begin."""

    _inherit = "unicdo.health"

    @api.model
    def _checks(self):
        return super()._checks() + [self._check_recording_dates(), self._check_recorder()]

    @api.model
    def _check_recording_dates(self):
        name = self.env._("End of recordings")
        late = self.env["unicdo.recording"]._late()
        if not late:
            return self._result("recording_dates", name, "ok", self.env._("No recording has outlived its date."))
        crons = self._our_crons().filtered(lambda cron: cron.model_id.model == "unicdo.recording")
        action = self._open(
            self.env._("Scheduled jobs"), "ir.cron", [("id", "in", crons.ids), ("active", "in", (True, False))]
        )
        return self._result(
            "recording_dates", name, "error",
            self.env._("Recordings outlived their date: %s. Nobody can watch them, but they have to be destroyed.", late),
            self._for_admin(action),
        )

    @api.model
    def _check_recorder(self):
        name = self.env._("Recorder of trial sessions")
        trial = self.env["unicdo.recording.trial"]
        problem = trial._problem()
        if not self.env["ir.config_parameter"].sudo().get_param(ALLOWED):
            return self._result("recorder", name, "ok", self.env._("Switched off: nobody is asked or recorded."))
        if problem:
            way = self._for_officer("unicdo_privacy.unicdo_provider_action") if problem == "provider" else None
            return self._result("recorder", name, "error", trial._problem_text(problem), way)
        if not trial._is_trial():
            return self._result("recorder", name, "ok", self.env._("This database is not on trial: nobody is asked or recorded."))
        kept = trial._kept_by(trial._collector())[1]
        return self._result("recorder", name, "ok", self.env._("People are asked, and recorded only if they agree. %s", kept))

    @api.model
    def _tell_officers(self, subject, text):
        """Mail the officers in office."""
        officers = self.env["unicdo.role.grant"]._working_officers().user_id
        self.env["mail.mail"].sudo().create([
            {
                "subject": subject, "email_to": officer.email_formatted, "body_html": Markup("<p>%s</p>") % text,
                "auto_delete": True,
            }
            for officer in officers if officer.email
        ])
