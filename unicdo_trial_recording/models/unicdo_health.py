# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..const import ALLOWED, GROUP, UNDERTAKING


class UnicdoHealth(models.AbstractModel):
    """Recordings that are not destroyed in time, cannot begin, or cannot be watched."""

    _inherit = "unicdo.health"

    @api.model
    def _checks(self):
        own = [self._check_recording_dates(), self._check_recorder(), self._check_undertaking()]
        return super()._checks() + own + self._check_collectors()

    @api.model
    def _check_collectors(self):
        name, collectors = self.env._("End of recordings kept elsewhere"), self.env["unicdo.recording.collector"]._known()
        return [self._result(f"collector_{one.id}", name, *one._health()) for one in collectors]

    @api.model
    def _check_undertaking(self):
        name, version = self.env._("Confidentiality of recordings"), self.env["unicdo.policy"]._current(UNDERTAKING)
        if version:
            text = self.env._("Whoever watches recordings has to acknowledge “%s” before.", version.display_name)
            return self._result("undertaking", name, "ok", text)
        if not self.env.ref(GROUP).user_ids:
            return self._result("undertaking", name, "ok", self.env._("Nobody holds the role that watches recordings."))
        return self._result(
            "undertaking", name, "warning",
            self.env._(
                "The usability team can watch nothing: no confidentiality undertaking is published. Read the text that is "
                "proposed, change it where you have to, and publish it."
            ),
            self._for_officer("unicdo_privacy.unicdo_policy_action"),
        )

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
