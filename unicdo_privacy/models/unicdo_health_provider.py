# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoHealth(models.AbstractModel):
    """What the register of service providers wants to be seen to (POLICY GOV-2)."""

    _inherit = "unicdo.health"

    @api.model
    def _checks(self):
        return super()._checks() + [self._check_providers(), self._check_needed_providers()]

    @api.model
    def _check_providers(self):
        name = self.env._("Service providers")
        problems = self.env["unicdo.provider"]._problems()
        if not problems:
            text = self.env._("Each is reviewed, attested and safeguarded as it should be.")
            return self._result("providers", name, "ok", text)
        state = "error" if any(state == "error" for state, _text in problems) else "warning"
        return self._result(
            "providers", name, state, " ".join(text for _state, text in problems),
            self._for_officer("unicdo_privacy.unicdo_provider_action"),
        )

    @api.model
    def _check_needed_providers(self):
        name = self.env._("Service providers that are needed")
        providers = self.env["unicdo.provider"]
        needs = providers._needed()
        problems = [
            f"{need['name']}: {problem}" for need in needs if (problem := providers._need_problem(need))
        ]
        if problems:
            way = self._for_officer("unicdo_privacy.unicdo_provider_action")
            return self._result("needed_providers", name, "error", " ".join(problems), way)
        if needs:
            names = ", ".join(need["name"] for need in needs)
            return self._result("needed_providers", name, "ok", self.env._("In use, and registered for it: %s.", names))
        return self._result(
            "needed_providers", name, "ok", self.env._("No privacy module hands data to a party outside.")
        )
