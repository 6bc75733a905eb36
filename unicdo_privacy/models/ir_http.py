# SPDX-License-Identifier: LGPL-3.0-or-later
import logging

from odoo import models
from odoo.http import request

from ..tools import session_bond
from .unicdo_oauth_end import end_sessions

_logger = logging.getLogger(__name__)


class IrHttp(models.AbstractModel):
    """Log-off ends what is bound to the session, by whatever way it comes (POLICY TOK-2)."""

    _inherit = "ir.http"

    @classmethod
    def _authenticate_explicit(cls, auth):
        # log-off empties the session before it tells anybody
        request.unicdo_past = past = session_bond.Past(request.session)
        if past.uid and session_bond.halves(past) and session_bond.rested_too_long(request.env, past.sid):
            # core takes a session that rested too long back, and writes its file anew, until its collector comes
            cls._unicdo_end("session")
        return super()._authenticate_explicit(auth)

    @classmethod
    def _post_logout(cls):
        super()._post_logout()
        cls._unicdo_end("logout")

    @classmethod
    def _unicdo_end(cls, how):
        """End what the running request's session held."""
        past = session_bond.past()
        if past and past.uid:
            try:
                end_sessions(request.env, [session_bond.digest(past.sid)], how, past)
            except Exception:
                # nothing keeps a person from leaving; the emptied session opens nothing any more
                _logger.exception("The end of a session could not be noted")
