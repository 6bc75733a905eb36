# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from ..tools.receipt import is_automatic, received_at

MODEL = "unicdo.cancellation"


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_route_process(self, message, message_dict, routes):
        """Hand on what core forgets of a mail to our alias: when our server received it. Machines' mails are dropped."""
        ours = [route for route in routes or () if route[0] == MODEL]
        if ours and is_automatic(
            message.get("Auto-Submitted"), message.get("Precedence"), message.get("X-Autoreply")
        ):
            routes = [route for route in routes if route[0] != MODEL]
        if ours:
            # others who hand in a mail by RPC write its headers themselves
            is_gateway = self.env.su or self.env.user._is_system()
            moment = received_at(is_gateway and message.get_all("Received") or [], fields.Datetime.now())
            self = self.with_context(unicdo_received_at=moment)
        return super()._message_route_process(message, message_dict, routes)
