# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import json
import re

from psycopg2.errors import LockNotAvailable

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import SQL

from ..tools.separately import fresh_cursor

KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


class UnicdoLedgerEvent(models.Model):
    """Who did what to whose data. Rows only come; blocks make it visible when one changes or goes.

    Subjects stand as keyed digests, whose key goes with the subject. Actors stand as ids; their names are kept beside,
    in ``unicdo.ledger.actor``, for as long as the ledger.
    """

    _name = "unicdo.ledger.event"
    _inherit = ["unicdo.append.only"]
    _description = "Audit Event"
    _log_access = False
    _order = "id desc"
    _rec_name = "what"

    kind = fields.Char("Technical kind", required=True, readonly=True)
    what = fields.Char(compute="_compute_what", search="_search_what")
    happened_at = fields.Datetime("When", required=True, readonly=True)
    # a bare number: a foreign key would block deleting users, or would have to be emptied
    actor_uid = fields.Integer("User id", readonly=True)
    actor = fields.Char("Who", compute="_compute_actor")
    subject = fields.Char("Subject's digest", readonly=True)
    res_model = fields.Char("Technical model", readonly=True)
    model_name = fields.Char("Kind of record", compute="_compute_texts")
    res_ids = fields.Json("Records", readonly=True)
    detail = fields.Json(readonly=True)
    res_ids_text = fields.Char("Record ids", compute="_compute_texts")
    detail_text = fields.Char("Details", compute="_compute_texts")
    block = fields.Integer("Sealed in block", compute="_compute_block", help="0 while it waits to be sealed.")

    _kind_idx = models.Index("(kind, happened_at)")
    _subject_idx = models.Index("(subject) WHERE subject IS NOT NULL")

    @api.depends("actor_uid")
    def _compute_actor(self):
        names = self.env["unicdo.ledger.actor"].sudo()._names(self.mapped("actor_uid"))
        for event in self:
            event.actor = names.get(event.actor_uid, "")

    @api.depends("kind")
    def _compute_what(self):
        names = self._kind_names()
        for event in self:
            event.what = names.get(event.kind, event.kind)

    @api.model
    def _search_what(self, operator, value):
        if operator not in ("ilike", "in"):
            return NotImplemented
        names = self._kind_names()
        if operator == "in":
            found = [kind for kind, name in names.items() if name in value]
        else:
            found = [kind for kind, name in names.items() if value.lower() in name.lower()]
        return Domain("kind", "in", found) | Domain("kind", operator, value)

    @api.depends("res_model", "res_ids", "detail")
    def _compute_texts(self):
        model_sudo = self.env["ir.model"].sudo()
        names = self._detail_names()
        for event in self:
            event.model_name = model_sudo._get(event.res_model).name or event.res_model
            event.res_ids_text = ", ".join(str(res_id) for res_id in event.res_ids or ())
            event.detail_text = ", ".join(
                f"{names.get(key, key)}: {self._detail_value(key, value)}" for key, value in (event.detail or {}).items()
            )

    @api.model
    def _kind_names(self):
        """Kinds of events in words for people. Modules with kinds of their own widen it with ``super() | {…}``.

        :return: dict kind → a few words; a kind without words is shown as it is
        """
        _ = self.env._
        return {
            "adequacy.changed": _("Adequacy decision changed"),
            "append_only.lifted": _("Protection of a table lifted"),
            "consent.recorded": _("Choice of a person recorded"),
            "ledger.cut": _("Blocks of the ledger are missing"),
            "oauth.ended": _("Connection to a provider ended"),
            "oauth.expired": _("Connections removed after two days"),
            "policy.published": _("Policy published"),
            "project.content_gone": _("Project content removed"),
            "project.removal": _("Removal of a project begun"),
            "purpose.enforcement": _("Enforcement of a purpose changed"),
            "recheck.passed": _("Identity confirmed"),
            "recheck.refused": _("Identity not confirmed"),
            "role.confirmed": _("Member of a role confirmed"),
            "role.effective": _("Role took effect"),
            "role.ended": _("Role ended"),
            "role.granted": _("Role granted"),
            "role.named": _("Officer named by an administrator"),
            "role.requested": _("Role requested"),
            "role.suspended": _("Role suspended"),
            "sign_in.changed": _("Way to sign in changed"),
            "tokens.switched_off": _("Tokens of an app are kept in clear again"),
            "tokens.switched_on": _("Tokens of an app are protected"),
            "vault.renewed": _("Copy got a new vault"),
            "vault.taken_over": _("Vault taken over by this database"),
        } | self._provider_kind_names()

    @api.model
    def _provider_kind_names(self):
        """The kinds of events about the register of service providers, see :meth:`_kind_names`."""
        _ = self.env._
        return {
            "provider.active": _("Service provider in use"),
            "provider.announced": _("Service provider announced"),
            "provider.attested": _("Attestation of a service provider changed"),
            "provider.changed": _("Service provider changed"),
            "provider.created": _("Service provider registered"),
            "provider.deleted": _("Draft of a service provider deleted"),
            "provider.draft": _("Service provider back in draft"),
            "provider.ended": _("Service provider ended"),
            "provider.evaluated": _("Service provider evaluated"),
            "provider.reviewed": _("Service provider reviewed"),
        }

    @api.model
    def _detail_names(self):
        """Keys of details in words for people. Modules with keys of their own widen it with ``super() | {…}``.

        :return: dict key → word; a key without words is shown as it is
        """
        _ = self.env._
        return {
            "action": _("In order to"), "count": _("How many"), "ends_at": _("Last block"), "expected": _("Block expected"),
            "from": _("From"),
            "group": _("Role"), "kind": _("Kind"), "number": _("Version"), "purpose": _("Purpose"), "reason": _("Reason"),
            "table": _("Table"), "texts": _("SHA-256"), "to": _("To"), "what": _("What"),
        }

    @api.model
    def _detail_value(self, key, value):
        """A detail as people read it: lists in a row, roles and actions by their names."""
        if key == "group" and (group := self.env.ref(value or "", raise_if_not_found=False)):
            return group.sudo().display_name
        if key == "action":
            return self.env["unicdo.recheck"]._label(value) or value
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def _compute_block(self):
        leaves_sudo = self.env["unicdo.ledger.leaf"].sudo().search([("event_id", "in", self.ids)])
        blocks = {leaf.event_id: leaf.block for leaf in leaves_sudo}
        for event in self:
            event.block = blocks.get(event.id, 0)

    @api.model
    def _record(self, kind, subject=None, model=None, res_ids=(), detail=None, separate=False, unnamed=False):
        """Note what happened. One INSERT that waits for nobody.

        :param str kind: dotted word such as ``dsar.download``
        :param subject: the person it is about: a ``unicdo.subject`` or a ``res.partner`` record
        :param str model: model of the records touched
        :param res_ids: their ids
        :param dict detail: JSON values that name nobody: no names, addresses, numbers of people
        :param bool separate: write it in a transaction of its own, which stays when the present one is rolled back: for
            refused attempts and for reads. Works in read-only requests
        :param bool unnamed: keep it to oneself who did it, where that alone would tell what a person chose
        :return: number of the event; None if it was written in a transaction of its own
        """
        if not KIND.fullmatch(kind):
            raise ValueError("The kind of an audit event is a dotted word")
        values = {
            "kind": kind,
            "actor_uid": SUPERUSER_ID if unnamed else self._acting_uid(),
            "res_model": model,
            "res_ids": json.dumps(sorted(res_ids)) if res_ids else None,
            "detail": json.dumps(detail) if detail else None,
        }
        if separate:
            return self._insert_separately(values, subject)
        return self._insert(values | {"subject": self._digest_of(subject)})

    @api.model
    def _acting_uid(self):
        """The person behind the request, also where code runs as somebody else."""
        return (request and request.session.uid) or self.env.uid

    @api.model
    def _digest_of(self, subject):
        if subject and subject._name == "res.partner":
            subject = self.env["unicdo.subject"]._for_partner(subject)
        return (subject and subject._digest()) or None

    @api.model
    def _insert(self, values):
        now = fields.Datetime.now()
        values = values | {"happened_at": now}
        self.env.cr.execute(SQL(
            "INSERT INTO unicdo_ledger_event (%s) VALUES (%s) RETURNING id",
            SQL(", ").join(SQL.identifier(name) for name in values),
            SQL(", ").join(SQL("%s", value) for value in values.values()),
        ))
        return self.env.cr.fetchone()[0]

    @api.model
    def _insert_separately(self, values, subject):
        with fresh_cursor(self.env) as cr:
            event = self.with_env(self.env(cr=cr))
            # this person's row may be locked by the transaction that waits for us here
            cr.execute("SET LOCAL lock_timeout = '2s'")
            digest = None
            with contextlib.suppress(LockNotAvailable), cr.savepoint():
                digest = event._digest_of(subject and subject.with_env(event.env).exists())
            event._insert(values | {"subject": digest})

    @api.model
    def _of_subject(self, subject):
        """The events about one person, newest first.

        :param subject: one ``unicdo.subject`` record
        """
        digest = subject._digest()
        return self.search([("subject", "=", digest)]) if digest else self.browse()

    @api.model
    def _verify(self):
        """Check the whole ledger, see ``unicdo.ledger.block._verify``."""
        return self.env["unicdo.ledger.block"]._verify()
