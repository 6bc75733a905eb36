# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

from ..const import OPEN_STATES, RENEW_DAYS, REVIEW_STATES
from ..tools.due import due_date

#: what was asked, by whom and when is proof once it was received
FIXED = {"kind", "partner_id", "subject_id", "company_id", "channel", "received_at"}


class UnicdoRequest(models.Model):
    """What a person asks about their data, from the day it reached us to the answer (GDPR Art. 12, 15, 20).

    The timeline says what happened and holds nothing personal; helpdesk sees this record and no content.
    """

    _name = "unicdo.request"
    _description = "Privacy Request"
    _inherit = ["unicdo.steered", "mail.thread", "mail.activity.mixin"]
    _order = "due_date, id"
    _mail_post_access = "read"

    name = fields.Char("Number", default="/", readonly=True, copy=False)
    kind = fields.Selection(
        [("access", "Copy of all data"), ("portability", "Data to take along")],
        required=True,
        default="access",
        tracking=True,
    )
    subject_id = fields.Many2one("unicdo.subject", required=True, ondelete="restrict", index=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Person",
        compute="_compute_partner_id",
        inverse="_inverse_partner_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="set null",
        precompute=True,
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users", "Handled by", tracking=True, index="btree_not_null", domain=lambda self: self._handler_domain()
    )
    channel = fields.Selection(
        [("portal", "Portal"), ("mail", "E-mail"), ("phone", "Phone"), ("letter", "Letter"), ("person", "In person")],
        "Received by",
        required=True,
        default="phone",
    )
    received_at = fields.Datetime("Received", required=True, default=fields.Datetime.now)
    due_date = fields.Date("Due", compute="_compute_due_date", store=True, tracking=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("received", "Received"),
            ("working", "Being prepared"),
            ("review", "In review"),
            ("ready", "Ready to send"),
            ("failed", "Needs help"),
            ("answered", "Answered"),
            ("refused", "Refused"),
            ("closed", "Closed"),
        ],
        default="draft",
        required=True,
        readonly=True,
        tracking=True,
        copy=False,
        index=True,
        group_expand="_group_expand_state",
    )
    identity_checked = fields.Selection(
        [
            ("session", "Signed in and confirmed"),
            ("document", "Identity paper seen, no copy kept"),
            ("known", "Known to us, called back on a number on file"),
        ],
        "Identity checked by",
        tracking=True,
    )
    refusal_reason = fields.Text(
        "Reason for refusing", help="Written to the person, with the right to complain (GDPR Art. 12(4))."
    )
    answered_at = fields.Datetime("Answered", readonly=True, copy=False)
    found_ids = fields.One2many("unicdo.request.found", "request_id", "Found where", readonly=True)
    left_out_ids = fields.One2many("unicdo.request.left.out", "request_id", "Left out", readonly=True)
    review_ids = fields.One2many("unicdo.request.review", "request_id", "To review")
    package_ids = fields.One2many("unicdo.package", "request_id", "Packages", readonly=True)
    review_company_ids = fields.Many2many(
        "res.company", compute="_compute_review_company_ids", store=True, help="Whose records are reviewed, of any decision."
    )
    review_open_count = fields.Integer("Still to review", compute="_compute_review_counts")
    review_count = fields.Integer("Reviewed in all", compute="_compute_review_counts")
    review_elsewhere = fields.Char("Waits for privacy users of", compute="_compute_review_elsewhere")
    progress = fields.Integer("Progress (%)", compute="_compute_progress")
    days_left = fields.Integer("Days left", compute="_compute_days_left")
    has_account = fields.Boolean("Has a portal account", compute="_compute_has_account", compute_sudo=True)

    _open_uniq = models.UniqueIndex(
        "(subject_id, kind) WHERE state IN ('received', 'working', 'review', 'ready', 'failed')",
        "This person has an open request of this kind already.",
    )

    @api.depends("subject_id.partner_id")
    def _compute_partner_id(self):
        for request in self:
            request.partner_id = request.subject_id.sudo().partner_id

    def _inverse_partner_id(self):
        for request in self:
            request.subject_id = self.env["unicdo.subject"]._for_partner(request.partner_id)

    @api.depends("received_at", "company_id")
    def _compute_due_date(self):
        for request in self:
            zones = {request.partner_id.tz, request.company_id._unicdo_zone()} - {False}
            request.due_date = request.received_at and due_date(request.received_at, *zones)

    @api.depends("review_ids.company_id")
    def _compute_review_company_ids(self):
        """Kept, so that the record rule by which their privacy users see the request reads no list of records."""
        reviews_sudo = self.env["unicdo.request.review"].sudo()
        companies = dict.fromkeys(self.ids, self.env["res.company"])
        domain = [("request_id", "in", self.ids), ("company_id", "!=", False)]
        for request, company in reviews_sudo._read_group(domain, ["request_id", "company_id"]):
            companies[request.id] |= company
        for request in self:
            request.review_company_ids = companies.get(request.id)

    @api.depends("review_ids.decision")
    def _compute_review_counts(self):
        groups = (
            self.env["unicdo.request.review"]
            .sudo()
            ._read_group([("request_id", "in", self.ids)], ["request_id", "decision"], ["__count"])
        )
        counts = {(request.id, decision): count for request, decision, count in groups}
        for request in self:
            mine = {decision: count for (request_id, decision), count in counts.items() if request_id == request.id}
            request.review_count = sum(mine.values())
            request.review_open_count = mine.get("todo", 0)

    @api.depends("review_ids.decision")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_review_elsewhere(self):
        for request in self:
            waiting = request._review_waiting().items()
            others = [(company, count) for company, count in waiting if company not in self.env.companies]
            request.review_elsewhere = ", ".join(f"{company.name}: {count}" for company, count in others)

    def _compute_progress(self):
        for request in self:
            request.progress = request._progress()["percent"]

    @api.depends("due_date")
    def _compute_days_left(self):
        today = fields.Date.context_today(self)
        for request in self:
            request.days_left = (request.due_date - today).days if request.due_date else 0

    @api.depends("partner_id.user_ids")
    def _compute_has_account(self):
        for request in self:
            request.has_account = any(user.active for user in request.partner_id.user_ids)

    @api.model
    def _handler_domain(self):
        group = self.env.ref("unicdo_privacy.unicdo_privacy_group_user", raise_if_not_found=False)
        return [("all_group_ids", "in", group.ids)] if group else []

    # ---------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("subject_id") and vals.get("partner_id"):
                partner = self.env["res.partner"].browse(vals["partner_id"])
                vals["subject_id"] = self.env["unicdo.subject"]._for_partner(partner).id
        requests = super().create(vals_list)
        for request_sudo in requests.sudo().filtered(lambda request: request.name == "/"):
            request_sudo.name = self.env["ir.sequence"].sudo().next_by_code("unicdo.request") or "/"
        return requests

    def write(self, vals):
        if FIXED & set(vals) and self.filtered(lambda request: request.state != "draft"):
            raise UserError(
                self.env._("What was asked, by whom and when cannot be changed once the request was received.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if self.filtered(lambda request: request.state != "draft"):
            raise UserError(
                self.env._("A request that was received is proof of what was asked. It can be refused, not deleted.")
            )

    @api.depends("name", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            number = self.env._("New request") if request.name == "/" else request.name
            request.display_name = f"{number} · {kinds.get(request.kind, '')}"

    @api.model
    def _group_expand_state(self, states, domain):
        """Columns of the kanban: the states there are, in the order of a request's life."""
        return [state for state, _label in self._fields["state"].selection if state in states]

    # ---------------------------------------------------------------- life

    @api.model
    def _ask(self, partner, kind, **vals):
        """The open request of one person for this kind: made now, or joined if there is one.

        Two clicks at the same instant end in one request: the loser of the race is tried again and joins.

        :param partner: one ``res.partner``
        :param str kind: a value of ``kind``
        :param vals: further values of a new request
        :return: one record in sudo
        """
        subject = self.env["unicdo.subject"]._for_partner(partner)
        requests_sudo = self.sudo()
        found = requests_sudo.search(
            [("subject_id", "=", subject.id), ("kind", "=", kind), ("state", "in", OPEN_STATES)], limit=1
        )
        if found:
            return found
        try:
            with self.env.cr.savepoint():
                request = requests_sudo.create({"subject_id": subject.id, "kind": kind, **vals})
                request._receive()
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError("the same request came twice") from error
        return request

    def _receive(self):
        """The request counts from its day of receipt; start preparing it if we can."""
        self.ensure_one()
        self.state = "received"
        self.flush_recordset()
        self._log("dsar.request")
        self._begin()

    def _begin(self):
        """Start the first package, once. Without a vault the request waits, and nothing is lost."""
        self.ensure_one()
        if self.state != "received":
            return
        if self.env["unicdo.vault"]._status() != "ready":
            self._tell(
                self.env._(
                    "The vault is not ready, so nothing can be prepared yet. The request waits and goes on by itself."
                )
            )
            return
        self.state = "working"
        self.env["unicdo.package"]._start(self, "first")

    @api.model
    def _cron_go_on(self):
        """Start what waited for the vault, and close what was answered long ago."""
        self = self.sudo()  # the job serves all companies
        if self.env["unicdo.vault"]._status() == "ready":
            for request in self.search([("state", "=", "received")]):
                request._begin()
        limit = fields.Datetime.now() - timedelta(days=RENEW_DAYS)
        for request in self.search([("state", "=", "answered"), ("answered_at", "<", limit)]):
            request._close()

    def _close(self):
        """No more links: what is left of the packages goes, and so do the words that reviewers blacked out."""
        self.state = "closed"
        self.package_ids._destroy()
        self.review_ids.sudo().phrases = False

    def action_receive(self):
        """Confirm a request that was noted by the helpdesk."""
        self.check_access("write")
        for request in self:
            if request.state != "draft":
                raise UserError(self.env._("This request has been received already."))
            if not request.identity_checked:
                raise UserError(self.env._("Please choose under “Identity checked by” how you made sure that it is them."))
            if not request.partner_id:
                raise UserError(self.env._("Please choose the person first."))
            if request.received_at > fields.Datetime.now():
                raise UserError(self.env._("The day of receipt lies in the future. Please enter when the request came."))
            request_sudo = request.sudo()
            request_sudo._refuse_twice()
            request_sudo._receive()

    def _refuse_twice(self):
        """Say which open request of this person and kind there is already, before the database refuses a second one."""
        other = self.search(
            [("subject_id", "=", self.subject_id.id), ("kind", "=", self.kind), ("state", "in", OPEN_STATES)], limit=1
        )
        if other:
            raise UserError(self.env._(
                "This person has asked for that already: %s. Please write there what is new, and delete this draft.",
                other.name,
            ))

    def action_refuse(self):
        """Refuse with a reason, which the person is told."""
        self.check_access("write")
        for request in self:
            if request.state not in ("draft", *OPEN_STATES):
                raise UserError(self.env._("This request has been answered already."))
            if not (request.refusal_reason or "").strip():
                raise UserError(self.env._("Please write the reason under “Refusal” first: the person has a right to know it."))
            request_sudo = request.sudo()
            request_sudo.package_ids._destroy()
            request_sudo.write({"state": "refused", "answered_at": fields.Datetime.now()})
            request_sudo._log("dsar.refused")
            if request_sudo.partner_id.email_normalized:
                request_sudo._mail("unicdo_dsar.unicdo_request_mail_refused")
            else:
                request_sudo._tell(self.env._("There is no e-mail address on file: please tell the person by letter."))

    def action_open_review(self):
        """Open the records to review, one after the other; first it is asked again who wants to read them."""
        self.ensure_one()
        if self.state in REVIEW_STATES and not self._review_confirmed():
            return self._confirm_review()
        return self.env["ir.actions.act_window"]._for_xml_id("unicdo_dsar.unicdo_request_review_action")

    def action_retry(self):
        """Try again what failed."""
        self.check_access("write")
        for request_sudo in self.sudo().filtered(lambda request: request.state == "failed"):
            rows = (
                self.env["unicdo.work"]
                .sudo()
                .search(
                    [
                        ("res_model", "=", "unicdo.package"),
                        ("res_id", "in", request_sudo.package_ids.ids),
                        ("state", "=", "failed"),
                    ]
                )
            )
            rows.action_retry()
            request_sudo.state = "working"

    # ---------------------------------------------------------------- helpers

    def _review_action(self):
        """The review of this request, as an action that somebody confirms, see ``unicdo.recheck``."""
        return f"dsar.review:{self.id}"

    def _review_confirmed(self):
        """Whether the user has just confirmed, in the browser session that asks now, who they are for this review.

        :rtype: bool
        """
        return self.env["unicdo.recheck"]._is_confirmed(self._review_action())

    def _confirm_review(self, line=None):
        """Lead from the backend to the page that asks who it is, and back to the review.

        :param line: the ``unicdo.request.review`` to come back to, None for their list
        :return: dict of a client action
        """
        back = f"/odoo/privacy-requests/{self.id}/privacy-review{f'/{line.id}' if line else ''}"
        url = self.env["unicdo.recheck"]._page_url(self._review_action(), back)
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def _review_waiting(self):
        """How many records wait for a decision in which company; of those that all share, the one that was asked decides.

        :return: {company in sudo: number}
        """
        self.ensure_one()
        reviews_sudo = self.env["unicdo.request.review"].sudo()
        domain = [("request_id", "in", self.ids), ("decision", "=", "todo")]
        waiting = {}
        for company_sudo, count in reviews_sudo._read_group(domain, ["company_id"], ["__count"]):
            decides_sudo = company_sudo or self.sudo().company_id
            waiting[decides_sudo] = waiting.get(decides_sudo, 0) + count
        return waiting

    def _is_for(self, partner):
        """Whether this request is about that person. Takes the same steps for everybody.

        :rtype: bool
        """
        self.ensure_one()
        return bool(partner) and self.sudo().subject_id.partner_id == partner

    def _progress(self):
        """How far the work is.

        :return: dict ``percent`` (0 to 100), ``done``, ``total``, ``failed``
        """
        self.ensure_one()
        parts = [
            self.env["unicdo.work"]._progress("unicdo.package", package.id)
            for package in self.sudo().package_ids
            if package.state != "destroyed"
        ]
        total = {key: sum(part[key] for part in parts) for key in ("done", "total", "failed")}
        if self.state in ("answered", "closed", "refused"):
            percent = 100
        else:
            percent = 100 * total["done"] // total["total"] if total["total"] else 0
        return total | {"percent": percent}

    def _tell(self, text):
        """Note an event on the timeline; ``text`` holds nothing personal."""
        self.sudo().message_post(
            body=text, subtype_xmlid="mail.mt_note", author_id=self.env.ref("base.partner_root").id
        )

    def _log(self, kind, package=None, **detail):
        """Record an event in the audit ledger."""
        record = package or self
        self.env["unicdo.ledger.event"]._record(
            kind, subject=self.sudo().subject_id, model=record._name, res_ids=record.ids, detail=detail or None
        )
