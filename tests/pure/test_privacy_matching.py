# SPDX-License-Identifier: LGPL-3.0-or-later
"""Exact matching: DSR-1 and DSR-3 find one person and nobody else (GOV-1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

matching = load("unicdo_privacy/tools/matching.py")

LOCALS = st.text("abcdefghijklmnopqrstuvwxyz0123456789.+-_'{}%\\", min_size=1, max_size=20)
DOMAINS = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]\.[a-z]{2,6}", fullmatch=True)
NAMES = st.text("abc XYZ é'.-", max_size=15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@x.org", ["ann@x.org"]),
        ("Ann <Ann@X.org>", ["ann@x.org"]),
        ('"Doe, Ann" <ann@x.org>', ["ann@x.org"]),
        ("Doe, Ann <ann@x.org>", ["ann@x.org"]),
        ('"bob@y.org via List" <list@z.org>', ["list@z.org"]),
        ("a@b.c, d@e.f;g@h.i", ["a@b.c", "d@e.f", "g@h.i"]),
        ("ann@x.org.", ["ann@x.org"]),
        ('"ann s"@x.org', []),
        ("ann@@x.org", []),
        ("no address", []),
        ("", []),
        (None, []),
        (False, []),
    ],
)
def test_addresses(text, expected):
    assert matching.addresses(text) == expected


@given(LOCALS, DOMAINS, NAMES)
def test_a_display_name_changes_nothing(local, domain, name):
    address = f"{local}@{domain}"
    assert matching.normalise(f"{name} <{address}>") == matching.normalise(address)
    assert matching.normalise(f'"{name}" <{address.upper()}>') == matching.normalise(address)


@given(LOCALS, LOCALS, DOMAINS)
def test_a_longer_local_part_is_another_address(prefix, local, domain):
    longer = f"{prefix}{local}@{domain}"
    assert matching.normalise(f"{local}@{domain}") not in matching.variants(longer)


@given(LOCALS, DOMAINS)
def test_normal_form_is_stable_and_a_variant(local, domain):
    normal = matching.normalise(f"{local}@{domain}")
    assert matching.normalise(normal) == normal
    assert normal in matching.variants(normal)


@given(st.text(max_size=60))
def test_any_text_is_read_without_error(text):
    for address in matching.addresses(text):
        assert address.count("@") == 1
    matching.variants(text)
    matching.phone_variants(text, 32)


def test_international_domains_match_in_both_spellings():
    readable, ascii_form = "ann@bücher.example", "ann@xn--bcher-kva.example"
    assert matching.normalise(ascii_form) == matching.normalise(readable) == readable
    assert set(matching.variants(readable)) >= {readable, ascii_form}
    assert set(matching.variants(ascii_form)) == set(matching.variants(readable))


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("+32 471 23 45 67", 32, ["0471234567", "32471234567"]),
        ("0032 471 23 45 67", 32, ["0471234567", "32471234567"]),
        ("0471/23.45.67", 32, ["0471234567", "32471234567"]),
        ("0471/23.45.67", None, ["0471234567"]),
        ("112", 32, []),
        ("", 32, []),
        (None, 32, []),
    ],
)
def test_phone_variants(text, code, expected):
    assert matching.phone_variants(text, code) == expected
