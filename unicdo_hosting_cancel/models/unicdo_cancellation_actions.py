# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class UnicdoCancellationActions(models.Model):
    """The buttons: each checks who presses it and what is missing, then takes one step."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    def action_receive(self):
        """Note a request that reached us by phone, letter or in person; its day of receipt counts."""
        self.check_access("write")
        for request in self:
            if request.state != "draft":
                raise UserError(self.env._("This request has been received already."))
            if request.received_at > fields.Datetime.now():
                raise UserError(self.env._("The day of receipt lies in the future."))
            if request.subscription_id and (other := request.subscription_id.sudo()._open_cancellation()):
                raise UserError(
                    self.env._("%s ends this subscription already. Write what is new there, and delete this draft.", other.name)
                )
            request._check_running()
            request.sudo()._receive()

    def action_verify(self):
        """Our staff made sure that the request comes from somebody who may end the contract."""
        self.check_access("write")
        for request in self:
            if request.state != "received":
                raise UserError(self.env._("There is nothing to verify at this point."))
            if not request.subscription_id:
                raise UserError(self.env._("Please choose first which subscription is meant."))
            request._check_running()
            if not request.requester_id:
                raise UserError(self.env._("Please say first who asked."))
            if request.requester_id not in request.subscription_id.sudo()._deciders():
                raise UserError(self.env._(
                    "%s is no named administrator of this contract, so they cannot end it. Ask one of them, or name this "
                    "person as an administrator of the subscription first.", request.requester_id.display_name,
                ))
            request.sudo()._verify("staff", request.requester_id)

    def action_accept(self):
        """Accept a good cause, or own up to our fault: the unused part is refunded whatever the notice (CAN-3)."""
        self._check_decider()
        for request in self:
            if request.state != "verified":
                raise UserError(self.env._("There is nothing to decide at this point."))
            if request.kind == "good_cause" and not (request.reason or "").strip():
                raise UserError(self.env._("Please write down the cause first: it is what is accepted."))
            request.sudo()._schedule()

    def action_refuse(self):
        """Refuse with a reason, which the customer is told."""
        self._check_decider()
        for request in self:
            if request.state not in ("received", "verified"):
                raise UserError(self.env._("The end is scheduled. The customer can take it back; we cannot refuse it."))
            if not (request.refusal_reason or "").strip():
                raise UserError(self.env._("Please write the reason first: the customer has a right to know it."))
            request.sudo()._refuse()

    def action_take_back(self):
        """Take the request back on the customer's behalf."""
        self.check_access("write")
        for request in self.sudo():
            request._take_back()

    def action_post_credits(self):
        """Approve the credit notes that wait."""
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Only accounting approves credit notes."))
        self.check_access("write")
        for request in self.sudo():
            request._post_credits()

    def action_open_credits(self):
        """Open the credit notes with one's own rights."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit notes"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("unicdo_cancellation_id", "=", self.id)],
            "context": {"create": False},
        }

    def _check_running(self):
        if self._is_too_late(self.subscription_id):
            raise UserError(self.env._("“%s” has ended already.", self.subscription_id.name))

    def _check_decider(self):
        """Whether a cause is good costs money: accounting and the privacy staff decide it, the helpdesk does not."""
        groups = ("account.group_account_invoice", "unicdo_privacy.unicdo_privacy_group_user")
        if not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(self.env._("Accounting or the privacy staff decide this."))
        self.check_access("write")
