# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools.days import add_months
from .unicdo_privacy_settings import NOTICE_DAYS
from .unicdo_provider import BOUND, EVALUATION, TOLD

#: months between two reviews, unless the officer chooses another day
REVIEW_MONTHS = 12
#: days before a review at which its officer is reminded
REMIND_DAYS = 14
REVIEW_ACTIVITY = "unicdo_privacy.unicdo_provider_review_activity"
#: fields whose values the ledger keeps; of others, which may name people, it keeps that they changed
PLAIN = ("selection", "boolean", "date")


class UnicdoProvider(models.Model):
    """The steps of a provider: evaluated, announced, in use, reviewed, ended; each of them, and each change, in the ledger."""

    _inherit = "unicdo.provider"

    # ---------------------------------------------------------------- what is missing

    def _open_points(self):
        """What is missing before the next step can be made, as a list of sentences."""
        self.ensure_one()
        missing = {
            "draft": self._missing_to_evaluate, "evaluated": self._missing_to_announce, "announced": self._missing_to_use,
        }.get(self.state)
        return missing() if missing else []

    def _says(self, name):
        """Whether there are words in a text field."""
        return bool((self[name] or "").strip())

    def _missing_to_evaluate(self):
        """GDPR Art. 28(1): only providers with sufficient guarantees are used."""
        _ = self.env._
        return [text for text, good in (
            (_("Write down what was looked at and what was found."), self._says("evaluation")),
            (_("Say that it is fit. One that is not is not used."), self.evaluation_result in ("fit", "conditions")),
        ) if not good]

    def _missing_to_announce(self):
        """GDPR Art. 28(2): what people are told, and the days they are told ahead."""
        _ = self.env._
        earliest = self._earliest(self.told_on or fields.Date.today())
        return [text for text, good in (
            (_("Choose the purposes it serves."), self.purpose_ids),
            (_("Write down which categories of data it gets."), self._says("categories")),
            (
                _("Name the safeguard for the transfer to %s, and where it stands.", self.country_id.name),
                self.transfer_state != "missing",
            ),
            (
                _("People are told %(days)s days ahead: it is used from %(day)s at the earliest.",
                  days=self._notice_days(), day=format_date(self.env, earliest)),
                not self.used_from or self.used_from >= earliest,
            ),
        ) if not good]

    def _missing_to_use(self):
        """GDPR Art. 28(3): the contract; for payment cards PCI DSS; and the day that was announced."""
        _ = self.env._
        today = fields.Date.today()
        # the setting may have changed since
        begins = max(self.used_from or today, self._earliest(self.announced_on or today))
        bound = self.role not in BOUND or (self.confidentiality_on and self.confidentiality_on <= today)
        return [text for text, good in (
            (_("Fill in the day of the contract."), self.contract_on and self.contract_on <= today),
            (_("Fill in when confidentiality was agreed."), bound),
            (_("Add a PCI DSS attestation that is valid."), not self.is_payment or self._is_attested("pci")),
            (
                _("Name the safeguard for the transfer to %s, and where it stands.", self.country_id.name),
                self.transfer_state != "missing",
            ),
            (_("Choose the day of the next review."), self.next_review_on and self.next_review_on >= today),
            (_("It was announced for %s. Wait until that day.", format_date(self.env, begins)), begins <= today),
        ) if not good]

    def _notice_days(self):
        """Days that people are told ahead: of a provider for all companies the longest that one of them chose."""
        companies_sudo = self._companies()
        settings_sudo = self.env["unicdo.privacy.settings"].sudo().search([("company_id", "in", companies_sudo.ids)])
        chosen = settings_sudo.mapped("provider_notice_days")
        return max(chosen if len(chosen) == len(companies_sudo) else [*chosen, NOTICE_DAYS])

    def _companies(self):
        """The companies that the provider serves, in sudo."""
        return self.company_id.sudo() or self.env["res.company"].sudo().search([])

    def _earliest(self, told):
        """The first day of use if people are told on that day."""
        return told + timedelta(days=self._notice_days())

    # ---------------------------------------------------------------- steps

    def _step(self, state, allowed, **vals):
        """Move on, if nothing is missing.

        :param str state: the next one
        :param tuple allowed: states from which this step is made
        :raises UserError: something is missing, or it is not the time for this step
        """
        self.check_access("write")
        for provider in self:
            if provider.state not in allowed:
                raise UserError(self.env._("“%s” is not at this step. Please reload the page.", provider.name))
            provider.sudo().write({"state": state, **vals})  # its state is nobody's to write but the steps'

    def _check_open_points(self):
        for provider in self:
            if missing := provider._open_points():
                raise UserError("\n".join([self.env._("“%s” cannot go on yet:", provider.name), *missing]))

    def action_evaluate(self):
        """Settle the evaluation: who, when, and that it is fit."""
        self._check_open_points()
        today = fields.Date.today()
        self._step("evaluated", ("draft",), evaluated_by_id=self.env.uid, evaluated_on=today)
        for provider in self.filtered(lambda provider: not provider.next_review_on):
            provider.next_review_on = add_months(today, REVIEW_MONTHS)

    def action_announce(self):
        """Tell people: the provider stands on the public page from now on, with the day from which it is used."""
        self._check_open_points()
        for provider in self:
            announced = provider.told_on or fields.Date.today()
            used_from = provider.used_from or provider._earliest(announced)
            provider._step("announced", ("evaluated",), announced_on=announced, used_from=used_from)
            for company_sudo in provider._companies():
                self.env["unicdo.privacy.settings"]._for_company(company_sudo)._tell_of_provider(provider)

    def action_use(self):
        """Use the provider from now on; the entry that it changes ends."""
        self._check_open_points()
        for provider in self:
            provider._step("active", ("announced",))
            replaced = provider.replaces_id.filtered(lambda entry: entry.state == "active")
            if replaced:
                replaced.action_end()

    def action_end(self):
        """The provider is used no more, from today on."""
        self._step("ended", ("active",), used_until=fields.Date.today())
        self.sudo().activity_unlink([REVIEW_ACTIVITY])

    def action_back(self):
        """Back to the draft, to evaluate or announce it anew; what was announced is taken back."""
        self._step("draft", ("evaluated", "announced"), announced_on=False, evaluated_by_id=False, evaluated_on=False)

    def action_review(self):
        """Note that the provider was looked at again, and is still fit; the next review is a year from now."""
        self.check_access("write")
        today = fields.Date.today()
        self.sudo().write({
            "reviewed_by_id": self.env.uid, "reviewed_on": today, "next_review_on": add_months(today, REVIEW_MONTHS),
        })
        self.sudo().activity_unlink([REVIEW_ACTIVITY])

    def action_prepare_change(self):
        """A draft of what this entry is to become: it goes the same way, and takes the entry's place when it begins."""
        self.check_access("write")
        self.ensure_one()
        draft_sudo = self.sudo().copy({"replaces_id": self.id})
        return {
            "type": "ir.actions.act_window", "name": self.env._("Change of a service provider"), "res_model": self._name,
            "res_id": draft_sudo.id, "views": [(False, "form")],
        }

    # ---------------------------------------------------------------- changes, and the ledger

    @api.model_create_multi
    def create(self, vals_list):
        providers = super().create(vals_list)
        for provider in providers:
            provider._note("provider.created")
        return providers

    def write(self, vals):
        """Refuse to change what people were told or what was evaluated, and say in the ledger what changed."""
        self._check_settled(vals)
        before = {provider.id: provider._plain(vals) for provider in self}
        result = super().write(vals)
        kind = self._kind_of(vals)
        for provider in self:
            changed = provider._changed(before[provider.id], vals)
            if changed:
                provider._note(kind, changed)
        return result

    def unlink(self):
        """Say in the ledger that a draft was deleted."""
        for provider in self:
            provider._note("provider.deleted")
        return super().unlink()

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        self._check_settled({field_name: translations})
        result = super()._update_field_translations(field_name, translations, digest, source_lang)
        self._note("provider.changed", [field_name])
        return result

    def _check_settled(self, vals):
        for provider in self:
            settled = set() if provider.state == "draft" else set(EVALUATION)
            if provider.state not in ("draft", "evaluated"):
                settled |= TOLD
            # the step itself settles the day
            if settled & vals.keys() and "state" not in vals:
                raise UserError(self.env._(
                    "“%s”: what was evaluated and what people were told is settled. Prepare a change instead, so that people "
                    "are told ahead.", provider.name,
                ))

    @api.model
    def _kind_of(self, vals):
        """The kind of the ledger's event for what was written."""
        if "state" in vals:
            return f"provider.{vals['state']}"
        return "provider.reviewed" if "reviewed_on" in vals else "provider.changed"

    def _plain(self, names):
        """The values of these fields that the ledger may keep, as words."""
        return {name: str(self[name] or "-") for name in names if name == "hosts" or self._fields[name].type in PLAIN}

    def _changed(self, before, names):
        """What to say of a change: names of fields, with the values before and after where they name nobody."""
        after = self._plain(names)
        return [
            f"{name}: {before[name]} → {after[name]}" if name in after else name
            for name in names if self._is_told(name) and (name not in after or before[name] != after[name])
        ]

    @api.model
    def _is_told(self, name):
        """Whether the ledger is told of changes of a field: not of messages and tasks, and attestations tell of themselves."""
        field = self._fields[name]
        return field.store and field.type != "one2many" and not name.startswith(("message_", "activity_"))

    def _note(self, kind, changed=()):
        self.env["unicdo.ledger.event"]._record(
            kind, model=self._name, res_ids=self.ids, detail={"what": list(changed)} if changed else None
        )

    # ---------------------------------------------------------------- every day

    @api.model
    def _run(self):
        """End what has had its last day, and remind of reviews. Called every day."""
        today = fields.Date.today()
        self.search([("state", "=", "active"), ("used_until", "<", today)])._end_in_time()
        soon = today + timedelta(days=REMIND_DAYS)
        due = self.search([("state", "not in", ("draft", "ended")), ("next_review_on", "<=", soon)])
        due.filtered(lambda provider: not provider.activity_search([REVIEW_ACTIVITY]))._remind()

    def _end_in_time(self):
        if self:
            self._step("ended", ("active",))
            self.activity_unlink([REVIEW_ACTIVITY])

    def _remind(self):
        """Give an officer the task to review; where nobody looks after the provider, any officer."""
        officers = self.env["unicdo.role.grant"]._working_officers().user_id
        for provider in self:
            able = officers.filtered(lambda user, own=provider.company_id: own <= user.company_ids)
            officer = provider.responsible_id & able or able[:1]
            if officer:
                provider.activity_schedule(
                    REVIEW_ACTIVITY, date_deadline=provider.next_review_on, user_id=officer.id,
                    summary=self.env._("Review the service provider"),
                )

    @api.model
    def _problems(self):
        """What officers have to see to, for the health page: list of (state, sentence), see ``unicdo.health``."""
        _ = self.env._
        today = fields.Date.today()
        kept = self.search([("state", "not in", ("draft", "ended"))])
        used = kept.filtered(lambda one: one.state == "active")
        late = kept.filtered(lambda one: one.state == "announced" and one.used_from <= today)
        unsettled = self.search([("state", "=", "ended"), ("data_gone_on", "=", False)])
        found = (
            ("error", _("Data leaves the EEA without a safeguard"), used.filtered(lambda one: one.transfer_state == "missing")),
            (
                "error", _("Handles payment cards without a valid PCI DSS attestation"),
                used.filtered(lambda one: one.is_payment and not one._is_attested("pci")),
            ),
            ("warning", _("Review overdue"), kept.filtered("is_review_overdue")),
            ("warning", _("Attestation expired"), kept.filtered("is_attestation_expired")),
            ("warning", _("Its day has come, and it is not in use"), late),
            ("warning", _("Ended, and it is not noted what became of the data"), unsettled),
        )
        return [(state, f"{text}: {', '.join(which.mapped('name'))}.") for state, text, which in found if which]
