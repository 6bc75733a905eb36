# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.tools import format_datetime


class UnicdoCancellationWords(models.Model):
    """How far a request is, in plain words, for the pages of the portal."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    def _words(self):
        """What this request means in money and days; see ``_words`` of the subscription."""
        self.ensure_one()
        return self.subscription_id._words(self._terms(), self.kind, self.received_day)

    def _kind_words(self):
        """What was declared, such as "Cancellation with notice"."""
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _data_words(self):
        """Until when the data can be fetched; "" as long as no end is fixed."""
        subscription = self.subscription_id
        days = self.company_id.unicdo_retrieval_days
        until = subscription.data_until or self.end_date and fields.Date.add(self.end_date, days=days)
        day = subscription._day_words(until)
        return day and self.env._("Your data can be fetched until %s; then it is deleted.", day)

    def _received_words(self):
        """When it reached us, in the time zone of the contract or, before that is known, of the company."""
        return format_datetime(self.env, self.received_at, tz=self._zone(), dt_format="long")

    def _about(self, subscription):
        """This request as it will be once it is bound to a subscription; changes nothing.

        :return: itself once its end is fixed, else a record that is not stored
        """
        return self if self.end_date else self.new({"subscription_id": subscription.id}, origin=self)

    def _expected(self, subscription):
        """What follows once a request is bound to a subscription; changes nothing.

        :return: pair of the day of receipt and the last day of service, in the customer's time zone
        """
        bound = self._about(subscription)
        return bound.received_day, bound.end_date or bound._effective_date()

    def _prepare_steps(self):
        """The way to the end, for a timeline: what was, what is, what comes.

        :return: list of dicts ``label``, ``when`` (str, may be empty), ``done`` (bool), ``note`` (str, may be empty); the
            first one that is not done is where the request stands
        """
        self.ensure_one()
        return [
            *self._steps_to_decision(),
            *self._steps_to_end(),
            *self._steps_to_closing(),
        ]

    def _step_words(self, label, when, done, note=""):
        return {"label": label, "when": when, "done": bool(done), "note": note}

    def _steps_to_decision(self):
        moment = self.subscription_id._moment_words
        labels = {name: dict(self._fields[name]._description_selection(self.env)) for name in ("channel", "identity_checked")}
        yield self._step_words(
            self.env._("Received"), moment(self.received_at), self.received_at, labels["channel"][self.channel]
        )
        yield self._step_words(
            self.env._("Known to come from you"), moment(self.verified_at), self.verified_at,
            labels["identity_checked"].get(self.identity_checked, ""),
        )
        if not self._decides_itself():
            yield self._step_words(self.env._("Cause looked at by us"), "", self.end_date)

    def _steps_to_end(self):
        words = self.subscription_id
        confirmed = self.letter_ids.filtered(lambda letter: letter.kind == "confirmation")
        yield self._step_words(self.env._("End confirmed"), words._moment_words(confirmed.sent_at), self.end_date)
        end = self.end_date or self._effective_date()
        over = self.state in ("terminated", "credited", "waiting", "closed")
        yield self._step_words(
            self.env._("Last day of service"), words._day_words(end), over,
            self.env._("Access ended at once.") if self.kind == "withdrawal"
            else self.env._("Access ends with this day, and not before."),
        )

    def _steps_to_closing(self):
        words = self.subscription_id
        credits_sudo = self.credit_ids.filtered(lambda move: move.state == "posted")
        expected = {invoice["date"] for invoice in self._terms()["invoices"] if invoice["total"]}
        if credits_sudo or expected:
            day = min(credits_sudo.mapped("invoice_date") or expected)
            yield self._step_words(self.env._("Credit note"), words._day_words(day), credits_sudo)
        if self.state == "waiting":
            yield self._step_words(self.env._("What stays due is paid"), "", False)
        yield self._step_words(
            self.env._("Settled and closed"), words._moment_words(self.closed_at), self.closed_at,
            self.env._("A closing statement follows by mail."),
        )
