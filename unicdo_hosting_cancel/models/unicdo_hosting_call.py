# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.unicdo_privacy.models.unicdo_work import LOST_RACE, NotYet
from odoo.addons.unicdo_privacy.tools.http_call import NoAnswer

from ..const import CALL_EVENTS, CALL_PAUSES, TELL_AFTER

_logger = logging.getLogger(__name__)


class UnicdoHostingCall(models.Model):
    """What a provider has to do at the end of one subscription, tried until it is done (POLICY CAN-6).

    The transaction of a call writes its own rows and nothing that others write, so that a call that was answered is not made
    again because of a collision; what follows from the answer is work of its own.
    """

    _name = "unicdo.hosting.call"
    _description = "Call to a Hosting Provider"
    _order = "id"
    _rec_name = "event"

    cancellation_id = fields.Many2one("unicdo.cancellation", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="cancellation_id.company_id", store=True)
    provider_id = fields.Many2one("unicdo.hosting.provider", required=True, readonly=True, ondelete="restrict", index=True)
    event = fields.Selection(CALL_EVENTS, required=True, readonly=True)
    key = fields.Char(
        "Idempotency key", required=True, readonly=True, default=lambda self: str(uuid.uuid4()),
        help="The same in every try, so that the provider does it only once.",
    )
    attempts = fields.Integer("Tries without an answer", readonly=True)
    tried_at = fields.Datetime("Last try", readonly=True)
    problem = fields.Char("Last answer", readonly=True, help="Kind of answer only.")
    answered_at = fields.Datetime("Done", readonly=True)
    confirmed_by_id = fields.Many2one("res.users", "Confirmed by", readonly=True, ondelete="set null")
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null", index="btree_not_null")

    _once = models.Constraint("UNIQUE(cancellation_id, event)", "The provider is told of this only once.")
    _open_idx = models.Index("(create_date) WHERE answered_at IS NULL")

    @api.model
    def _plan(self, cancellation, *events):
        """Have the provider told, in the background.

        :param cancellation: one ``unicdo.cancellation`` in sudo
        :param events: of ``CALL_EVENTS``
        :return: the calls
        """
        provider = cancellation.subscription_id.provider_id or self.env.ref(
            "unicdo_hosting_cancel.unicdo_hosting_provider_manual"
        )
        calls = self.create([
            {"cancellation_id": cancellation.id, "provider_id": provider.id, "event": event} for event in events
        ])
        calls._enqueue("call")
        return calls

    def _enqueue(self, kind):
        self.env["unicdo.work"]._enqueue([
            {"res_model": self._name, "res_id": call.id, "kind": kind, "priority": 5} for call in self
        ])

    def _do_work_call(self, work):
        """Try once; come back after a pause if it was not done. Idempotent."""
        if self.answered_at:
            return
        try:
            done = self._try()
        except NoAnswer as error:
            self._note(error.what)
            raise NotYet(CALL_PAUSES[min(self.attempts, len(CALL_PAUSES)) - 1], keep=True) from None
        if done:
            self._note_answer()
            self._enqueue("answered")

    def _do_work_answered(self, work):
        """What follows from the provider's answer."""
        self._follow_answer("provider")

    def _try(self):
        """Let the provider do it; whatever goes wrong counts as no answer."""
        try:
            with self.env.cr.savepoint():
                return self.provider_id._call(self)
        except (NoAnswer, *LOST_RACE):
            raise
        except Exception as error:  # noqa: BLE001 - an end is never given up, whatever a provider's code does
            raise NoAnswer(type(error).__name__) from error

    def _note(self, what):
        """Note a try without an answer; tell a person when they get many."""
        self.write({"attempts": self.attempts + 1, "tried_at": fields.Datetime.now(), "problem": what})
        _logger.info("Call %s of provider %s, try %s: %s", self.id, self.provider_id.id, self.attempts, what)
        if self.attempts >= TELL_AFTER:
            self._ask_person(self.env._(
                "“%(provider)s” does not answer: %(what)s. We go on trying; it can also be done by hand and confirmed",
                provider=self.provider_id.name, what=what,
            ))

    def _ask_person(self, summary):
        """Give the task to a person, unless somebody has it already."""
        if not self.activity_id:
            self.activity_id = self.cancellation_id._ask_person(summary)

    def _note_answer(self, person=None):
        """It is done. What waited for it is looked at after the commit.

        :param person: ``res.users`` who says so; none: the provider itself
        """
        now = fields.Datetime.now()
        self.write({"answered_at": now, "tried_at": now, "problem": False, "confirmed_by_id": person and person.id})
        self.cancellation_id._sweep_soon()

    def _follow_answer(self, who):
        self.cancellation_id._log(self.event, done_by=who)
        self.activity_id.action_done()

    def _payload(self):
        """What a provider is told: numbers, dates and its own name of the database, nothing about a person."""
        request = self.cancellation_id
        return {
            "event": self.event,
            "id": self.key,
            "subscription": request.subscription_id.id,
            "database": request.subscription_id.database_name or "",
            "last_day": request.end_date.isoformat(),
            "ended_at": request.ends_at.isoformat() + "Z",
            "data_until": request.subscription_id.data_until.isoformat(),
        }

    def action_confirm(self):
        """Say that it was done by hand: for the responsible, helpdesk, accounting and Settings administrators."""
        self.check_access("read")
        user = self.env.user
        trusted = user._is_system() or user._unicdo_has_role("helpdesk") or user.has_group("account.group_account_invoice")
        for call_sudo in self.sudo():
            if not trusted and user != call_sudo.provider_id.user_id:
                raise AccessError(self.env._("Only who is responsible for the provider confirms this."))
            call_sudo.lock_for_update()
            call_sudo.invalidate_recordset(["answered_at"])
            if call_sudo.answered_at:
                raise UserError(self.env._("This has been done already."))
            call_sudo._note_answer(user)
            call_sudo._follow_answer("person")
