# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.tools import file_open

from ..const import UNDERTAKING

TEXT = "unicdo_trial_recording/data/undertaking.html"


class UnicdoPolicy(models.Model):
    """The confidentiality undertaking, without which nobody watches recordings (POLICY REC-2)."""

    _inherit = "unicdo.policy"

    @api.model
    def _propose_undertaking(self):
        """Leave a draft to the officers where there is none: they publish it, as it is or changed. Called by each update."""
        if not self.with_context(active_test=False).search_count([("kind", "=", UNDERTAKING)], limit=1):
            with file_open(TEXT) as file:
                values = {"name": "Confidentiality of recordings", "kind": UNDERTAKING, "body": file.read()}
            xml_id = "unicdo_trial_recording.unicdo_policy_undertaking"
            self._load_records([{"xml_id": xml_id, "values": values, "noupdate": True}])

    @api.model
    def _undertaking(self, user):
        """What somebody of the usability team has to acknowledge: the version that applies now in their main company.

        :param user: one ``res.users`` record
        :return: one ``unicdo.policy.version`` in the reader's language, or none: then nobody watches
        """
        return self.with_company(user.sudo().company_id)._current(UNDERTAKING)

    @api.model
    def _has_undertaken(self, user):
        """Whether somebody acknowledged, themselves, the undertaking that applies now."""
        version = self._undertaking(user)
        act_sudo = version and version._act_of(user.sudo().partner_id)
        return bool(act_sudo) and (act_sudo.what, act_sudo.actor_id) == ("acknowledged", user.id)
