# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .unicdo_adequacy import EEA

ROLES = [
    ("processor", "Processor"),
    ("subprocessor", "Sub-processor"),
    ("joint", "Joint controller"),
    ("controller", "Controller of its own"),
]
#: bound by a contract on processing (GDPR Art. 28(3))
BOUND = ("processor", "subprocessor")
TRANSFERS = [
    ("adequacy", "Adequacy decision (GDPR Art. 45)"),
    ("scc", "Standard contractual clauses 2021/914 (Art. 46)"),
    ("bcr", "Binding corporate rules (Art. 47)"),
    ("derogation", "Derogation (Art. 49)"),
]
STATES = [
    ("draft", "Draft"),
    ("evaluated", "Evaluated"),
    ("announced", "Announced"),
    ("active", "In use"),
    ("ended", "Ended"),
]
#: what people are told ahead: settled from the announcement on, another announcement changes it
TOLD = {
    "name", "role", "country_id", "what", "purpose_ids", "categories", "company_id", "used_from", "told_on", "told_how",
}
#: what was evaluated: settled once it is
EVALUATION = {"evaluation", "evaluation_result"}
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?")


class UnicdoProvider(models.Model):
    """A service provider: a party outside that gets personal data to do something for us (POLICY GOV-2).

    It is evaluated before use, announced to people ahead, bound by contract, used for its purposes only, and reviewed.
    The steps between its states stand in ``unicdo_provider_step.py``.
    """

    _name = "unicdo.provider"
    _description = "Service Provider"
    _inherit = ["unicdo.steered", "mail.thread", "mail.activity.mixin"]
    _order = "name, id desc"

    name = fields.Char(required=True)
    state = fields.Selection(STATES, default="draft", required=True, readonly=True, copy=False, index=True)
    company_id = fields.Many2one(
        "res.company", ondelete="restrict", index="btree_not_null", help="Empty: it serves all companies."
    )
    replaces_id = fields.Many2one(
        "unicdo.provider", "Changes the entry", readonly=True, copy=False, ondelete="set null", index="btree_not_null",
        help="That entry ends when this one begins.",
    )
    responsible_id = fields.Many2one(
        "res.users", "Looked after by", ondelete="set null", index="btree_not_null", default=lambda self: self.env.user,
        domain=lambda self: self._responsible_domain(), help="The officer who is reminded of reviews.",
    )

    website = fields.Char()
    hosts = fields.Char(
        "Hosts that data goes to",
        help="Names of servers as in web addresses, such as api.example.com, separated by spaces. What sends data there "
        "checks that the provider is in use.",
    )
    country_id = fields.Many2one(
        "res.country", required=True, ondelete="restrict",
        help="Where it processes the data, or can reach it from. Of several countries the one farthest from the GDPR.",
    )
    role = fields.Selection(ROLES, required=True, default="processor")
    what = fields.Text("What it does for us", required=True, translate=True, help="In plain words, as people will read it.")
    purpose_ids = fields.Many2many("unicdo.purpose", string="Purposes", help="It is used for these only.")
    categories = fields.Text("Categories of data", translate=True)
    is_payment = fields.Boolean("Handles payment cards", help="It needs a valid PCI DSS attestation.")
    needed_for = fields.Char("Needed for", compute="_compute_needed_for")

    contract_on = fields.Date("Contract of")
    contract_reference = fields.Char("Reference of the contract")
    contract_url = fields.Char("Link to the contract")
    contract_file = fields.Binary("Contract", attachment=True)
    contract_filename = fields.Char("Name of the file")
    confidentiality_on = fields.Date(
        "Confidentiality agreed on", help="Day of the clause that binds it and its staff (GDPR Art. 28(3)(b))."
    )

    is_outside_eea = fields.Boolean("Outside the EEA", compute="_compute_is_outside_eea", store=True)
    transfer_basis = fields.Selection(TRANSFERS, string="Safeguard")
    transfer_note = fields.Char("Where it stands", help="Annex of the contract, entry of a list, assessment of the transfer.")
    transfer_state = fields.Selection(
        [
            ("eea", "Within the EEA"),
            ("adequate", "Adequate country"),
            ("safeguard", "Safeguard named"),
            ("missing", "No safeguard"),
        ],
        string="Transfer",
        compute="_compute_transfer_state",
    )

    attestation_ids = fields.One2many("unicdo.provider.attestation", "provider_id", "Attestations", copy=True)
    is_attestation_expired = fields.Boolean(
        "Attestation expired", compute="_compute_is_attestation_expired", search="_search_is_attestation_expired"
    )

    evaluation = fields.Text(copy=False, help="What was looked at, and what was found (GDPR Art. 28(1)).")
    evaluation_result = fields.Selection(
        [("fit", "Fit"), ("conditions", "Fit on conditions"), ("unfit", "Not fit")], "Result", copy=False
    )
    evaluated_by_id = fields.Many2one("res.users", "Evaluated by", readonly=True, copy=False, ondelete="set null")
    evaluated_on = fields.Date("Evaluated on", readonly=True, copy=False)
    reviewed_by_id = fields.Many2one("res.users", "Reviewed by", readonly=True, copy=False, ondelete="set null")
    reviewed_on = fields.Date("Last review", readonly=True, copy=False)
    next_review_on = fields.Date("Next review", copy=False)
    is_review_overdue = fields.Boolean("Review overdue", compute="_compute_is_review_overdue")

    used_from = fields.Date("Used from", copy=False, help="Empty: the first day that the notice allows.")
    used_until = fields.Date("Used until", copy=False)
    announced_on = fields.Date("Announced on", readonly=True, copy=False)
    told_on = fields.Date(
        "Told otherwise on", copy=False, help="If customers were told before and elsewhere, such as in their contract."
    )
    told_how = fields.Char("How they were told", copy=False)
    data_gone_on = fields.Date(
        "Data returned or deleted on", copy=False, help="What became of the data after the end (GDPR Art. 28(3)(g))."
    )
    open_points = fields.Text("Missing for the next step", compute="_compute_open_points")

    _until_check = models.Constraint(
        "CHECK(used_until IS NULL OR used_from IS NULL OR used_until >= used_from)", "The last day cannot be before the first."
    )

    @api.model
    def _responsible_domain(self):
        group = self.env.ref("unicdo_privacy.unicdo_privacy_group_officer", raise_if_not_found=False)
        return [("all_group_ids", "in", group.ids)] if group else []

    @api.depends("hosts", "state")
    def _compute_needed_for(self):
        needs = self._needed()
        for provider in self:
            provider.needed_for = ", ".join(need["name"] for need in needs if provider._serves(need))

    @api.depends("country_id.code")
    def _compute_is_outside_eea(self):
        for provider in self:
            provider.is_outside_eea = bool(provider.country_id) and provider.country_id.code not in EEA

    @api.depends("country_id", "transfer_basis", "transfer_note")
    def _compute_transfer_state(self):
        for provider in self:
            decisions = provider.is_outside_eea and provider._decisions()
            if not provider.is_outside_eea:
                provider.transfer_state = "eea"
            elif any(not decision.scope for decision in decisions):
                provider.transfer_state = "adequate"
            else:
                named = provider.transfer_basis and provider.transfer_note
                unfounded = provider.transfer_basis == "adequacy" and not decisions
                provider.transfer_state = "safeguard" if named and not unfounded else "missing"

    @api.depends("attestation_ids.valid_until", "attestation_ids.kind")
    def _compute_is_attestation_expired(self):
        for provider in self:
            kinds = set(provider.attestation_ids.mapped("kind"))
            provider.is_attestation_expired = any(not provider._is_attested(kind) for kind in kinds)

    @api.model
    def _search_is_attestation_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        groups = self.env["unicdo.provider.attestation"]._read_group(
            [], ["provider_id", "kind"], having=[("valid_until:max", "<", fields.Date.today())]
        )
        return Domain("id", "in" if True in value else "not in", [provider.id for provider, _kind in groups])

    @api.depends("next_review_on", "state")
    def _compute_is_review_overdue(self):
        today = fields.Date.today()
        for provider in self:
            due = provider.next_review_on and provider.next_review_on < today
            provider.is_review_overdue = bool(due) and provider.state not in ("draft", "ended")

    @api.depends(
        "state", "is_payment", "attestation_ids.kind", "attestation_ids.valid_until", "announced_on", "contract_on",
        "confidentiality_on", "next_review_on", "transfer_state", *sorted(TOLD | EVALUATION),
    )
    def _compute_open_points(self):
        for provider in self:
            provider.open_points = "\n".join(provider._open_points())

    @api.constrains("hosts")
    def _check_hosts(self):
        for provider in self:
            if wrong := [host for host in provider._host_names() if not HOST.fullmatch(host)]:
                raise ValidationError(self.env._(
                    "“%s” is no name of a host. Write it as in web addresses, without https:// and path.", wrong[0]
                ))

    @api.constrains("website", "contract_url")
    def _check_links(self):
        for provider in self:
            for link in (provider.website, provider.contract_url):
                if link and not link.startswith(("https://", "http://")):
                    raise ValidationError(self.env._("Links start with https://"))

    @api.constrains("told_on", "told_how")
    def _check_told(self):
        for provider in self.filtered("told_on"):
            if provider.told_on > fields.Date.today() or not provider.told_how:
                raise ValidationError(self.env._(
                    "If customers were told otherwise, that lies behind us: please fill in the day and how they were told."
                ))

    def _host_names(self):
        return (self.hosts or "").lower().split()

    def _decisions(self):
        """The adequacy decisions on the provider's country that hold today."""
        return self.env["unicdo.adequacy"]._of(self.country_id, fields.Date.today())

    def _is_attested(self, kind):
        """Whether there is an attestation of a kind that is valid today."""
        return any(
            attestation.kind == kind and attestation.valid_until and attestation.valid_until >= fields.Date.today()
            for attestation in self.attestation_ids
        )

    # ---------------------------------------------------------------- what the software needs providers for

    @api.model
    def _needed(self):
        """What modules have done by parties outside. Called for the health page, for the form of a provider, and by whoever
        declares it, to ask :meth:`_used_for`; modules return ``super() + [{…}]``. Here nothing is.

        :return: list of dicts ``key`` (unique word), ``name`` (what is done, a few words), ``host`` (name of the server that
            data goes to, as in web addresses, with the port if there is one), ``purpose`` (key of an ``unicdo.purpose``),
            ``confidential`` (bool: whether a clause of confidentiality is asked for)
        """
        return []

    @api.model
    def _used_for(self, need):
        """The provider that is in use for a need, in sudo; none: nothing may go there (GOV-2).

        :param dict need: as in :meth:`_needed`
        """
        return self.sudo().search([("state", "=", "active")]).filtered(
            lambda provider: provider._serves(need) and not provider._unfit_for(need)
        )[:1]

    def _serves(self, need):
        """Whether it is the provider at the address that a need names, in use or not."""
        return need["host"].lower() in self._host_names()

    def _unfit_for(self, need):
        """Why the provider is not to be used for a need; "" if it may."""
        _ = self.env._
        today = fields.Date.today()
        companies_sudo = self.env["res.company"].sudo().search([])
        if self.state != "active" or (self.used_until and self.used_until < today):
            return _("it is not in use")
        if self.company_id and companies_sudo != self.company_id:
            return _("it serves one company only")
        if need["purpose"] not in self.purpose_ids.mapped("key"):
            return _("its purposes are others")
        if need["confidential"] and not (self.confidentiality_on and self.confidentiality_on <= today):
            return _("confidentiality has not been agreed")
        return ""

    @api.model
    def _need_problem(self, need):
        """Why nothing may go to where a need names, and what to do, as a sentence; "" if a provider is in use for it.

        :param dict need: as in :meth:`_needed`
        """
        if self._used_for(need):
            return ""
        # newest entry first: who asks has no access, and is told the reason only
        known_sudo = self.sudo().search([("hosts", "!=", False)], order="id desc").filtered(lambda entry: entry._serves(need))
        if not known_sudo:
            return self.env._(
                "No service provider is registered for %s. A privacy officer registers one, under Privacy, Data map, "
                "Service providers.", need["host"],
            )
        best_sudo = known_sudo.filtered(lambda entry: entry.state == "active")[:1] or known_sudo[:1]
        return self.env._(
            "The service provider for %(host)s may not be used: %(why)s. A privacy officer sees to this, under Privacy, "
            "Data map, Service providers.", host=need["host"], why=best_sudo._unfit_for(need),
        )

    # ---------------------------------------------------------------- what everybody may know

    @api.model
    def _published(self, company):
        """What everybody may know of a company's providers: who they are now, who is to come, who ended within a year.

        :param company: one ``res.company``
        :return: dict ``active``, ``announced``, ``ended``: lists of dicts ``name``, ``website``, ``country``, ``role``,
            ``what``, ``purposes`` (list of names), ``categories``, ``transfer`` (words, "" within the EEA),
            ``used_from``, ``used_until``, ``announced_on`` (dates), ``replaces`` (whether it changes what was told before)
        """
        since = fields.Date.today() - timedelta(days=365)
        # contracts and evaluations are nobody's business: only the words below leave this method
        shown_sudo = self.sudo().search(
            Domain("company_id", "in", (company.id, False))
            & (Domain("state", "in", ("announced", "active")) | Domain("state", "=", "ended") & Domain("used_until", ">=", since))
        )
        by_state = shown_sudo.grouped("state")
        return {
            state: [provider._public_words() for provider in by_state.get(state, ())]
            for state in ("active", "announced", "ended")
        }

    def _public_words(self):
        self.ensure_one()
        return {
            **{name: self[name] for name in ("name", "website", "what", "categories", "used_from", "used_until", "announced_on")},
            "country": self.country_id.name,
            "role": dict(self._fields["role"]._description_selection(self.env))[self.role],
            "purposes": self.purpose_ids.mapped("name"),
            "transfer": self._transfer_words(),
            "replaces": bool(self.replaces_id),
        }

    def _transfer_words(self):
        """By what data may go to the provider's country; "" within the EEA."""
        if not self.is_outside_eea:
            return ""
        decisions = self._decisions()
        if self.transfer_state == "adequate" or self.transfer_basis == "adequacy":
            return self.env._("Adequacy decision: %s", ", ".join(decisions.mapped("source")))
        return dict(self._fields["transfer_basis"]._description_selection(self.env)).get(self.transfer_basis, "")

    def action_public_page(self):
        """Open the public list."""
        return {"type": "ir.actions.act_url", "url": "/privacy/providers", "target": "new"}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_told(self):
        if self.filtered(lambda provider: provider.state not in ("draft", "evaluated")):
            raise UserError(self.env._("People were told of this provider. End it instead of deleting it."))
