# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from dataclasses import dataclass, field, replace

from odoo import api, models, tools
from odoo.tools import SQL

from .. import catalogue
from ..catalogue.source import RETENTION, SECRET, Email, Link, Owned, Part, Phone, Reference, path_fields
from ..tools import matching

#: Models whose rows stand for a person; a link to one of them is a link to a person.
PERSON_MODELS = (
    "res.partner", "res.users", "hr.employee", "hr.applicant", "mail.guest", "mailing.contact", "website.visitor",
)
#: Child addresses that are the person's own; other kinds of children are other people.
OWN_ADDRESSES = ("invoice", "delivery")
#: So many other contacts with the same number, and it says nothing about any of them.
SHARED_LINE = 5
_ADDRESS_COLUMN = re.compile(r"e_?mail|phone|mobile|(^|_)(fax|tel)(_|$)")
CERTAIN, ACTED, DOUBTFUL = range(3)


@dataclass(frozen=True)
class Identity:
    """Who a person is in this database; addresses and numbers in every spelling databases use.

    ``shared_emails``: the part of ``emails`` that stands with another person too; ``claimed_emails``: the part that only
    the person says is theirs, see :meth:`UnicdoDataMap._claimed`.
    """

    partner_ids: tuple = ()
    user_ids: tuple = ()
    emails: tuple = ()
    phones: tuple = ()
    shared_emails: tuple = ()
    claimed_emails: tuple = ()

    @property
    def proven_emails(self):
        """The addresses that did not come from the person alone."""
        return [email for email in self.emails if email not in self.claimed_emails]

    @property
    def sole_emails(self):
        """The proven addresses nobody else has."""
        return [email for email in self.proven_emails if email not in self.shared_emails]


@dataclass
class Found:
    """Row ids of one source, ascending: certainly about the person, only acted on by them, to be judged by a person."""

    ids: list = field(default_factory=list)
    acted: list = field(default_factory=list)
    doubtful: list = field(default_factory=list)


