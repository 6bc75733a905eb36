# SPDX-License-Identifier: LGPL-3.0-or-later
"""Exact matching of e-mail addresses and phone numbers, without Odoo.

Two values match when their normal forms are equal, never when one contains the other: ``ann@x.org`` is not part of
``joann@x.org``. ``SQL_FUNCTIONS`` do in the database what :func:`addresses` and :func:`digits` do here, so that an
index can answer; a test compares both on the same values.
"""

import re
import unicodedata

_CHAR = r"""[^\s<>"(),;:@\[\]]"""
_ADDRESS = rf"{_CHAR}+@{_CHAR}+"
#: A display name in quotes; a quoted local part ("ann smith"@x.org) stays, and is never matched.
_QUOTED = r'"[^"]*"(?!@)'
_BRACKETED = rf"<\s*(?:mailto:)?({_ADDRESS})\s*>"
_BARE = rf"(?:^|[\s(\[:])({_ADDRESS})(?=$|[\s)\]])"
_SEPARATOR = r"[,;\r\n]"
_SIMPLE = rf'^"?[^<>"@]*"?\s*<({_ADDRESS})>\s*$'
#: Fewer digits are an extension or a typing error, and would match many people.
MIN_DIGITS = 7

#: Immutable, so that an index can stand on them; made by the data map, dropped by the uninstall hook. ``@schema@`` is
#: named because a restored dump builds its indexes with an empty search path.
SQL_FUNCTIONS = {
    "unicdo_emails(text)": rf"""
        CREATE OR REPLACE FUNCTION unicdo_emails(value text) RETURNS text[]
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $function$
            SELECT CASE WHEN position('@' IN value) = 0 THEN '{{}}'::text[] ELSE COALESCE((
                SELECT array_agg(lower(rtrim(found, '.')) ORDER BY place) FROM (
                    SELECT COALESCE(
                        (regexp_match(piece, '{_BRACKETED}', 'i'))[1], (regexp_match(piece, '{_BARE}'))[1]
                    ) AS found, place
                    FROM regexp_split_to_table(regexp_replace(value, '{_QUOTED}', ' ', 'g'), '{_SEPARATOR}')
                         WITH ORDINALITY AS split(piece, place)
                ) pieces WHERE found IS NOT NULL), '{{}}'::text[]) END
        $function$""",
    "unicdo_email(text)": rf"""
        CREATE OR REPLACE FUNCTION unicdo_email(value text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $function$
            SELECT CASE
                WHEN value ~ '^{_ADDRESS}$' THEN lower(rtrim(value, '.'))
                WHEN value ~ '{_SIMPLE}' THEN lower(rtrim((regexp_match(value, '{_SIMPLE}'))[1], '.'))
                ELSE (@schema@.unicdo_emails(value))[1] END
        $function$""",
    "unicdo_phone(text)": r"""
        CREATE OR REPLACE FUNCTION unicdo_phone(value text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $function$
            SELECT regexp_replace(regexp_replace(value, '[^0-9]', '', 'g'), '^00', '')
        $function$""",
}


def addresses(text):
    """The e-mail addresses in a header or column, lower-cased, in their order.

    :param text: ``ann@x.org``, ``Ann <ann@x.org>``, several with commas, or nothing
    :return: list of addresses; one per comma-separated piece at most, the one in brackets where there are brackets
    """
    if not text or "@" not in text:
        return []
    found = []
    for piece in re.split(_SEPARATOR, re.sub(_QUOTED, " ", text)):
        match = re.search(_BRACKETED, piece, re.IGNORECASE) or re.search(_BARE, piece)
        if match:
            found.append(match[1].rstrip(".").lower())
    return found


def normalise(text):
    """The one comparable form of the first address in a text: lower case, Unicode NFC, domain as people read it.

    :return: the address, or "" when there is none
    """
    found = addresses(text)
    if not found:
        return ""
    local, _at, domain = unicodedata.normalize("NFC", found[0]).partition("@")
    return f"{local}@{_idna(domain, encode=False)}"


def variants(text):
    """All spellings under which databases store the first address of a text (IDNA, composed and decomposed letters).

    :return: sorted list without repetitions; empty when the text holds no address
    """
    normal = normalise(text)
    if not normal:
        return []
    local, _at, domain = normal.partition("@")
    raw_local = _raw_local(text)
    spellings = {
        f"{a}@{b}" for a in (local, raw_local) for b in (domain, _idna(domain, encode=True))
    }
    return sorted(spellings | {unicodedata.normalize("NFD", spelling) for spelling in spellings})


def _raw_local(text):
    """The local part as written, where it holds letters that Odoo does not lower."""
    match = re.search(_BRACKETED, text, re.IGNORECASE) or re.search(_BARE, re.sub(_QUOTED, " ", text))
    local = (match[1] if match else addresses(text)[0]).partition("@")[0]
    return local.lower() if local.isascii() else local


def _idna(domain, encode):
    """A domain in its ASCII or its readable form; unchanged where it has no such form."""
    try:
        return domain.encode("idna").decode() if encode else domain.encode().decode("idna")
    except UnicodeError:
        return domain


def digits(text):
    """A phone number as digits only, the international prefix ``00`` or ``+`` taken off; "" below seven digits."""
    found = "".join(char for char in text or "" if char in "0123456789").removeprefix("00")
    return found if len(found) >= MIN_DIGITS else ""


def phone_variants(text, country_code=None):
    """The digits under which a number may be stored: as typed, and with its country.

    :param text: the number as typed or in E.164
    :param country_code: calling code of the person's country, such as 32, when known
    :return: sorted list; empty when the text is no number
    """
    plain = digits(text)
    if not plain:
        return []
    found = {plain}
    national = plain.removeprefix("0")
    is_international = (text or "").strip().startswith(("+", "00"))
    if country_code and not is_international:
        found.add(f"{country_code}{national}")
    if country_code and is_international and plain.startswith(str(country_code)):
        found.add("0" + plain.removeprefix(str(country_code)))
    return sorted(number for number in found if len(number) >= MIN_DIGITS)
