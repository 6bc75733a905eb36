# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ..controllers.person import session_state


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        return super().session_info() | self._recording_info()

    @api.model
    def get_frontend_session_info(self):
        return super().get_frontend_session_info() | self._recording_info()

    @api.model
    def _recording_info(self):
        """What the page has to know to ask, or to record: nothing where it is not offered."""
        state = session_state(self.env)
        return {"unicdo_recording": state} if state else {}
