# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.unicdo_privacy.models.unicdo_work import LOST_RACE, NotYet
from odoo.addons.unicdo_privacy.tools.days import first_instant

from ..const import MONEY_BACK_DAYS, REMINDER_DAYS, REMINDER_HOUR

_logger = logging.getLogger(__name__)

#: requests planned between two commits of the job
BATCH = 500
#: seconds until a closing that turned out not to be settled is looked at again
CLOSE_PAUSE = 900
#: an end that is so much behind its time is late
LATE = timedelta(hours=1)
#: rows of a later stage wait for those before, so that the rows of one request never collide; by default 0
STAGES = {"credit": 1, "tell": 1, "approved": 2, "close": 3}
TODO = "mail.mail_activity_data_todo"
#: an invoice in one of these states holds up the closing
OPEN_PAYMENT = ("not_paid", "partial", "blocked")


class UnicdoCancellationEnd(models.Model):
    """From the scheduled end to the closing (POLICY CAN-4 to CAN-6, CAN-8).

    A job looks for what is due and plans rows of work, no more; the rows do it, each once. At the first instant after the
    last day the subscription ends, paid or not, and the provider is told; the credit note follows, then the letter. Only
    the closing waits, for open invoices and for the provider's answer.
    """

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    remind_at = fields.Datetime("Next reminder", readonly=True, copy=False)
    data_ends_at = fields.Datetime(
        "Data goes", readonly=True, copy=False, index="btree_not_null", help="First instant after the last day of retrieval."
    )
    money_back_until = fields.Date("Money back until", readonly=True, copy=False, help="Of a withdrawal.")
    call_ids = fields.One2many("unicdo.hosting.call", "cancellation_id", "Calls to the provider", readonly=True)
    access_ended_at = fields.Datetime("Access ended", compute="_compute_access_ended_at", help="As the provider confirmed.")

    _due_idx = models.Index("(ends_at) WHERE state = 'scheduled'")
    _remind_idx = models.Index("(remind_at) WHERE remind_at IS NOT NULL")

    @api.depends("call_ids.answered_at")
    def _compute_access_ended_at(self):
        for request in self:
            ended = request.call_ids.filtered(lambda call: call.event == "hosting.ended")
            request.access_ended_at = ended.answered_at

    # ---------------------------------------------------------------- planning

    def _end_instant(self, end):
        """When access ends: at once after a withdrawal, else at the first instant after the last day (CAN-6).

        :param datetime.date end: last day of service
        :return: datetime, naive, UTC
        """
        if self.kind == "withdrawal":
            return fields.Datetime.now()
        return first_instant(fields.Date.add(end, days=1), self.subscription_id._zone())

    def _plan_end(self):
        """Called when the end was scheduled: what follows happens by itself."""
        self.remind_at = self._next_reminder()
        if self.ends_at <= fields.Datetime.now():
            self._plan("end")
        else:
            self._sweep_soon(min(filter(None, (self.remind_at, self.ends_at))))

    def _unplan_end(self):
        """Called when the customer stays: nothing of it happens."""
        self.remind_at = False
        self.env["unicdo.work"]._cancel(self._name, self.id)

    def _plan(self, kind, key=""):
        """Plan one row of work for each request; nothing for those that have it.

        :param str kind: the rows are done by ``_do_work_<kind>``
        """
        self.env["unicdo.work"]._enqueue([
            {"res_model": self._name, "res_id": request.id, "kind": kind, "key": key, "stage": STAGES.get(kind, 0)}
            for request in self
        ])

    @api.model
    def _sweep_soon(self, at=None):
        """Call the job that plans what is due after the commit, at once or at a UTC datetime."""
        cron = self.env.ref("unicdo_hosting_cancel.unicdo_cancellation_end_cron", raise_if_not_found=False)
        self.env["unicdo.work"]._trigger(cron.ids if cron else [], at)

    @api.model
    def _sweep(self):
        """Plan what is due. Called by a cron, after payments, and after answers of providers.

        Rows that are planned already are left alone, and no request is written, so that nobody is kept waiting.
        """
        try:
            for kind, domain in self._due().items():
                for batch in self._in_batches(domain):
                    for key, requests in batch.grouped(lambda request, kind=kind: request._plan_key(kind)).items():
                        requests._plan(kind, key)
                    self.env["ir.cron"]._commit_progress(len(batch))
        except LOST_RACE:
            # somebody planned the same in this moment
            self.env.cr.rollback()
            self._sweep_soon()
            return
        if following := self._next_instant():
            self._sweep_soon(following)

    @api.model
    def _in_batches(self, domain):
        """Requests of a domain, some hundred at a time."""
        last = 0
        while batch := self.search(domain & Domain("id", ">", last), order="id", limit=BATCH):
            last = batch[-1].id
            yield batch

    @api.model
    def _due(self):
        """What is to be planned now: dict of kind of work → domain of requests."""
        now = fields.Datetime.now()
        scheduled = Domain("state", "=", "scheduled")
        open_invoice = [
            ("move_id.state", "=", "posted"), ("move_id.move_type", "=", "out_invoice"),
            ("move_id.payment_state", "in", OPEN_PAYMENT), ("move_id.amount_residual", ">", 0),
        ]
        return {
            "end": scheduled & Domain("ends_at", "<=", now),
            "remind": scheduled & Domain("remind_at", "<=", now),
            "approved": Domain("state", "=", "terminated") & Domain("credit_ids", "!=", False)
            & Domain("credit_ids", "not any", [("state", "=", "draft")]),
            "close": Domain("state", "in", ("credited", "waiting"))
            & Domain("call_ids", "any", [("event", "=", "hosting.ended"), ("answered_at", "!=", False)])
            & (Domain("kind", "=", "withdrawal")
               | Domain("subscription_id", "any", [("period_ids", "not any", open_invoice)])),
            "forget": Domain("data_ends_at", "<=", now),
        }

    def _plan_key(self, kind):
        """Tells apart what is planned several times for one request."""
        return fields.Datetime.to_string(self.remind_at) if kind == "remind" else ""

    @api.model
    def _next_instant(self):
        """The next moment at which something falls due; False for none."""
        now, scheduled = fields.Datetime.now(), Domain("state", "=", "scheduled")
        moments = [
            self.search(domain & Domain(name, ">", now), order=name, limit=1)[name]
            for name, domain in (("ends_at", scheduled), ("remind_at", scheduled), ("data_ends_at", Domain.TRUE))
        ]
        return min(filter(None, moments), default=False)

    # ---------------------------------------------------------------- reminders

    def _reminders(self):
        """When backup and retrieval are called to mind (CAN-5): pairs of moment (UTC) and days before the last day, in
        order of time."""
        zone = self.subscription_id._zone()
        return sorted(
            (first_instant(fields.Date.subtract(self.end_date, days=days), zone) + timedelta(hours=REMINDER_HOUR), days)
            for days in REMINDER_DAYS
        )

    def _next_reminder(self):
        """The next moment to remind that lies in the future; False for none."""
        now = fields.Datetime.now()
        return next((moment for moment, _days in self._reminders() if now < moment < self.ends_at), False)

    def _do_work_remind(self, work):
        """Remind once. If the job comes so late that two reminders are due, only the later one goes out."""
        now = fields.Datetime.now()
        if not self._step("scheduled") or not self.remind_at or self.remind_at > now or self.ends_at <= now:
            return
        days = [days for moment, days in self._reminders() if moment <= now]
        self._write(f"reminder_{days[-1]}")
        self.remind_at = self._next_reminder()

    # ---------------------------------------------------------------- the end

    def _do_work_end(self, work):
        """The last day is over: the subscription has ended, paid or not."""
        if self._step("scheduled"):
            if self.ends_at > fields.Datetime.now():
                # the clock was set back
                raise NotYet(60)
            self._terminate()

    def _terminate(self):
        """End the subscription, have the provider told, and plan what follows. The data stays for as many days as was
        promised, counted from the day on which access really ended."""
        subscription = self.subscription_id
        last = max(self.end_date, fields.Date.subtract(subscription._today(), days=1))
        data_until = fields.Date.add(last, days=self.company_id.unicdo_retrieval_days)
        self.write({
            "state": "terminated",
            "remind_at": False,
            "data_ends_at": first_instant(fields.Date.add(data_until, days=1), subscription._zone()),
        })
        subscription.write({"state": "ended", "data_until": data_until})
        self._log("hosting.cancel.terminated")
        # a task makes its owner a follower: of two that are given in the same moment, one would fail
        self.message_subscribe(self._responsible().partner_id.ids)
        self.env["unicdo.hosting.call"]._plan(self, "hosting.backup_offered", "hosting.ended")
        self._plan("credit")
        subscription._plan_aftermath()

    def _do_work_forget(self, work):
        """The retrieval period is over: the provider is told to let the data go."""
        if self.data_ends_at and self.data_ends_at <= fields.Datetime.now():
            self.data_ends_at = False
            self.env["unicdo.hosting.call"]._plan(self, "hosting.data_deleted")

    # ---------------------------------------------------------------- money and closing

    def _do_work_credit(self, work):
        """Credit what is unused, and tell the customer. Credit notes may wait for an accountant's approval."""
        if self._step("terminated"):
            self.with_company(self.company_id)._credit()
            self._plan("tell")
            if self.kind == "withdrawal":
                self._ask_for_money_back()
            self._note_credited()

    def _do_work_approved(self, work):
        """An accountant has posted or cancelled the credit notes."""
        if self._step("terminated"):
            self._note_credited()

    def _note_credited(self):
        """Go on once no credit note waits for approval: what stays due holds up only the closing (CAN-4)."""
        if "draft" not in self.credit_ids.mapped("state"):
            self.state = "waiting" if self._open_invoices() else "credited"
            self._log("hosting.cancel.credited", waits=self.state == "waiting")
            self._sweep_soon()

    def _ask_for_money_back(self):
        """After a withdrawal all money is back within fourteen days of its receipt."""
        self.money_back_until = fields.Date.add(self.received_day, days=MONEY_BACK_DAYS)
        if self.credit_ids.filtered(lambda move: move.amount_residual or move.state == "draft"):
            self.activity_schedule(
                TODO, date_deadline=self.money_back_until, user_id=self._accountant().id,
                summary=self.env._("Pay the money of the withdrawal back by this day"),
            )

    def _do_work_tell(self, work):
        """Access has ended, and this is the refund."""
        self._write("ended")

    def _open_invoices(self):
        """The posted invoices of this subscription that are not settled and hold up the closing (CAN-4). Payments on their
        way count; a withdrawal waits for nothing.

        :return: ``account.move``
        """
        if self.kind == "withdrawal":
            return self.env["account.move"]
        moves = self.subscription_id.period_ids.move_id.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        return moves.filtered(lambda move: move.payment_state in OPEN_PAYMENT and move.amount_residual > 0)

    def _do_work_close(self, work):
        """Everything is settled and access has ended: the closing statement (CAN-8)."""
        if not self._step("credited", "waiting"):
            return
        if self._open_invoices() or not self.access_ended_at:
            raise NotYet(CLOSE_PAUSE)
        self.write({"state": "closed", "closed_at": fields.Datetime.now()})
        self._log("hosting.cancel.closed")
        self._write("statement")

    # ---------------------------------------------------------------- people and watch-dog

    @api.model
    def _late_ends(self):
        """Requests whose end should have happened."""
        return self.search([("state", "=", "scheduled"), ("ends_at", "<", fields.Datetime.now() - LATE)])

    @api.autovacuum
    def _watch_ends(self):
        """A second look, by core's daily job: ours may be switched off. Late ends are planned, and a person is told."""
        late = self._late_ends()
        if late:
            late._plan("end")
            _logger.error("%s ends of hosting are late: do the privacy modules' scheduled actions run?", len(late))
            for request in late.filtered(lambda request: not request.activity_ids):
                request._ask_person(self.env._("This end is late; see Privacy › Configuration › Health"))

    def _work_failed(self, work):
        """Called when a row of work was given up: a person is told, and the customer hears of the end all the same."""
        self._ask_person(self.env._("“%s” failed several times; see Privacy › Background work", work.kind))
        if work.kind == "credit":
            self._plan("tell")

    def _ask_person(self, summary):
        """Give a task to whoever is responsible for the provider, else to accounting, else to nobody in particular.

        :return: ``mail.activity``
        """
        return self.activity_schedule(TODO, summary=summary, user_id=self._responsible().id)

    def _responsible(self):
        """Who ends access or sees to it that the provider does; may be empty."""
        user = self.subscription_id.provider_id.user_id
        if not user.active or not self.with_user(user).has_access("read"):
            # left, or works for another company by now
            user = self._accountant()
        return user

    def _accountant(self):
        """Who is told of money: the first of the accountants who works for this company; may be empty."""
        group = self.env.ref("account.group_account_manager")
        return group.all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        ).sorted("id")[:1]
