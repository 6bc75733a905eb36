# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from ..tools import session_bond
from .unicdo_oauth_end import end_sessions


class ResDevice(models.Model):
    _inherit = "res.device"

    def _revoke(self):
        """What is bound to the sessions of these devices ends, also where a running request brings a session back."""
        sessions = sorted({session_bond.digest(device.session_identifier) for device in self})
        end_sessions(self.env, sessions, "device", session_bond.past())
        return super()._revoke()
