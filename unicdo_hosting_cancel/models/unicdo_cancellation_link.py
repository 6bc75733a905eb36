# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models

from ..const import VERIFY_HOURS

#: days after its end for which a link stays as the question it asks in the portal
KEEP_DAYS = 90


class UnicdoCancellationLink(models.Model):
    """A secret mailed to the address on file of somebody who may decide: who has it, asked for the end of a contract.

    Hashed here, for three days, for one use.
    """

    _name = "unicdo.cancellation.link"
    _description = "Link that Proves who Asked"
    _order = "id desc"
    _rec_name = "create_date"

    cancellation_id = fields.Many2one("unicdo.cancellation", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="cancellation_id.company_id")
    subscription_id = fields.Many2one(
        "unicdo.hosting.subscription", required=True, readonly=True, ondelete="cascade", index=True,
        help="The contract that the request seems to be about. It is bound to it once somebody proved that.",
    )
    partner_id = fields.Many2one("res.partner", "Mailed to", required=True, readonly=True, ondelete="cascade", index=True)
    token_hash = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(required=True, readonly=True)
    answer = fields.Selection([("yes", "That was me"), ("no", "That was not me")], readonly=True)
    answered_at = fields.Datetime(readonly=True)

    _token_idx = models.UniqueIndex("(token_hash)")

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode(errors="replace")).hexdigest()

    @api.model
    def _issue(self, request, subscription, partner):
        """Make a link and say its secret, which is kept nowhere.

        :return: str
        """
        token = secrets.token_urlsafe(32)
        self.sudo().create({
            "cancellation_id": request.id, "subscription_id": subscription.id, "partner_id": partner.id,
            "token_hash": self._hash(token), "expires_at": fields.Datetime.now() + timedelta(hours=VERIFY_HOURS),
        })
        return token

    @api.model
    def _for_token(self, token):
        """The link of a secret, in sudo; empty if there is none."""
        return self.sudo().search([("token_hash", "=", self._hash(token))], limit=1)

    def _problem(self):
        """Why it proves nothing: "" (it does), "used", "expired", or "void": the person no longer decides, the contract has
        ended, or somebody knew meanwhile which contract is meant, and it is another."""
        self.ensure_one()
        if self.answer:
            return "used"
        if self.expires_at <= fields.Datetime.now():
            return "expired"
        request, subscription = self.cancellation_id, self.subscription_id
        elsewhere = request.subscription_id and request.subscription_id != subscription
        is_void = elsewhere or request._is_too_late(subscription) or self.partner_id not in subscription._deciders()
        return "void" if is_void else ""

    def _answer(self, answer, how="link", with_refund=False):
        """The person says whether the request was theirs. Once.

        :param str answer: a value of ``answer``
        :param str how: "link", or "session" where the person is signed in and needs no fresh link
        :param bool with_refund: rather on the first day that keeps the notice than on the one that was declared
        :return: the reason why it does not count, see :meth:`_problem`
        """
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset()
        problem = self._problem()
        if problem and not (problem == "expired" and how == "session"):
            return problem
        self.write({"answer": answer, "answered_at": fields.Datetime.now()})
        if answer == "yes":
            if with_refund:
                self.cancellation_id._wish_for_refund()
            self.cancellation_id._bind(self.subscription_id, how, self.partner_id)
        else:
            self.cancellation_id._disown(self.partner_id)
        return ""

    @api.autovacuum
    def _gc_expired(self):
        """Forget links some time after their end; until then the portal asks whether the request is theirs."""
        self.sudo().search([("expires_at", "<", fields.Datetime.now() - timedelta(days=KEEP_DAYS))], limit=10000).unlink()
