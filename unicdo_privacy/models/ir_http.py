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
        request.unicdo_past = session_bond.Past(request.session)
        return super()._authenticate_explicit(auth)

    @classmethod
    def _post_logout(cls):
        super()._post_logout()
        past = session_bond.past()
        if past and past.uid:
            try:
                end_sessions(request.env, [session_bond.digest(past.sid)], "logout", past)
            except Exception:
                # nothing keeps a person from leaving; the emptied session opens nothing any more
                _logger.exception("The end of a session could not be noted")
