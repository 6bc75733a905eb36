# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import TELL_AFTER

#: a person or provider that has not answered for so long needs somebody to look
SILENT = timedelta(days=1)


class UnicdoHealth(models.AbstractModel):
    """Ends of hosting that do not happen as promised."""

    _inherit = "unicdo.health"

    @api.model
    def _checks(self):
        return super()._checks() + [self._check_hosting_ends(), self._check_hosting_calls(), self._check_hosting_credits()]

    @api.model
    def _for_reader(self, action):
        """The way to requests: an action for those who see them, for others the words whom to ask."""
        if self.env["unicdo.cancellation"].with_user(self.env.user).has_access("read"):
            return {"action": action, "ask": ""}
        return {"action": None, "ask": self.env._("Please ask somebody of accounting or the helpdesk to see to this.")}

    @api.model
    def _check_hosting_ends(self):
        name = self.env._("Ends of hosting")
        late = self.env["unicdo.cancellation"]._late_ends()
        if not late:
            return self._result("hosting_ends", name, "ok", self.env._("No end of hosting is late."))
        return self._result(
            "hosting_ends", name, "error",
            self.env._(
                "%s subscriptions should have ended by now. Check that the scheduled action “Privacy: ends of hosting” "
                "and the background work run.", len(late),
            ),
            self._for_reader(self._open(self.env._("Late ends"), "unicdo.cancellation", [("id", "in", late.ids)])),
        )

    @api.model
    def _check_hosting_calls(self):
        name = self.env._("Hosting providers")
        silent = fields.Datetime.now() - SILENT
        calls = self.env["unicdo.hosting.call"].search(
            Domain("answered_at", "=", False) & (Domain("attempts", ">=", TELL_AFTER) | Domain("create_date", "<", silent))
        )
        if not calls:
            return self._result("hosting_calls", name, "ok", self.env._("Providers end access when they are told to."))
        return self._result(
            "hosting_calls", name, "error",
            self.env._(
                "Not answered or confirmed: %(count)s calls to %(providers)s. Access may still be open.",
                count=len(calls), providers=", ".join(calls.provider_id.mapped("name")),
            ),
            self._for_reader(
                self._open(self.env._("Requests with open calls"), "unicdo.cancellation", [("call_ids", "in", calls.ids)])
            ),
        )

    @api.model
    def _check_hosting_credits(self):
        name = self.env._("Credit notes of ended hosting")
        waiting = self.env["unicdo.cancellation"].search_count(
            [("state", "=", "terminated"), ("ends_at", "<", fields.Datetime.now() - SILENT)]
        )
        if not waiting:
            return self._result("hosting_credits", name, "ok", self.env._("What ended is credited."))
        return self._result(
            "hosting_credits", name, "warning",
            self.env._("%s subscriptions ended more than a day ago and are not credited: approve their credit notes.", waiting),
            self._for_reader(self._open(self.env._("Not credited"), "unicdo.cancellation", [("state", "=", "terminated")])),
        )
