# SPDX-License-Identifier: LGPL-3.0-or-later
"""What one place of personal data is: plain data, no Odoo import (DESIGN 2, POLICY GOV-1)."""

import re
from dataclasses import dataclass, field


def _lt(text):
    """Mark words for the translators' template; who shows them translates them, see ``UnicdoDataMap._label``."""
    return text


#: GOV-1: what kinds of data are held. The order is the one people see.
CATEGORIES = {
    "account": "Account and contact details",
    "credentials": "Sign-in and security",
    "company": "Company and bank details",
    "device": "Device, location and browser data",
    "business": "Orders, invoices and other business records",
    "messages": "Messages and files",
    "payment": "Payments",
    "usage": "Usage and preferences",
    "applications": "Job applications",
    "personnel": "Employment records",
    "recordings": "Recordings",
    "project": "Project content",
}
#: Never in a copy, whatever a catalogue or an administrator says.
SECRET = re.compile(
    r"(^|_)(password|passwd|token|tokens|secret|signup|totp|oauth|apikey|api_key|private_key|credential|credentials|"
    r"endpoint_key|access_key|keys|pin|otp|uuid|session_identifier|credential_identifier|barcode_secret|kiosk_key)(_|$)"
)


@dataclass(frozen=True)
class Period:
    """How long a kind of record is kept, as shown to people and as the retention rules' first proposal."""

    months: int
    text: str


#: Proposals, in months from the end named in the text; law and administrators change them as data, per country.
RETENTION = {
    "account": Period(6, _lt("Until six months after the account ends")),
    "books": Period(
        120, _lt("As long as bookkeeping and tax law asks, up to ten years after the end of the fiscal year")
    ),
    "claims": Period(36, _lt("Until three years after the business is done, while legal claims are possible")),
    "prospect": Period(24, _lt("Two years after the last contact")),
    "event": Period(24, _lt("Two years after the event")),
    "consent": Period(36, _lt("As long as you are subscribed, and three years as proof")),
    "suppression": Period(0, _lt("As long as you do not want to be contacted")),
    "visit": Period(2, _lt("Sixty days after the last visit")),
    "log": Period(12, _lt("One year")),
    "short": Period(1, _lt("A month at most")),
    "application": Period(6, _lt("Six months after the decision, longer only if you agreed")),
    "employment": Period(60, _lt("Five years after the employment ends, payroll as long as the law asks")),
    "with_record": Period(0, _lt("As long as the record it belongs to")),
}


@dataclass(frozen=True)
class Path:
    """One way from a row to the person. ``about=False``: the person only acted there (salesperson, author of a "
    "change)."""

    about: bool = field(default=True, kw_only=True)


@dataclass(frozen=True)
class Link(Path):
    """A chain of stored many2one fields that ends at a partner or a user; the last may be a many2many, or ``id``."""

    chain: str


@dataclass(frozen=True)
class Email(Path):
    """A column with an address, as ``ann@x.org`` or ``Ann <ann@x.org>``; ``many``: several, with commas.

    ``normal``: stored in normal form already, so that a plain index serves. ``owner``: the many2one (or ``id``) that
    says whose address it is; where it names another person, the match is doubtful.
    """

    field: str
    many: bool = False
    normal: bool = False
    owner: str = "partner_id"


@dataclass(frozen=True)
class Phone(Path):
    """A column with a phone number. Shared phones are common: a number alone never makes a certain match."""

    field: str


@dataclass(frozen=True)
class Reference(Path):
    """A pair of columns that names any record: the row belongs to the person whose record it names.

    The model may stand one many2one away (``campaign_id.res_model``).
    """

    model_field: str
    id_field: str


@dataclass(frozen=True)
class Part(Path):
    """A many2one to a model that is a source itself: the row belongs to whoever the other row is about.

    ``of``: keys of the sources meant; all sources of that model when empty. With ``of``, a bare integer will do.
    """

    field: str
    of: tuple = ()


