# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.notice import render_notice, text_hash

#: what people's choices were about; fixed once there are any
FIXED = ("key", "basis", "kept_apart")


class UnicdoPurpose(models.Model):
    """What personal data is used for, and everything Article 13 to 15 oblige us to say about it.

    The ``key`` is what code, the data map and the append-only consent events refer to: it never changes once used.
    """

    _name = "unicdo.purpose"
    _description = "Processing Purpose"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    key = fields.Char(required=True, help="Technical name by which the rest of the system refers to this purpose.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    what = fields.Text("What we do", required=True, translate=True, help="In plain words, as people will read it.")
    basis = fields.Selection(
        [
            ("consent", "Consent"),
            ("contract", "Contract"),
            ("legal", "Legal obligation"),
            ("vital", "Vital interests"),
            ("public", "Public interest"),
            ("legitimate", "Legitimate interests"),
        ],
        string="Lawful basis",
        required=True,
    )
    legal_reference = fields.Char("Legal reference", compute="_compute_legal_reference")
    interest = fields.Text("Our interest", translate=True, help="The legitimate interest pursued (GDPR Art. 13(1)(d)).")
    categories = fields.Text("Categories of data", translate=True)
    recipients = fields.Text("Who receives it", translate=True)
    retention = fields.Text("How long", translate=True)
    transfers = fields.Text("Transfers to other countries", translate=True)
    safeguards = fields.Text("Safeguards of transfers", translate=True)
    automated_logic = fields.Text(
        "Automated decisions", translate=True, help="Logic, significance and consequences (GDPR Art. 15(1)(h))."
    )
    serves = fields.Char(
        "Applications it serves",
        help="Technical names of models, such as event.registration. People are told of the purpose as soon as one of them "
        "is installed. Empty: always.",
    )
    is_served = fields.Boolean("Is one of them installed", compute="_compute_is_served")
    valid_months = fields.Integer(
        "Ask again after (months)", default=0, help="A consent ends after so many months. 0: it holds until withdrawn."
    )
    enforcement = fields.Selection(
        [("off", "Off"), ("watch", "Watch only"), ("enforce", "Enforce")],
        default="watch",
        required=True,
        help="Watch: everybody is let through, and what would have been stopped is counted.",
    )
    enforced_where = fields.Char("Enforced by", compute="_compute_enforced_where")
    kept_apart = fields.Boolean(
        "Choices are kept apart", readonly=True, copy=False,
        help="Nobody but the person sees what they chose: choices stand under a keyed digest, not under a contact. The module "
        "that asks for them keeps them, see unicdo.consent, and always enforces them.",
    )

    consent_count = fields.Integer("People who agreed", compute="_compute_consent_count", compute_sudo=True)
    stopped_count = fields.Integer(
        "Stopped in 30 days", compute="_compute_stopped_count", compute_sudo=True,
        help="While it only watches: who would have been stopped.",
    )

    _key_uniq = models.Constraint("UNIQUE(key)", "A purpose with this key exists already. Choose another key.")
    _valid_months_not_negative = models.Constraint(
        "CHECK(valid_months >= 0)", "Enter after how many months people are asked again, or 0 for never."
    )

    @api.depends("basis")
    @api.depends_context("lang")
    def _compute_legal_reference(self):
        _ = self.env._
        places = {
            "consent": _("GDPR Art. 6(1)(a)"),
            "contract": _("GDPR Art. 6(1)(b)"),
            "legal": _("GDPR Art. 6(1)(c)"),
            "vital": _("GDPR Art. 6(1)(d)"),
            "public": _("GDPR Art. 6(1)(e)"),
            "legitimate": _("GDPR Art. 6(1)(f)"),
        }
        for purpose in self:
            purpose.legal_reference = places.get(purpose.basis)

    @api.depends("serves")
    def _compute_is_served(self):
        for purpose in self:
            purpose.is_served = not purpose.serves or any(name in self.env for name in purpose.serves.split())

    @api.depends("key")
    def _compute_enforced_where(self):
        places = self._enforced_by()
        for purpose in self:
            purpose.enforced_where = ", ".join(places.get(purpose.key, ()))

    def _compute_consent_count(self):
        groups = self.env["unicdo.consent"]._read_group(
            [("purpose_id", "in", self.ids), ("state", "in", ("given", "imported"))], ["purpose_id"], ["__count"]
        )
        counts = {purpose.id: count for purpose, count in groups}
        for purpose in self:
            purpose.consent_count = counts.get(purpose.id, 0)

    def _compute_stopped_count(self):
        since = fields.Datetime.now() - timedelta(days=30)
        groups = self.env["unicdo.enforcement.count"]._read_group(
            [("purpose_id", "in", self.ids), ("asked_on", ">=", since)], ["purpose_id"], ["stopped:sum"]
        )
        counts = {purpose.id: count for purpose, count in groups}
        for purpose in self:
            purpose.stopped_count = counts.get(purpose.id, 0)

    @api.constrains("basis", "interest")
    def _check_interest(self):
        if self.filtered(lambda purpose: purpose.basis == "legitimate" and not purpose.interest):
            raise ValidationError(self.env._("Legitimate interests have to be named. Please fill in “Our interest”."))

    @api.constrains("key")
    def _check_key(self):
        for purpose in self:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", purpose.key):
                raise ValidationError(
                    self.env._("A key has small letters, digits and underscores only: e.g. market_research.")
                )

    def write(self, vals):
        """Refuse another key or basis for a purpose about which people have chosen: their proof stands on it."""
        changed = self.filtered(lambda purpose: any(vals.get(name, purpose[name]) != purpose[name] for name in FIXED))
        if changed and changed._has_events():
            raise UserError(self.env._(
                "People have made choices about this purpose, so its key and lawful basis are fixed. Archive it and "
                "create a new one instead."
            ))
        if "enforcement" in vals:
            self._note_enforcement(vals["enforcement"])
        return super().write(vals)

    def _note_enforcement(self, mode):
        """Say in the ledger who switched a purpose's enforcement."""
        for purpose in self.filtered(lambda purpose: purpose.enforcement != mode):
            self.env["unicdo.ledger.event"]._record(
                "purpose.enforcement", model=self._name, res_ids=purpose.ids,
                detail={"purpose": purpose.key, "from": purpose.enforcement, "to": mode},
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self._has_events():
            raise UserError(
                self.env._("People have made choices about this purpose. Archive it instead of deleting it.")
            )

    def _has_events(self):
        events_sudo = self.env["unicdo.consent.event"].sudo()  # only whether there are any
        return bool(events_sudo.search_count([("purpose_key", "in", self.mapped("key"))], limit=1))

    def action_view_consents(self):
        """Open the current choices about this purpose."""
        action = self.env["ir.actions.act_window"]._for_xml_id("unicdo_privacy.unicdo_consent_action")
        return action | {"domain": [("purpose_id", "in", self.ids)], "context": {}}

    @api.model
    def _enforced_by(self):
        """Where a choice about a purpose is really asked before data is used.

        Called when purposes are shown. Widen by ``super() | {key: [names of the places]}``; a purpose that is missing
        here is shown as enforced by nothing.

        :return: dict of purpose key → list of short names of places
        """
        return {}

    @api.model
    def _by_key(self, key):
        """The purpose of that key, archived ones included.

        :raise ValueError: no such purpose: a defect of the caller, not of the data
        """
        purpose = self.with_context(active_test=False).search([("key", "=", key)], limit=1)
        if not purpose:
            raise ValueError(f"There is no processing purpose with the key {key!r}.")
        return purpose

    @api.model
    def _told(self, partner):
        """The purposes that a person is told of: those whose applications are here, and those they have decided about.
        Not those whose choices are kept apart: they have a page of their own.

        :param partner: one ``res.partner`` record
        """
        states = self.env["unicdo.consent"]._state_of(partner)
        decided = {key for key, consent in states.items() if consent.state != "asked"}
        purposes = self.search([("active", "=", True), ("kept_apart", "=", False)])
        return purposes.filtered(lambda purpose: purpose.is_served or purpose.key in decided)

    def _notice_html(self):
        """The text people see about this purpose, in the language of the context: what a choice is about.

        :return: HTML as ``Markup``, always the same for the same words
        """
        self.ensure_one()
        _ = self.env._
        return render_notice(self.name, self.what, [
            (_("What data"), self.categories),
            (_("Our interest"), self.interest),
            (_("Who receives it"), self.recipients),
            (_("Service providers"), self._provider_words()),
            (_("How long"), self.retention),
            (_("Transfers to other countries"), self.transfers),
            (_("Safeguards"), self.safeguards),
            (_("Automated decisions"), self.automated_logic),
        ])

    def _provider_words(self):
        """The service providers in use for this purpose, with their countries (GDPR Art. 13(1)(e)); "" for none."""
        used_sudo = self.env["unicdo.provider"].sudo().search([  # whom data goes to is told to everybody
            ("state", "=", "active"), ("purpose_ids", "in", self.ids), ("company_id", "in", (self.env.company.id, False)),
        ])
        return ", ".join(f"{provider.name} ({provider.country_id.name})" for provider in used_sudo)

    def _notice_hash(self):
        """SHA-256 of today's text in the language of the context: the portal's forms say by it what was read."""
        return text_hash(self._notice_html())
