# SPDX-License-Identifier: LGPL-3.0-or-later
"""REC-3: every form of a database's name or address is the same database, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

database_name = load("unicdo_trial_recording/tools/database_name.py")
LONGEST, database_key, keys_of = database_name.LONGEST, database_name.database_key, database_name.keys_of

SAME = {
    "acme": [
        "acme", "ACME", " Acme ", "acme.", "ａｃｍｅ", "ac\u00adme", "acme\n", "“acme”", "acme:8069", "http://acme/",
    ],
    "acme.example": [
        "acme.example", "ACME.Example", "https://acme.example", "HTTP://ACME.EXAMPLE", "http:acme.example",
        "https:/acme.example", "https:///acme.example",
        "//acme.example", "acme.example:8069", "https://acme.example:443/odoo/sales/12?debug=1#top", "acme.example.",
        "https://acme.example.:8069/web", "https://joe:secret@acme.example/web", "acme.example/web?db=other",
        "\\\\acme.example\\web",
        "https:\\\\acme.example\\odoo", "  acme . example ", "ａｃｍｅ．ｅｘａｍｐｌｅ",
        "acme。example", "acme｡example", "www.acme.example",
        "https://WWW.acme.example/", "<https://acme.example>", "acme.example,", "acme.ex\u200bample", "\ufeffacme.example",
        "ｈｔｔｐｓ：／／ａｃｍｅ．ｅｘａｍｐｌｅ／ｗｅｂ",
        "https://%61cme.example/", "acme.example?x", "acme.example#y", "wss://acme.example",
    ],
    "bücher.example": [
        "bücher.example", "BÜCHER.example", "bu\u0308cher.example", "xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE",
        "https://xn--bcher-kva.example:8443/odoo", "ｂücher.example",
    ],
    "straße.example": ["straße.example", "STRAẞE.example", "xn--strae-oqa.example"],
    "例え.jp": ["例え.jp", "xn--r8jz45g.jp", "例え。jp"],
    "пример.рф": ["пример.рф", "ПРИМЕР.РФ", "xn--e1afmkfd.xn--p1ai"],
    "www": ["www", "WWW."],
    "www.example": ["www.example", "https://www.example/"],
    "127.0.0.1": ["127.0.0.1", "http://127.0.0.1:8069/web", "１２７.0.0.1"],
    "[::1]": ["[::1]", "http://[::1]:8069/odoo", "[::1]:80"],
    "my_db-2": ["my_db-2", "MY_DB-2"],
}
NOTHING = [
    "", " ", ".", "..", "acme..example", ".acme..", "https://", "/odoo", "?db=acme", "@", ":8069", "[::1", None, 5,
    "a" * (LONGEST + 1),
]


@pytest.mark.parametrize(("key", "form"), [(key, form) for key, forms in SAME.items() for form in forms])
def test_every_form_has_one_key(key, form):
    """REC-3"""
    assert database_key(form) == key


def test_different_databases_have_different_keys():
    """REC-3: only equal ones are the same."""
    others = [
        *SAME, "acme2", "acme-2", "joacme", "acme.example.org", "acme.example2", "shop.acme.example",
        "strasse.example", "bucher.example",
        "xn--bcher-kvb.example", "wwww.acme.example", "www2.acme.example", "asme.example",
    ]
    assert len({database_key(text) for text in others}) == len(others)


@pytest.mark.parametrize("text", NOTHING)
def test_what_names_nothing_has_no_key(text):
    assert database_key(text) == ""


@pytest.mark.parametrize("label", ["xn--", "xn--a", "xn--acme-", "xn--99999999", "xn--ü", "xn--acme.example"])
def test_what_only_looks_like_punycode_stays_as_it_is(label):
    """A name in disguise does not become another's."""
    assert database_key(label) == label


def test_a_database_is_found_by_its_name_and_by_its_address():
    """REC-3"""
    assert keys_of("acme", "https://acme.example:8069") == {"acme", "acme.example"}
    assert keys_of("-", "") == {"-"}
    assert keys_of("", None) == set()


labels = st.text(st.characters(categories=("Ll", "Lo", "Nd")), min_size=1, max_size=12)


@given(st.lists(labels, min_size=1, max_size=4).map(".".join))
def test_a_key_is_its_own_key(name):
    key = database_key(name)
    assert database_key(key) == key


@given(
    name=st.lists(labels, min_size=1, max_size=4).map(".".join), scheme=st.sampled_from(["", "http://", "HTTPS://", "//"]),
    user=st.sampled_from(["", "a@", "a:b@"]), dot=st.sampled_from(["", "."]), port=st.sampled_from(["", ":80", ":8069"]),
    rest=st.sampled_from(["", "/", "/web?x=1", "?db=1", "#a"]),
)
def test_what_stands_around_a_host_makes_no_difference(name, scheme, user, dot, port, rest):
    """REC-3"""
    assert database_key(f"{scheme}{user}{name}{dot}{port}{rest}") == database_key(name)


@given(st.text(st.characters(categories=("Ll",), min_codepoint=0xDF), min_size=1, max_size=12))
def test_both_forms_of_an_international_name_are_one(name):
    """REC-3"""
    key = database_key(name)
    if key and not key.isascii() and "." not in key:
        assert database_key(f"xn--{key.encode('punycode').decode()}.example") == database_key(f"{key}.example")


@given(st.text(max_size=80))
def test_nothing_that_people_write_breaks_it(text):
    assert isinstance(database_key(text), str)
