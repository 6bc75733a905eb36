# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ..tools.receipt import build_receipt

#: what can happen to a person's choice about a purpose
CHOICES = [
    ("asked", "Asked"),
    ("given", "Given"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
    ("expired", "Expired"),
    ("objected", "Objected"),
    ("imported", "Imported, proof unknown"),
]
#: what can happen between a person and a policy; none of it is consent
POLICY_ACTS = [
    ("acknowledged", "Acknowledged"),
    ("accepted", "Accepted"),
    ("continued", "Continued to use"),
]


class UnicdoConsentEvent(models.Model):
    """What happened, when, how and under which text: the proof from which the current state is derived (Art. 7(1)).

    Address and user agent stand in ``unicdo.consent.event.trace``, which may be deleted.
    """

    _name = "unicdo.consent.event"
    _inherit = ["unicdo.append.only"]
    _description = "Consent Event"
    _log_access = False
    _order = "id desc"

    occurred_on = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now)
    subject_id = fields.Integer(readonly=True, aggregator=None, help="Empty: an anonymous refusal.")
    what = fields.Selection(CHOICES + POLICY_ACTS, string="What happened", required=True, readonly=True)
    purpose_key = fields.Char(readonly=True)
    text_id = fields.Integer("Text shown", readonly=True, aggregator=None)
    version_id = fields.Integer("Policy version", readonly=True, aggregator=None)
    channel = fields.Selection(
        [
            ("portal", "Portal"),
            ("signup", "Sign-up"),
            ("website", "Website"),
            ("mail", "E-mail"),
            ("staff", "Recorded by staff"),
            ("import", "Import"),
            ("merge", "Contacts merged"),
            ("join", "Visitor recognised"),
            ("system", "Automatic"),
        ],
        required=True,
        readonly=True,
    )
    origin = fields.Char(readonly=True, help="Where it comes from, such as the name of an imported list.")
    actor_id = fields.Integer("Recorded by (user id)", readonly=True, aggregator=None)
    source_event_id = fields.Integer("Carried from event", readonly=True, aggregator=None)

    partner_id = fields.Many2one(
        "res.partner", string="Person", compute="_compute_partner_id", search="_search_partner_id", compute_sudo=True
    )
    purpose_id = fields.Many2one("unicdo.purpose", compute="_compute_purpose_id", compute_sudo=True)
    policy_version_id = fields.Many2one(
        "unicdo.policy.version", string="Policy shown", compute="_compute_shown", compute_sudo=True
    )
    purpose_text_id = fields.Many2one(
        "unicdo.purpose.text", string="Words shown", compute="_compute_shown", compute_sudo=True
    )
    text_body = fields.Html("Text", compute="_compute_shown", compute_sudo=True, sanitize=False)
    text_sha256 = fields.Char("SHA-256", compute="_compute_shown", compute_sudo=True)
    trace_ids = fields.One2many(
        "unicdo.consent.event.trace", "event_id", string="From where", readonly=True,
        groups="unicdo_privacy.unicdo_privacy_group_officer",
    )
    address = fields.Char(
        "Network address", compute="_compute_trace", groups="unicdo_privacy.unicdo_privacy_group_officer"
    )
    user_agent = fields.Char(
        "Browser", compute="_compute_trace", groups="unicdo_privacy.unicdo_privacy_group_officer"
    )
    user_id = fields.Many2one("res.users", string="Recorded by", compute="_compute_user_id", compute_sudo=True)

    _about_something = models.Constraint(
        "CHECK (purpose_key IS NOT NULL OR version_id IS NOT NULL)", "An event is about a purpose or a policy."
    )
    _somebody = models.Constraint(
        "CHECK (subject_id IS NOT NULL OR what = 'refused')", "Only a refusal can be anonymous."
    )
    _subject_idx = models.Index("(subject_id, id)")
    _purpose_idx = models.Index("(purpose_key, occurred_on)")

    @api.depends("what", "purpose_key", "version_id")
    def _compute_display_name(self):
        labels = dict(self._fields["what"]._description_selection(self.env))
        for event in self:
            about = event.sudo().purpose_id.name or event.sudo().policy_version_id.display_name or event.purpose_key
            event.display_name = f"{labels.get(event.what)}: {about}"

    @api.depends("subject_id")
    def _compute_partner_id(self):
        subjects = self.env["unicdo.subject"].browse({event.subject_id for event in self if event.subject_id}).exists()
        partners = {subject.id: subject.partner_id for subject in subjects}
        for event in self:
            event.partner_id = partners.get(event.subject_id)

    def _search_partner_id(self, operator, value):
        subjects_sudo = self.env["unicdo.subject"].sudo()  # rows of this table are read by no role directly
        return [("subject_id", "in", subjects_sudo._search([("partner_id", operator, value)]))]

    @api.depends("purpose_key")
    def _compute_purpose_id(self):
        purposes = self.env["unicdo.purpose"].with_context(active_test=False).search([])
        by_key = {purpose.key: purpose for purpose in purposes}
        for event in self:
            event.purpose_id = by_key.get(event.purpose_key)

    @api.depends("text_id", "version_id")
    def _compute_shown(self):
        texts = self.env["unicdo.purpose.text"].browse({event.text_id for event in self}).exists()
        versions = self.env["unicdo.policy.version"].browse({event.version_id for event in self}).exists()
        for event in self:
            event.purpose_text_id = texts.filtered(lambda text, event=event: text.id == event.text_id)
            event.text_body = event.purpose_text_id.body
            event.text_sha256 = event.purpose_text_id.sha256
            event.policy_version_id = versions.filtered(lambda version, event=event: version.id == event.version_id)

    @api.depends("trace_ids")
    def _compute_trace(self):
        for event in self:
            event.address = event.trace_ids[:1].address
            event.user_agent = event.trace_ids[:1].user_agent

    @api.depends("actor_id")
    def _compute_user_id(self):
        users = self.env["res.users"].browse({event.actor_id for event in self if event.actor_id}).exists()
        by_id = {user.id: user for user in users}
        for event in self:
            event.user_id = by_id.get(event.actor_id)

    @api.model
    def _of_partner(self, partner):
        """All events of one person, newest first, those of merged contacts and joined visitors included.

        :return: records in sudo; the caller shows them to that person or to who may read events
        """
        subjects_sudo = self.env["unicdo.subject"].sudo().search([("partner_id", "=", partner.id)])
        return self.sudo().search([("subject_id", "in", subjects_sudo.ids)])

    def _receipt(self):
        """The receipt of one choice, as a dict ready for JSON.

        The person stands in it as a pseudonym: a receipt is often passed on, and proves the choice by its id.
        """
        self.ensure_one()
        base_url = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        text = self.purpose_text_id
        subject_sudo = self.env["unicdo.subject"].sudo().browse(self.subject_id)
        purpose = self.purpose_id.with_context(lang=text.lang or self.env.lang)
        company = self.env.company
        choice = {
            "receipt_id": subject_sudo._digest(f"receipt|{self.id}"),
            "when": self.occurred_on, "what": self.what, "channel": self.channel,
            "language": text.lang or "", "principal": subject_sudo._digest("principal"),
            "notice_sha256": text.sha256 or "", "notice_url": f"{base_url}/my/privacy/consents/{self.id}/seen",
            "withdrawal_url": f"{base_url}/my/privacy/consents",
        }
        names = ("key", "name", "what", "basis", "categories", "recipients", "retention", "transfers")
        controller = {
            "name": company.name, "email": company.email, "phone": company.phone, "url": company.website or base_url,
            "address": company.partner_id._display_address(without_company=True).replace("\n", ", "),
            "country": company.country_id.code,
        }
        return build_receipt(choice, {name: purpose[name] for name in names}, controller)
