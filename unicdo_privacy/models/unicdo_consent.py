# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.bulk import insert_rows
from .unicdo_consent_event import CHOICES

#: states in which we may act where the basis is consent
ALLOWING = ("given", "imported")
#: states that stop us where the basis is one to object to
STOPPING = ("refused", "withdrawn", "objected")
OBJECTABLE = ("legitimate", "public")
#: when two profiles turn out to be one person, the choice that stands further right wins
STRICTNESS = ("asked", "imported", "given", "expired", "refused", "withdrawn", "objected")
EVENT_COLUMNS = {
    "occurred_on": "timestamp",
    "subject_id": "int",
    "what": "varchar",
    "purpose_key": "varchar",
    "text_id": "int",
    "version_id": "int",
    "channel": "varchar",
    "origin": "varchar",
    "actor_id": "int",
    "source_event_id": "int",
}
TRACE_COLUMNS = {"event_id": "int", "address": "varchar", "user_agent": "varchar"}


class UnicdoConsent(models.Model):
    """The current choice of one person about one purpose: what the last event says. Rebuilt from the events at will."""

    _name = "unicdo.consent"
    _description = "Consent"
    _log_access = False
    _order = "since desc, id desc"
    _rec_name = "purpose_id"

    subject_id = fields.Many2one("unicdo.subject", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(related="subject_id.partner_id", string="Person", readonly=True)
    purpose_id = fields.Many2one("unicdo.purpose", required=True, readonly=True, ondelete="cascade")
    state = fields.Selection(CHOICES, required=True, readonly=True)
    since = fields.Datetime(required=True, readonly=True)
    valid_until = fields.Datetime("Valid until", readonly=True)
    event_id = fields.Integer("Last event", required=True, readonly=True, aggregator=None)

    _subject_purpose_uniq = models.Constraint(
        "UNIQUE(subject_id, purpose_id)", "A person has one current choice per purpose."
    )
    _purpose_state_idx = models.Index("(purpose_id, state)")

    def action_view_events(self):
        """Open the proof: all events of this person about this purpose."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("unicdo_privacy.unicdo_consent_event_action")
        consent_sudo = self.sudo()  # only the subject's number, to look for its events under the user's own rights
        domain = [("subject_id", "=", consent_sudo.subject_id.id), ("purpose_key", "=", self.purpose_id.key)]
        if self.partner_id:
            domain = [("partner_id", "=", self.partner_id.id), ("purpose_key", "=", self.purpose_id.key)]
        return action | {"domain": domain, "context": {}}

    # ------------------------------------------------------------------ asking

    @api.model
    def _may(self, purpose_key, partners):
        """May we use these people's data for this purpose? Asked by every place that acts on data.

        Follows the purpose's enforcement: switched off, everybody passes; while it only watches, everybody passes and
        those it would have stopped are counted.

        :param str purpose_key: key of an ``unicdo.purpose``
        :param partners: ``res.partner`` records, or an iterable of their ids
        :return: set of the ids that may be acted on; empty when the purpose is archived, or its choices are kept apart
        :raise ValueError: there is no such purpose
        """
        purpose_sudo = self.env["unicdo.purpose"].sudo()._by_key(purpose_key)
        ids = set(partners.ids if isinstance(partners, models.BaseModel) else partners)
        if not purpose_sudo.active or purpose_sudo.kept_apart or not ids:
            return set()
        if purpose_sudo.enforcement == "off":
            return ids
        agreed = self._agreed(purpose_sudo, ids)
        self._count(purpose_sudo, len(ids), len(ids) - len(agreed))
        return agreed if purpose_sudo.enforcement == "enforce" else ids

    @api.model
    def _agreed(self, purpose, partner_ids):
        """Whom the purpose's basis and people's own choices allow us to act on, whatever is enforced.

        :param purpose: one ``unicdo.purpose`` record
        :param set partner_ids: ids of partners
        :return: set of partner ids
        """
        if purpose.basis == "consent":
            return self._partners_in_state(purpose, partner_ids, ALLOWING)
        if purpose.basis in OBJECTABLE:
            return partner_ids - self._partners_in_state(purpose, partner_ids, STOPPING)
        return partner_ids

    @api.model
    def _partners_in_state(self, purpose, partner_ids, states):
        self.flush_model()
        self.env["unicdo.subject"].flush_model(["partner_id"])
        self.env.cr.execute(SQL(
            """
            SELECT s.partner_id
              FROM unicdo_consent c JOIN unicdo_subject s ON s.id = c.subject_id
             WHERE c.purpose_id = %(purpose)s AND c.state IN %(states)s
               AND (c.valid_until IS NULL OR c.valid_until > %(now)s)
               AND s.partner_id = ANY(%(partners)s)
            """,
            purpose=purpose.id, states=states, now=fields.Datetime.now(), partners=list(partner_ids),
        ))
        return {row[0] for row in self.env.cr.fetchall()}

    @api.model
    def _count(self, purpose, asked, stopped):
        """Note how many a purpose stopped, or would have; nothing while the database is only read."""
        if stopped and not self.env.cr.readonly:
            self.env["unicdo.enforcement.count"].sudo().create({
                "purpose_id": purpose.id, "mode": purpose.enforcement, "asked": asked, "stopped": stopped,
            })

    @api.model
    def _current(self, purpose, subject):
        """The current choice of a subject that stands for somebody without naming them, see ``unicdo.purpose.kept_apart``.

        Always enforced: whoever acts on the data asks for it each time.

        :param purpose: one ``unicdo.purpose`` record
        :param subject: one ``unicdo.subject`` record, or none
        :return: ``unicdo.consent``, in sudo; none where nothing was chosen
        """
        domain = [("subject_id", "=", subject.id), ("purpose_id", "=", purpose.id)]
        return self.sudo().search(domain, limit=1) if subject else self.sudo()

    def _allows(self):
        """Whether this current choice lets us act now: given, and not over."""
        consents = self.filtered(lambda consent: consent.state in ALLOWING and consent.purpose_id.active)
        now = fields.Datetime.now()
        return bool(consents) and all(not consent.valid_until or consent.valid_until > now for consent in consents)

    @api.model
    def _state_of(self, partner):
        """The current choices of one person.

        :return: dict of purpose key → ``unicdo.consent`` record, in sudo
        """
        consents_sudo = self.sudo().search([("subject_id.partner_id", "=", partner.id)])
        return {consent.purpose_id.key: consent for consent in consents_sudo}

    # ------------------------------------------------------------------ recording

    @api.model
    def _record_choices(self, choices, channel, trace=None):
        """Record what many people chose, each with its proof, and bring their current state up to date.

        An import never overrides what a person decided, and being asked never overrides anything.

        :param list choices: dicts with ``purpose`` (key), ``what`` (one of ``CHOICES``), and ``partner_id`` or
            ``subject_id`` (neither: an anonymous refusal); at will ``text_id`` or ``version_id`` (what they saw),
            ``occurred_on`` (UTC, default now), ``origin``, ``source_event_id``, ``unnamed`` (nor is it kept who did it)
        :param str channel: one of the channels of ``unicdo.consent.event``
        :param dict trace: ``address`` and ``user_agent`` from where it came, kept apart from the proof
        :return: the events, in sudo
        :raise UserError: a choice that its purpose does not offer
        """
        self._check_choices(choices)
        subjects = self.env["unicdo.subject"]._for_partners({c["partner_id"] for c in choices if c.get("partner_id")})
        rows = [self._prepare_event(choice, channel) for choice in choices]
        for row, choice in zip(rows, choices, strict=True):
            row["subject_id"] = subjects.get(choice.get("partner_id")) or choice.get("subject_id")
        events_sudo = self._insert_events(rows, trace)
        self._refresh(SQL("e.id = ANY(%s)", events_sudo.ids))
        return events_sudo

    @api.model
    def _choose(self, partner, purpose, what, shown, channel, trace=None):
        """Record what a person just chose on a page, with the text that stood there.

        Saying yes needs the very text that applies now; saying no is never refused over a text.

        :param partner: one ``res.partner`` record
        :param purpose: one consent purpose, in the language of the page
        :param str what: "given", "refused" or "withdrawn"; taking back what was given is always noted as withdrawn
        :param str shown: hash of the text the page showed
        :return: False when the text has changed and nothing was recorded
        """
        if what == "given" and shown != purpose._notice_hash():
            return False
        consent = self._state_of(partner).get(purpose.key)
        state = consent.state if consent else None
        over = bool(consent and consent.valid_until and consent.valid_until <= fields.Datetime.now())
        if (state == "given" and not over) if what == "given" else (state in STOPPING):
            return True
        if what != "given":
            what = "withdrawn" if state in ALLOWING else "refused"
        text = self.env["unicdo.purpose.text"].with_context(lang=purpose.env.lang)._keep(purpose)
        self._record_choices(
            [{"purpose": purpose.key, "what": what, "partner_id": partner.id, "text_id": text.id}], channel, trace
        )
        return True

    @api.model
    def _record_policy_act(self, partner, what, version, channel, trace=None):
        """Record that a person acknowledged, accepted or went on under a policy version. Never a consent.

        :param partner: one ``res.partner`` record
        :param str what: one of ``POLICY_ACTS``
        :param version: one ``unicdo.policy.version`` record
        :return: the event, in sudo
        """
        subject_sudo = self.env["unicdo.subject"]._for_partner(partner)
        row = self._prepare_event({"what": what, "version_id": version.id}, channel)
        return self._insert_events([row | {"subject_id": subject_sudo.id}], trace)

    @api.model
    def _check_choices(self, choices):
        purposes = self.env["unicdo.purpose"].sudo()
        asked = {key: purposes._by_key(key) for key in {choice["purpose"] for choice in choices}}
        bases = {key: purpose.basis for key, purpose in asked.items()}
        for choice in choices:
            if asked[choice["purpose"]].kept_apart and choice.get("partner_id"):
                raise UserError(self.env._(
                    "Only the person decides about this purpose, on their own page: who chose what is kept apart."
                ))
            objects = choice["what"] == "objected"
            offered = bases[choice["purpose"]] in (OBJECTABLE if objects else ("consent",))
            if not offered or choice["what"] not in STRICTNESS:
                raise UserError(self.env._(
                    "This purpose rests on another lawful basis: that choice does not exist for it. Look at the "
                    "purpose’s lawful basis under Privacy, Consent, Purposes."
                ))

    @api.model
    def _prepare_event(self, choice, channel):
        row = {column: choice.get(column) for column in EVENT_COLUMNS}
        row["occurred_on"] = row["occurred_on"] or fields.Datetime.now()
        row["purpose_key"] = choice.get("purpose")
        row["channel"] = channel
        row["actor_id"] = SUPERUSER_ID if choice.get("unnamed") else self.env.uid
        return row

    @api.model
    def _insert_events(self, rows, trace):
        """Write events in one statement; the table has no ORM side effects, and ``create`` costs several times more."""
        self.env["unicdo.subject"].flush_model()
        values = [tuple(row[column] for column in EVENT_COLUMNS) for row in rows]
        ids = insert_rows(self.env.cr, "unicdo_consent_event", EVENT_COLUMNS, values)
        events_sudo = self.env["unicdo.consent.event"].sudo().browse(ids)
        if trace:
            origin = (trace.get("address"), (trace.get("user_agent") or "")[:512])
            insert_rows(self.env.cr, "unicdo_consent_event_trace", TRACE_COLUMNS, [(id_, *origin) for id_ in ids])
        return events_sudo

    # ------------------------------------------------------------------ deriving

    @api.model
    def _refresh(self, which_events):
        """Derive the current state from some events, on top of what is there.

        A decision outranks an import, and an import outranks a mere question; within a rank the later event wins.

        :param SQL which_events: condition on ``unicdo_consent_event e``
        """
        self.flush_model()
        self.env["unicdo.purpose"].flush_model(["key", "valid_months"])
        self.env.cr.execute(SQL(
            """
            INSERT INTO unicdo_consent AS c (subject_id, purpose_id, state, since, valid_until, event_id)
            SELECT DISTINCT ON (e.subject_id, p.id) e.subject_id, p.id, e.what, e.occurred_on,
                   CASE WHEN e.what IN %(allowing)s AND p.valid_months > 0
                        THEN e.occurred_on + make_interval(months => p.valid_months) END,
                   e.id
              FROM unicdo_consent_event e
              JOIN unicdo_purpose p ON p.key = e.purpose_key
              JOIN unicdo_subject s ON s.id = e.subject_id AND s.merged_into_id IS NULL
             WHERE %(which)s
             ORDER BY e.subject_id, p.id, %(event_rank)s DESC, e.id DESC
            ON CONFLICT (subject_id, purpose_id) DO UPDATE
               SET state = EXCLUDED.state, since = EXCLUDED.since, valid_until = EXCLUDED.valid_until,
                   event_id = EXCLUDED.event_id
             WHERE (%(new_rank)s, EXCLUDED.event_id) > (%(old_rank)s, c.event_id)
            """,
            allowing=ALLOWING, which=which_events,
            event_rank=self._rank(SQL("e.what")), new_rank=self._rank(SQL("EXCLUDED.state")),
            old_rank=self._rank(SQL("c.state")),
        ))
        self.invalidate_model()

    @api.model
    def _rank(self, column):
        return SQL("CASE %s WHEN 'asked' THEN 0 WHEN 'imported' THEN 1 ELSE 2 END", column)

    @api.model
    def _rebuild(self):
        """Forget the current states and derive them anew from all events; the result is the same."""
        self.flush_model()
        self.env.cr.execute("DELETE FROM unicdo_consent")
        self._refresh(SQL("true"))

    @api.model
    def _carry(self, others, keeper, channel):
        """Let the stricter of several profiles' choices count for the one that stays. Called by ``unicdo.subject``.

        :param others: subjects that will be merged into ``keeper``; their own current states go
        """
        consents_sudo = self.sudo()
        kept = {consent.purpose_id: consent for consent in consents_sudo.search([("subject_id", "=", keeper.id)])}
        carried = consents_sudo.search([("subject_id", "in", others.ids)])
        strictest = {}
        for consent in carried:
            rival = strictest.get(consent.purpose_id) or kept.get(consent.purpose_id)
            if not rival or STRICTNESS.index(consent.state) > STRICTNESS.index(rival.state):
                strictest[consent.purpose_id] = consent
        events_sudo = self.env["unicdo.consent.event"].sudo()
        choices = []
        for purpose, consent in strictest.items():
            source = events_sudo.browse(consent.event_id)
            choices.append({
                "purpose": purpose.key, "subject_id": keeper.id, "what": consent.state,
                "text_id": source.text_id or None, "version_id": source.version_id or None,
                "occurred_on": source.occurred_on, "source_event_id": source.id,
            })
        carried.unlink()
        if choices:
            self._insert_carried(choices, channel)

    @api.model
    def _insert_carried(self, choices, channel):
        """Carried choices are not checked again: the purpose's basis may have changed since they were made."""
        rows = [self._prepare_event(choice, channel) for choice in choices]
        self._refresh(SQL("e.id = ANY(%s)", self._insert_events(rows, None).ids))

    @api.autovacuum
    def _gc_expired(self):
        """Say in the events that consents given for a limited time are over; ``_may`` knew it at that instant."""
        due = self.sudo().search(
            [("valid_until", "<=", fields.Datetime.now()), ("state", "in", ALLOWING)], limit=10000
        )
        choices = [
            {"purpose": row.purpose_id.key, "subject_id": row.subject_id.id, "what": "expired"} for row in due
        ]
        self._insert_carried(choices, "system")
