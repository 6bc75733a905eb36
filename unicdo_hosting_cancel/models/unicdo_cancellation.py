# SPDX-License-Identifier: LGPL-3.0-or-later
import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

from odoo.addons.unicdo_privacy.tools.days import local_day

from ..const import CHANNELS, KINDS, REASONS, REVOCABLE_STATES, STATES

#: in which states our staff still writes what was asked, and how; from then on it is proof
WRITABLE = {
    **dict.fromkeys(("kind", "subscription_id", "channel", "received_at"), ("draft",)),
    "requester_id": ("draft", "received"),
    **dict.fromkeys(("reason", "reason_category", "wanted_date", "refusal_reason"), ("draft", "received", "verified")),
}


class UnicdoCancellation(models.Model):
    """A request to end a hosting subscription, from the moment it reached us to its closing (POLICY CAN-1 to CAN-8).

    Each step is done once: whoever moves a request locks its row first and looks where it stands.
    """

    _name = "unicdo.cancellation"
    _description = "Hosting Cancellation"
    _inherit = ["unicdo.steered", "mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "received_at desc, id desc"

    name = fields.Char("Number", readonly=True, copy=False)
    subscription_id = fields.Many2one(
        "unicdo.hosting.subscription", index=True, ondelete="restrict", check_company=True,
        help="Empty until we know which one is meant.",
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, string="Customer", index=True)
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, readonly=False, precompute=True, required=True
    )
    kind = fields.Selection(KINDS, required=True, default="ordinary", tracking=True)
    channel = fields.Selection(CHANNELS, "Received by", required=True, default="phone")
    received_at = fields.Datetime("Received", required=True, default=fields.Datetime.now, tracking=True)
    received_day = fields.Date("Day of receipt", compute="_compute_received_day", store=True, help="In the customer's time zone.")
    reason = fields.Text(help="Optional, except for good cause.")
    reason_category = fields.Selection(REASONS, "Why", help="Optional: what the customer chose from a list.")
    wanted_date = fields.Date("End wanted", help="Last day of service the customer asked for. Empty: the earliest.")
    declared_name = fields.Char("Name given", readonly=True, copy=False, help="As the sender wrote it.")
    declared_contract = fields.Char("Contract given", readonly=True, copy=False, help="Which contract, in the sender's words.")
    declared_email = fields.Char("Address given", readonly=True, copy=False)
    earliest_date = fields.Date(
        "Earliest end with refund", compute="_compute_earliest_date", help="The first last day that keeps the notice."
    )
    end_date = fields.Date("Last day of service", readonly=True, copy=False, tracking=True)
    ends_at = fields.Datetime(
        "Access ends", readonly=True, copy=False, index="btree_not_null", help="First instant after the last day."
    )
    notice_kept = fields.Boolean("Notice kept", readonly=True, copy=False)
    is_refundable = fields.Boolean("With refund", readonly=True, copy=False)
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, tracking=True, index=True,
        group_expand="_group_expand_state",
    )
    requester_id = fields.Many2one("res.partner", "Asked by", ondelete="set null", index="btree_not_null")
    verified_at = fields.Datetime("Verified", readonly=True, copy=False)
    identity_checked = fields.Selection(
        [("session", "Signed in"), ("link", "Link mailed to the address on file"), ("staff", "Checked by our staff")],
        "Verified by",
        readonly=True,
        copy=False,
    )
    refusal_reason = fields.Text("Reason to refuse", help="Written to the customer.")
    policy_version_id = fields.Many2one(related="subscription_id.policy_version_id")
    letter_ids = fields.One2many("unicdo.cancellation.letter", "cancellation_id", "Letters", readonly=True)
    credit_ids = fields.One2many("account.move", "unicdo_cancellation_id", "Credit notes", readonly=True)
    credited_amount = fields.Monetary(
        "Credited", compute="_compute_credited_amount", store=True, currency_field="company_currency_id",
        help="Total of the posted credit notes, in the company's currency.",
    )
    has_draft_credits = fields.Boolean(compute="_compute_has_draft_credits", compute_sudo=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    terms_html = fields.Html("What it means", compute="_compute_terms_html", compute_sudo=True, sanitize=False)
    closed_at = fields.Datetime("Closed", readonly=True, copy=False)

    _open_uniq = models.UniqueIndex(
        "(subscription_id) WHERE state IN ('received', 'verified', 'scheduled', 'terminated', 'credited', 'waiting')",
        "There is a request to end this subscription already.",
    )

    @api.depends("name", "subscription_id.name")
    def _compute_display_name(self):
        for request in self:
            request.display_name = " · ".join(filter(None, (request.name, request.subscription_id.name)))

    @api.depends("subscription_id")
    def _compute_company_id(self):
        for request in self:
            request.company_id = request.subscription_id.company_id or request.company_id or self.env.company

    @api.depends("received_at", "subscription_id")
    def _compute_received_day(self):
        for request in self:
            request.received_day = request.received_at and local_day(request.received_at, request._zone())

    def _zone(self):
        """Name of the time zone that days of this request are counted in: its contract's; the company's before that is known."""
        self.ensure_one()
        return self.subscription_id._zone() if self.subscription_id else self.company_id._unicdo_zone()

    @api.depends("received_day", "subscription_id")
    def _compute_earliest_date(self):
        for request in self:
            day, subscription = request.received_day, request.subscription_id
            request.earliest_date = day and subscription and subscription._notice_rule(day)._earliest_end(day)

    @api.depends("credit_ids.state", "credit_ids.amount_total_signed")
    def _compute_credited_amount(self):
        for request in self:
            posted = request.credit_ids.filtered(lambda move: move.state == "posted")
            request.credited_amount = -sum(posted.mapped("amount_total_signed"))

    @api.depends("credit_ids.state")
    def _compute_has_draft_credits(self):
        for request in self:
            request.has_draft_credits = "draft" in request.credit_ids.mapped("state")

    @api.depends("subscription_id", "kind", "wanted_date", "end_date", "credit_ids.state")
    def _compute_terms_html(self):
        for request in self:
            ready = request.subscription_id and request.received_day
            request.terms_html = request._origin._letter_terms() if ready and request._origin else False

    @api.model
    def _group_expand_state(self, states, domain):
        """Columns of the kanban in the order of the way to the end, and not of the alphabet."""
        return [state for state, _label in STATES if state in states]

    # ---------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        for request_sudo in requests.sudo().filtered(lambda request: not request.name):
            request_sudo.name = self.env["ir.sequence"].sudo().next_by_code("unicdo.cancellation") or "/"
        return requests

    def write(self, vals):
        if not self.env.su and any(request._is_fixed(name) for request in self for name in vals):
            raise UserError(self.env._("What was asked, and when, cannot be changed once the request was received."))
        return super().write(vals)

    def _is_fixed(self, name):
        """Whether a field is proof by now; the contract meant may still be found out as long as none is named."""
        is_open = name == "subscription_id" and not self.subscription_id
        return not is_open and self.state not in WRITABLE.get(name, self.state)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if self.filtered(lambda request: request.state != "draft"):
            raise UserError(self.env._("A request that was received is proof. It can be refused, not deleted."))

    # ---------------------------------------------------------------- the way to the end

    @api.model
    def _ask(self, subscription, kind="ordinary", **vals):
        """The open request to end one subscription: made now, or joined if there is one.

        :param subscription: one ``unicdo.hosting.subscription``; empty if it is not known yet
        :param str kind: one of ``KINDS``
        :param vals: further values of a new request
        :return: one record in sudo; the loser of a race is tried again by Odoo and joins
        """
        requests_sudo = self.sudo()
        if subscription and (found := subscription.sudo()._open_cancellation()):
            return found
        try:
            with self.env.cr.savepoint():
                request = requests_sudo.create({"subscription_id": subscription.id, "kind": kind, **vals})
                request._receive()
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError("the same request came twice") from error
        return request

    def _step(self, *states):
        """Lock the request and say whether it still stands where a step begins; the loser of a race sees no.

        :param states: names of states
        :rtype: bool
        """
        self.ensure_one()
        self.flush_recordset()
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        return self.state in states

    def _receive(self):
        """It reached us: acknowledged at once, whoever sent it (CAN-8). Verification never moves the receipt (CAN-1)."""
        if self._step("draft"):
            self.state = "received"
            self._log("hosting.cancel.received", channel=self.channel, what=self.kind)
            self._acknowledge()

    def _verify(self, how, requester=None):
        """It is known who asked, and that they may.

        :param str how: a value of ``identity_checked``
        :param requester: ``res.partner`` who asked
        """
        if self.subscription_id and self._step("received"):
            self.write({
                "state": "verified", "verified_at": fields.Datetime.now(), "identity_checked": how,
                "requester_id": requester.id if requester else False,
            })
            self._log("hosting.cancel.verified", how=how)
            if self._decides_itself():
                self._schedule()

    def _decides_itself(self):
        """Whether nobody of ours has to decide: good cause has to be accepted, our fault is stated by us, and a withdrawal
        without the right to it would be our kindness."""
        return self.kind == "ordinary" or self._withdraws()

    def _withdraws(self):
        """Whether this is a withdrawal by right: a consumer's, within the period (Directive 2011/83/EU, Art. 9 and 10)."""
        return self.kind == "withdrawal" and self.subscription_id._may_withdraw(self.received_day)

    def _is_too_late(self, subscription):
        """Whether a contract has ended already: it cannot end again, and only a withdrawal still changes what is given back."""
        return subscription.state == "ended" and self.kind != "withdrawal"

    def _effective_date(self):
        """The last day of service that follows from kind, receipt and wish.

        :rtype: datetime.date
        """
        received = self.received_day
        if self.kind == "withdrawal":
            return received
        if self.kind == "ordinary":
            return max(self.wanted_date or self.earliest_date, received)
        return max(self.wanted_date or received, received)

    def _schedule(self):
        """Fix the end and confirm it (CAN-8); from now on nothing is billed for later days."""
        if self._step("verified"):
            end = self._effective_date()
            kept = end >= self.earliest_date
            self.write({
                "state": "scheduled",
                "end_date": end,
                "ends_at": self._end_instant(end),
                "notice_kept": kept,
                "is_refundable": kept or self.kind != "ordinary",
            })
            self.subscription_id.write({"state": "ending", "end_date": end})
            self._cut_drafts()
            self._log("hosting.cancel.scheduled", end=end.isoformat())
            self._confirm()
            self._plan_end()

    def _refuse(self):
        """A reason was written, and the customer is told."""
        if self._step("received", "verified"):
            self.write({"state": "refused", "closed_at": fields.Datetime.now()})
            self._log("hosting.cancel.refused")
            self._write("refused")

    def _take_back(self):
        """The customer stays: until the effective date, and no longer."""
        if not self._step(*REVOCABLE_STATES) or (self.ends_at and self.ends_at <= fields.Datetime.now()):
            raise UserError(self.env._("The last day of service is over, so the cancellation can no longer be taken back."))
        self.state = "taken_back"
        self._unplan_end()
        self.subscription_id._go_on()
        self._log("hosting.cancel.taken_back")
        self._write("taken_back")

    # ---------------------------------------------------------------- helpers

    def _log(self, kind, **detail):
        """Record an event in the audit ledger."""
        self.env["unicdo.ledger.event"]._record(
            kind, subject=self.partner_id or None, model=self._name, res_ids=self.ids, detail=detail or None
        )
