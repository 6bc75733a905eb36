# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.http import Controller, Response, request, route


class Empty(Controller):
    @route("/unicdo_bench/empty", type="http", auth="public", methods=["POST"], csrf=False)
    def empty(self, **kwargs):
        """The least a public route can do: take the body, and say nothing."""
        request.httprequest.get_data(cache=False)
        return Response(status=204)
