# SPDX-License-Identifier: LGPL-3.0-or-later
from email.utils import parseaddr

from odoo import api, fields, models
from odoo.tools import email_normalize


class UnicdoCancellationMail(models.Model):
    """Requests that come by mail (POLICY CAN-1). What a mail says proves nothing: it starts, and a link decides."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    @api.private
    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A mail to the alias: one request per subscription, whoever writes however often.

        The sender is matched exactly with those who may decide; a mail from anybody else is received, acknowledged and
        left to a person.
        """
        sender = msg_dict.get("email_from") or ""
        address = email_normalize(sender)
        subscriptions_sudo = self._subscriptions_of_address(address)
        return self._ask(
            subscriptions_sudo if len(subscriptions_sudo) == 1 else subscriptions_sudo.browse(),
            channel="mail",
            received_at=self.env.context.get("unicdo_received_at") or fields.Datetime.now(),
            declared_email=address,
            declared_name=parseaddr(sender)[0] or False,
            declared_contract=msg_dict.get("subject") or False,
            company_id=subscriptions_sudo.company_id.id if len(subscriptions_sudo) == 1 else self.env.company.id,
        )

    @api.model
    def _subscriptions_of_address(self, address):
        """Subscriptions that whoever has this address may end; exact, never by part of an address.

        :param str address: normalised
        :return: ``unicdo.hosting.subscription`` in sudo
        """
        subscriptions_sudo = self.env["unicdo.hosting.subscription"].sudo()
        if not address:
            return subscriptions_sudo
        people = self.env["res.partner"].sudo().search([("email_normalized", "=", address)])
        found = subscriptions_sudo.search(
            [("state", "!=", "ended"), "|", ("partner_id", "in", people.ids), ("admin_ids", "in", people.ids)]
        )
        return found.filtered(lambda subscription: subscription._deciders() & people)

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        return [("declared_email", "=", email_from_normalized)]
