# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import http
from odoo.http import request


class PrivacyLedger(http.Controller):
    @http.route("/privacy/ledger/head", type="http", auth="public", methods=["GET"], readonly=True, save_session=False)
    def ledger_head(self):
        """The newest signed head of the audit ledger, for anybody to keep: it proves later what stood before it."""
        return request.make_json_response(request.env["unicdo.ledger.block"].sudo()._head() or {})