class UnicdoDataMap(models.AbstractModel):
    """Where personal data stands, and how to find one person's (GOV-1, DESIGN 2)."""

    _name = "unicdo.data.map"
    _description = "Data Map"

    def init(self):
        """Make the immutable functions that our indexes stand on."""
        self.env.cr.execute("SELECT quote_ident(current_schema)")
        schema = self.env.cr.fetchone()[0]
        for definition in matching.SQL_FUNCTIONS.values():
            self.env.cr.execute(definition.replace("@schema@", schema))

    # Sources

    @api.model
    def _catalogue(self):
        """All sources known, whether their model is installed or not.

        Hook: widen by ``super()._catalogue() + [source(…)]``; a later source replaces one of the same key.
        """
        return list(catalogue.SOURCES)

    @api.model
    def _exemptions(self):
        """Models that have a link but hold nobody's data: {model: reason}. Hook: widen by ``super() | {…}``."""
        return dict(catalogue.EXEMPT)

    @api.model
    def _kept_apart(self):
        """What nobody but the person may find, and no copy that staff prepare holds: it would tell whether there is any.

        Such data stands under a keyed digest, see ``unicdo.purpose.kept_apart``, so there is no path to it and no source
        for it: :meth:`_find` and :meth:`_count` are methods, which code typed into the database reaches, and of a request
        staff see where data was found, how large the copy is and how many files it has. The person gets it on a page of
        their own instead; copies and "What we hold" say so to everybody in the same words, whether there is any or not.

        Hook: widen by ``super() + [{…}]``; called when such a page is made.

        :return: list of dicts ``key`` (unique word), ``category`` (key of ``CATEGORIES``), ``title``, ``text`` (what it is
            and how to get it), ``url`` (local path of that page)
        """
        return []

    @api.model
    @tools.ormcache()
    def _sources(self):
        """The sources of this registry: {key: Source}, cut down to models and fields that exist. Do not change it."""
        known = [found for found in self._catalogue() if self._is_stored(found.model)]
        by_key = {found.key: found for found in known}
        by_key.update({found.key: found for found in self.env["unicdo.source.decision"]._decided_sources(known)})
        fitted = {key: self._fit(found) for key, found in by_key.items()}
        return {key: found for key, found in fitted.items() if found.paths}

    @api.model
    def _is_stored(self, model_name):
        """Whether a model has rows of its own that last; some make their table by hand (API keys)."""
        model = self.env.get(model_name)
        if model is None or model._abstract or model._transient:
            return False
        return model._auto or model._table in self._plain_tables()

    @api.model
    @tools.ormcache()
    def _plain_tables(self):
        """Names of the tables in this database, without views."""
        self.env.cr.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema::regnamespace"
        )
        return frozenset(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _fit(self, found):
        """A source without the fields and paths that this registry does not have, and without secrets."""
        fields_here = self.env[found.model]._fields

        def known(names):
            return tuple(name for name in names if name in fields_here and not SECRET.search(name))

        return replace(
            found,
            paths=tuple(path for path in found.paths if self._path_exists(fields_here, path)),
            fields=known(found.fields),
            provided=known(found.provided),
            redact=known(found.redact),
            review=found.review if found.review == ("*",) else known(found.review),
        )

    @api.model
    def _path_exists(self, fields_here, path):
        if isinstance(path, Owned):
            return True
        if isinstance(path, Link):
            return bool(self._chain(fields_here, path.chain))
        return all(name in fields_here and fields_here[name].store for name in path_fields(path))

    @api.model
    def _chain(self, fields_here, chain):
        """The field objects along a dotted chain; empty when one is missing or not stored."""
        steps = []
        for name in chain.split("."):
            step = fields_here.get(name)
            if step is None or not step.store:
                return []
            steps.append(step)
            fields_here = self.env[step.comodel_name]._fields if step.comodel_name else {}
        return steps

    # Identity

    @api.model
    def _identity(self, partner):
        """Who a person is: the contact, its users, its own delivery and invoice addresses; never employer or namesake.

        :param partner: one ``res.partner`` record
        :return: :class:`Identity`; empty for partners that stand for nobody (public visitors, the system)
        """
        partner_sudo = partner.sudo().with_context(active_test=False)
        partner_sudo.ensure_one()
        users_sudo = partner_sudo.user_ids
        if partner_sudo == self.env.ref("base.partner_root") or any(user._is_public() for user in users_sudo):
            return Identity()
        children_sudo = partner_sudo.search(
            [("parent_id", "=", partner_sudo.id), ("type", "in", OWN_ADDRESSES), ("user_ids", "=", False)]
        )
        emails = {
            spelling for text in (partner_sudo.email, *users_sudo.mapped("login")) for spelling in self._spellings(text)
        }
        emails.update(filter(None, [partner_sudo.email_normalized]))
        phones = self._phones(partner_sudo)
        ids = tuple(sorted((partner_sudo | children_sudo).ids))
        return Identity(
            partner_ids=ids,
            user_ids=tuple(sorted(users_sudo.ids)),
            emails=tuple(sorted(emails)),
            phones=phones,
            shared_emails=self._shared(emails, ids),
            claimed_emails=self._claimed(emails, partner_sudo),
        )

    @api.model
    def _spellings(self, text):
        return {
            spelling
            for address in matching.addresses(text) or [text]
            for spelling in matching.variants(address)
        }

    @api.model
    def _claimed(self, emails, partner_sudo):
        """Which of these addresses rest on the person's word alone: anybody may type any address into a portal account.

        That is a contact's address last written, or a sign-in name made, by a portal user or visitor or by the person.
        What is found by such an address only is judged by a person before it is handed out.
        """
        users_sudo = partner_sudo.user_ids
        writer_sudo = self._last_writer(partner_sudo, "email")
        outsiders_sudo = (users_sudo.create_uid | writer_sudo).filtered("share") | users_sudo
        texts = [user.login for user in users_sudo if user.create_uid not in outsiders_sudo]
        if writer_sudo not in outsiders_sudo:
            texts += [partner_sudo.email, partner_sudo.email_normalized]
        proven = {spelling for text in texts for spelling in self._spellings(text)}
        return tuple(sorted(emails - proven))

    @api.model
    def _last_writer(self, partner_sudo, field_name):
        """Who last changed a tracked field of a contact; who made the contact, if nobody changed it since."""
        self.env.cr.execute(SQL(
            """
            SELECT m.create_uid FROM mail_message m
              JOIN mail_tracking_value v ON v.mail_message_id = m.id
              JOIN ir_model_fields f ON f.id = v.field_id
             WHERE m.model = 'res.partner' AND m.res_id = %s AND f.model = 'res.partner' AND f.name = %s
             ORDER BY v.id DESC LIMIT 1
            """,
            partner_sudo.id, field_name,
        ))
        row = self.env.cr.fetchone()
        return partner_sudo.env["res.users"].browse(row[0] or ()) if row else partner_sudo.create_uid

    @api.model
    def _phones(self, partner_sudo):
        """The person's numbers; none where it is a switchboard's, which many contacts share."""
        code = partner_sudo.country_id.phone_code
        texts = [partner_sudo.phone, partner_sudo["phone_sanitized"] if "phone_sanitized" in partner_sudo else ""]
        numbers = sorted({number for text in texts for number in matching.phone_variants(text, code)})
        if not numbers:
            return ()
        self.env["res.partner"].flush_model(["phone"])
        self.env.cr.execute(SQL(
            "SELECT id FROM res_partner WHERE unicdo_phone(phone) = ANY(%s) AND id <> %s LIMIT %s",
            numbers, partner_sudo.id, SHARED_LINE,
        ))
        return () if self.env.cr.rowcount == SHARED_LINE else tuple(numbers)

    @api.model
    def _shared(self, emails, partner_ids):
        """Which of these addresses somebody else has too: a shared mailbox, or two people of one address."""
        if not emails:
            return ()
        self.env["res.partner"].flush_model(["email", "email_normalized"])
        self.env["res.users"].flush_model(["login", "partner_id"])
        self.env.cr.execute(SQL(
            """
            SELECT email_normalized FROM res_partner WHERE email_normalized = ANY(%(emails)s) AND id <> ALL(%(ids)s)
            UNION SELECT unicdo_email(email) FROM res_partner
                   WHERE unicdo_email(email) = ANY(%(emails)s) AND id <> ALL(%(ids)s)
            UNION SELECT lower(login) FROM res_users WHERE login = ANY(%(emails)s) AND partner_id <> ALL(%(ids)s)
            """,
            emails=sorted(emails), ids=list(partner_ids),
        ))
        shared = {row[0] for row in self.env.cr.fetchall()}
        related = {matching.normalise(email) for email in shared}
        return tuple(email for email in sorted(emails) if email in shared or matching.normalise(email) in related)

    # Finding

    @api.model
    def _find(self, partner, keys=None):
        """All rows of one person, by exact matching, archived ones and all companies included (DSR-1, DSR-3).

        The caller checks who may ask. One query per source; a row shows under the first source of its model only.

        :param partner: one ``res.partner`` record
        :param keys: source keys to look at, all when None
        :return: {key: :class:`Found`} in the order of the catalogue, for every source asked for
        """
        # each query reads a few rows by index; parallel workers and compiled code would take longer to start than it takes
        self.env.cr.execute("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off")
        sources = self._sources()
        identity = self._identity(partner)
        wanted = [key for key in sources if keys is None or key in keys]
        if not identity.partner_ids:
            return {key: Found() for key in wanted}
        self.env.flush_all()
        found = {}
        for key in self._search_order(tuple(wanted)):
            found[key] = self._find_rows(sources[key], identity, found)
        return {key: found[key] for key in wanted}

    @api.model
    def _count(self, partner):
        """How many rows of each source are certainly about the person: {key: number}, without empty ones."""
        return {key: len(rows.ids) for key, rows in self._find(partner).items() if rows.ids}

    @api.model
    @tools.ormcache("keys")
    def _search_order(self, keys):
        """These sources and those they depend on, each after what it depends on."""
        sources = self._sources()
        order = []

        def visit(key, above=()):
            if key in order or key in above:
                return
            for needed in self._needs(sources[key], sources):
                visit(needed, (*above, key))
            order.append(key)

        for key in keys:
            visit(key)
        return tuple(order)

    @api.model
    def _needs(self, asked, sources):
        """Keys of the sources whose rows must be known first."""
        needed = []
        for other in sources.values():
            if other.key == asked.key:
                break
            if other.model == asked.model:
                needed.append(other.key)
        for path in asked.paths:
            if isinstance(path, Reference):
                needed += self._carriers()
            elif isinstance(path, Part):
                needed += self._parents(asked, path)
            elif isinstance(path, Owned) and path.of in sources:
                needed.append(path.of)
        return needed

    @api.model
    @tools.ormcache()
    def _carriers(self):
        """Keys of the sources whose rows carry messages, files and activities, and are not carried themselves."""
        sources = self._sources()
        return tuple(
            key for key, found in sources.items()
            if found.carries and not any(isinstance(path, Reference) for path in found.paths)
            and not any(
                isinstance(step, Reference)
                for path in found.paths if isinstance(path, Part)
                for parent in self._parents(found, path)
                for step in sources[parent].paths
            )
        )

    @api.model
    def _parents(self, child, path):
        """Keys of the sources that a ``Part`` path leads to."""
        comodel = self.env[child.model]._fields[path.field].comodel_name
        return [
            found.key for found in self._sources().values()
            if found.key != child.key and (found.key in path.of if path.of else found.model == comodel)
        ]

    @api.model
    def _find_rows(self, asked, identity, found):
        """The rows of one source, given those of the sources it depends on."""
        branches = [branch for path in asked.paths for branch in self._branches(asked, path, identity, found)]
        if not branches:
            return Found()
        self.env.cr.execute(SQL(" UNION ALL ").join(branches))
        kinds = {CERTAIN: set(), ACTED: set(), DOUBTFUL: set()}
        for row_id, kind in self.env.cr.fetchall():
            kinds[kind].add(row_id)
        sources = self._sources()
        seen = {row_id for key, rows in found.items() if sources[key].model == asked.model for row_id in rows.ids}
        certain = self._within_domain(asked, kinds[CERTAIN] - seen)
        doubtful = self._within_domain(asked, kinds[DOUBTFUL] - kinds[CERTAIN] - seen)
        acted = self._within_domain(asked, kinds[ACTED] - kinds[CERTAIN] - kinds[DOUBTFUL] - seen)
        return Found(sorted(certain), sorted(acted), sorted(doubtful))

    @api.model
    def _within_domain(self, asked, ids):
        if not asked.domain or not ids:
            return ids
        model_sudo = self.env[asked.model].sudo().with_context(active_test=False)
        return set(model_sudo._search([*asked.domain, ("id", "in", list(ids))]))

    @api.model
    def _branches(self, asked, path, identity, found):
        """The queries, each giving (id, kind), that follow one path; none where the person has nothing to match."""
        if isinstance(path, Link):
            return self._link_branches(asked, path, identity)
        if isinstance(path, Email):
            return self._email_branches(asked, path, identity)
        if isinstance(path, Phone):
            return self._phone_branches(asked, path, identity)
        if isinstance(path, Reference):
            return self._reference_branches(asked, path, found)
        if isinstance(path, Part):
            return self._part_branches(asked, path, found)
        return self._owned_branches(asked, path, found)

    def _select(self, asked, condition, kind):
        return SQL("SELECT t.id, %s FROM %s t WHERE %s", kind, SQL.identifier(self.env[asked.model]._table), condition)

    @api.model
    def _link_branches(self, asked, path, identity):
        steps = self._chain(self.env[asked.model]._fields, path.chain)
        model_name = steps[-1].comodel_name or steps[-1].model_name
        ids = {"res.partner": identity.partner_ids, "res.users": identity.user_ids}.get(model_name)
        if not ids:
            return []
        condition = self._ends_in(steps[-1], list(ids), "t" if len(steps) == 1 else None)
        for number in range(len(steps) - 2, -1, -1):
            column = SQL.identifier("t", steps[number].name) if not number else SQL.identifier(steps[number].name)
            table = SQL.identifier(self.env[steps[number + 1].model_name]._table)
            condition = SQL("%s IN (SELECT id FROM %s WHERE %s)", column, table, condition)
        return [self._select(asked, condition, CERTAIN if path.about else ACTED)]

    @api.model
    def _ends_in(self, step, ids, alias):
        """The condition that a field of a table names one of these ids."""
        if step.type == "many2many":
            return SQL(
                "%s IN (SELECT %s FROM %s WHERE %s = ANY(%s))",
                SQL.identifier(alias, "id") if alias else SQL.identifier("id"),
                SQL.identifier(step.column1), SQL.identifier(step.relation), SQL.identifier(step.column2), ids,
            )
        return SQL("%s = ANY(%s)", SQL.identifier(alias, step.name) if alias else SQL.identifier(step.name), ids)

    @api.model
    def _email_branches(self, asked, path, identity):
        if not identity.emails:
            return []
        if not path.about:
            return [self._select(asked, self._email_condition(path, identity.proven_emails), ACTED)]
        matches = self._email_condition(path, list(identity.emails))
        certain = self._email_condition(path, identity.sole_emails)
        owner = self.env[asked.model]._fields.get(path.owner)
        if owner and owner.store and not path.many and (owner.comodel_name == "res.partner" or path.owner == "id"):
            column = SQL.identifier("t", path.owner)
            # No EXISTS: PostgreSQL would hash the whole table of contacts for it.
            certain = SQL(
                "%s AND (%s IS NULL OR %s = ANY(%s) OR (SELECT o.is_company FROM res_partner o WHERE o.id = %s))",
                certain, column, column, list(identity.partner_ids), column,
            )
        return [self._select(asked, matches, SQL("CASE WHEN %s THEN %s ELSE %s END", certain, CERTAIN, DOUBTFUL))]

    @api.model
    def _email_condition(self, path, emails):
        column = SQL.identifier("t", path.field)
        if path.many:
            return SQL("unicdo_emails(%s) && %s::text[]", column, emails)
        expression = column if path.normal else SQL("unicdo_email(%s)", column)
        return SQL("%s = ANY(%s::text[])", expression, emails)

    @api.model
    def _phone_branches(self, asked, path, identity):
        if not identity.phones:
            return []
        matches = SQL("unicdo_phone(%s) = ANY(%s::text[])", SQL.identifier("t", path.field), list(identity.phones))
        return [self._select(asked, matches, DOUBTFUL if path.about else ACTED)]

    @api.model
    def _passed_on(self, key, found):
        """The rows of a source that make other rows the person's: (ids, kind) pairs.

        Another contact of the same address is doubtful, but what stands on it is not looked at before somebody has
        decided that both are one person, and merged them.
        """
        rows = found.get(key, Found())
        doubtful = [] if self._sources()[key].model in ("res.partner", "res.users") else rows.doubtful
        return (rows.ids, CERTAIN), (doubtful, DOUBTFUL)

    @api.model
    def _reference_branches(self, asked, path, found):
        names, ids, kinds = [], [], []
        for key in self._carriers():
            for row_ids, kind in self._passed_on(key, found):
                names += [self._sources()[key].model] * len(row_ids)
                ids += row_ids
                kinds += [kind] * len(row_ids)
        if not ids:
            return []
        kind = SQL.identifier("k", "kind") if path.about else ACTED
        keys = SQL(
            "unnest(%s::text[], %s::int[], %s::int[]) AS k(model, res_id, kind)", names, ids, kinds
        )
        table = self.env[asked.model]._table
        return [SQL(
            "SELECT t.id, %s FROM %s JOIN %s t ON %s = k.model AND %s = k.res_id",
            kind, keys, SQL.identifier(table), self._model_column(asked, path), SQL.identifier("t", path.id_field),
        )]

    @api.model
    def _model_column(self, asked, path):
        """The SQL that gives the model's name a ``Reference`` path needs."""
        first, _dot, second = path.model_field.partition(".")
        if not second:
            return SQL.identifier("t", first)
        table = self.env[self.env[asked.model]._fields[first].comodel_name]._table
        return SQL(
            "(SELECT m.%s FROM %s m WHERE m.id = %s)",
            SQL.identifier(second), SQL.identifier(table), SQL.identifier("t", first),
        )

    @api.model
    def _part_branches(self, asked, path, found):
        step = self.env[asked.model]._fields[path.field]
        branches = []
        for key in self._parents(asked, path):
            for ids, kind in self._passed_on(key, found):
                if ids:
                    branches.append(self._select(asked, self._ends_in(step, ids, "t"), kind if path.about else ACTED))
        return branches

    @api.model
    def _owned_branches(self, asked, path, found):
        rows = found.get(path.of, Found())
        owner = self._sources().get(path.of)
        step = owner and self.env[owner.model]._fields.get(path.field)
        if not step or not step.store:
            return []
        if step.type == "many2many":
            table, column, key = step.relation, step.column2, step.column1
        else:
            table, column, key = self.env[owner.model]._table, step.name, "id"
        return [
            self._select(asked, SQL(
                "t.id IN (SELECT %s FROM %s WHERE %s = ANY(%s))",
                SQL.identifier(column), SQL.identifier(table), SQL.identifier(key), ids,
            ), kind)
            for ids, kind in ((rows.ids, CERTAIN), (rows.doubtful, DOUBTFUL)) if ids
        ]

    # Coverage

    @api.model
    def _coverage(self):
        """Every stored model with a link to a person, and what has been decided about it.

        :return: list of dicts, by model: ``model``; ``links`` ({field: kind}); ``state`` (source, exempt, decided,
            undecided); ``reason`` of an exemption; ``undecided`` (links in no path and not ignored); ``proposal``
        """
        exempt = self._exemptions()
        handled = self._handled_links()
        decided = {
            (row.model, row.link)
            for row in self.env["unicdo.source.decision"].sudo().search([("state", "=", "decided")])
        }
        rows = []
        for model_name in sorted(self.env.registry):
            links = self._links(model_name) if self._is_stored(model_name) else {}
            if not links:
                continue
            undecided = [] if model_name in exempt else [
                name for name in links if name not in handled.get(model_name, ()) and (model_name, name) not in decided
            ]
            state = "exempt" if model_name in exempt else "undecided" if undecided else "source"
            if state == "source" and any((model_name, name) in decided for name in links):
                state = "decided"
            rows.append({
                "model": model_name, "links": links, "state": state, "reason": exempt.get(model_name, ""),
                "undecided": undecided, "proposal": {name: self._propose(name, links[name]) for name in undecided},
            })
        return rows

    @api.model
    def _handled_links(self):
        """The links that the catalogues follow or leave out with a reason: {model: names}."""
        handled = {}
        for found in self._catalogue():
            names = handled.setdefault(found.model, set(found.ignore))
            names.update(found.ignore, *(path_fields(path) for path in found.paths))
        return handled

    @api.model
    def _label(self, found):
        """What people call a source, in the reader's language.

        :param found: ``Source``
        """
        return self._words(found.label) if found.label else self.env["ir.model"]._get(found.model).name

    @api.model
    def _retention_text(self, found):
        """How long the rows of a source are kept, in the reader's language.

        :param found: ``Source``
        """
        return self._words(RETENTION[found.retention].text)

    @api.model
    def _words(self, marked):
        # what is translated was marked where it is written, so that no literal stands here
        translate = self.env._
        return translate(marked)

    @api.model
    def _category_names(self):
        """The kinds of data as people read them, in their language: {key: name}, in the order to show them."""
        return dict(self.env["unicdo.source.decision"]._fields["category"]._description_selection(self.env))

    @api.model
    def _links(self, model_name):
        """The fields of a model that lead to a person: {name: kind}."""
        found = {}
        for name, link in self.env[model_name]._fields.items():
            if not link.store or name in models.MAGIC_COLUMNS:
                continue
            if link.type in ("many2one", "many2many") and link.comodel_name in PERSON_MODELS:
                found[name] = f"{link.type} {link.comodel_name}"
            elif link.type in ("char", "text") and _ADDRESS_COLUMN.search(name):
                found[name] = "address"
            elif link.type in ("many2one_reference", "reference") or (name == "res_id" and link.type == "integer"):
                found[name] = "any record"
        return found

    @api.model
    def _propose(self, name, kind):
        """What a link probably is: ``about`` the person, only ``acted`` by them."""
        staff = kind.endswith("res.users") or name in ("user_id", "responsible_id", "manager_id")
        return "acted" if staff else "about"

    @api.model
    def _unknown_names(self):
        """Names in catalogues that no installed model has: typing errors, on a database with every application.

        :return: list of ``key: name``
        """
        unknown = []
        for found in self._catalogue():
            model = self.env.get(found.model)
            if model is None:
                unknown.append(f"{found.key}: {found.model}")
                continue
            names = {*found.fields, *found.provided, *found.redact, *found.review, *found.ignore, *found.erase.fields}
            names -= {"*"}
            names.update(name for path in found.paths for name in path_fields(path))
            unknown += [f"{found.key}: {name}" for name in sorted(names) if name not in model._fields]
            unknown += [
                f"{found.key}: {path}" for path in found.paths if not self._path_exists(model._fields, path)
            ]
        unknown += [f"exempt: {name}" for name in self._exemptions() if name not in self.env]
        return unknown
