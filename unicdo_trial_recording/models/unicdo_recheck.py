# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.unicdo_privacy.models.unicdo_recheck import CODE_MINUTES

from ..controllers import person

OWN = "recording.own"


class UnicdoRecheck(models.Model):
    """Whoever asks for recordings of theirs leaves no row and no ledger event that names them: it would tell that they
    agreed (POLICY REC-1). Their tries are counted as everybody's."""

    _inherit = "unicdo.recheck"

    @api.model
    def _actions(self):
        return super()._actions() | {
            "recording.watch": self.env._("watch recordings of trial sessions"),
            OWN: self.env._("get the recordings of your sessions"),
        }

    @api.model
    def _minutes(self, action):
        return 60 if action == "recording.watch" else super()._minutes(action)

    @api.model
    def _keep(self, kind, action, minutes, **vals):
        if action != OWN:
            return super()._keep(kind, action, minutes, **vals)
        return person.unnamed(self.env)["unicdo.recording.pass"].create({
            "kind": kind, "holder": person.own_session(self.env),
            "expires_at": fields.Datetime.now() + timedelta(minutes=minutes), **vals,
        }).flush_recordset()

    @api.model
    def _kept(self, kind, action):
        if action != OWN:
            return super()._kept(kind, action)
        return self._own_passes(kind, [("expires_at", ">", fields.Datetime.now())])

    @api.model
    def _codes_sent(self):
        since = fields.Datetime.now() - timedelta(minutes=CODE_MINUTES)
        return super()._codes_sent() + len(self._own_passes("code", [("made_at", ">", since)]))

    @api.model
    def _own_passes(self, kind, domain):
        holder = person.own_session(self.env)
        passes = person.unnamed(self.env)["unicdo.recording.pass"]
        return passes.search([("kind", "=", kind), ("holder", "=", holder), *domain], order="id desc") if holder else passes

    @api.model
    def _log(self, kind, action, separate=False):
        return super()._log(kind, action, separate) if action != OWN else None