@dataclass(frozen=True)
class Owned(Path):
    """Named by a many2one or many2many of another source's rows: the file attached to a message the person wrote.

    ``of``: key of that source; ``field``: the field of its model.
    """

    of: str
    field: str


@dataclass(frozen=True)
class Erase:
    """What erasure does with a row; proposed here, settled where erasure is carried out.

    ``action``: ``delete``, ``anonymise`` (the fields named) or ``keep`` (by ``basis`` for the retention period
    ``period``; the fields named are emptied all the same).
    """

    action: str
    fields: tuple = ()
    basis: str = ""
    period: str = ""


DELETE = Erase("delete")
#: The row goes or stays with the record it belongs to.
FOLLOW = Erase("follow")


def anonymise(names):
    """Keep the row, empty the fields named (words separated by spaces)."""
    return Erase("anonymise", tuple(names.split()))


def keep(basis, period, empty=""):
    """Keep the row because the law or a claim needs it; ``empty`` names fields that are emptied all the same."""
    return Erase("keep", tuple(empty.split()), basis, period)


BOOKS = keep("legal", "books")


@dataclass(frozen=True)
class Source:
    """One place where a person's data stands.

    :param key: unique name, the model's name as a rule
    :param model: Odoo model
    :param label: what people call it, plural, marked for translation: here by ``_lt``, elsewhere by Odoo's
        ``LazyTranslate``, which knows whose words they are; empty: the model's name
    :param category: key of ``CATEGORIES``
    :param paths: ways to the person; rows found by no ``about`` path only show that the person acted
    :param fields: what a copy shows, in this order
    :param provided: which of these the person gave or generated by use (Art. 20, DSR-4)
    :param redact: fields of the copy that name other people; only the person's own part of them is shown
    :param files: whether files attached to the rows, and binary fields among ``fields``, belong to the copy
    :param review: fields that somebody reads before release (internal notes); ``("*",)`` for the whole row
    :param erase: what erasure does, proposed
    :param purpose: key of an ``unicdo.purpose``
    :param retention: key of ``RETENTION``
    :param controller: False where the data is processed for a customer who is the controller
    :param domain: further condition on rows, as (field, operator, value) triples
    :param carries: whether messages, files and activities on a row are the person's too; False for rows shared by many
    :param ignore: links that lead to nobody's data, with the reason
    """

    key: str
    model: str
    label: str
    category: str
    paths: tuple = ()
    fields: tuple = ()
    provided: tuple = ()
    redact: tuple = ()
    files: bool = False
    review: tuple = ()
    erase: Erase = DELETE
    purpose: str = "contract"
    retention: str = "account"
    controller: bool = True
    domain: tuple = ()
    carries: bool = True
    ignore: dict = field(default_factory=dict)


def source(model, label, category, paths, fields="", *, key="", provided="", redact="", review="", **more):
    """A :class:`Source` with its lists of names written as words; ``provided="*"`` stands for all fields."""
    shown = tuple(fields.split())
    return Source(
        key=key or model,
        model=model,
        label=label,
        category=category,
        paths=tuple(paths),
        fields=shown,
        provided=shown if provided == "*" else tuple(provided.split()),
        redact=tuple(redact.split()),
        review=tuple(review.split()),
        **more,
    )


def links(names):
    """Paths to the person by each of these fields (words separated by spaces)."""
    return tuple(Link(name) for name in names.split())


def acted(names):
    """Paths by fields that name who dealt with the row, not whom it is about."""
    return tuple(Link(name, about=False) for name in names.split())


def path_fields(path):
    """The columns of the row itself that a path reads."""
    if isinstance(path, Link):
        return (path.chain.partition(".")[0],)
    if isinstance(path, Reference):
        return (path.model_field.partition(".")[0], path.id_field)
    return () if isinstance(path, Owned) else (path.field,)
