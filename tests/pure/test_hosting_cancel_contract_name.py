# SPDX-License-Identifier: LGPL-3.0-or-later
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

contract_name = load("unicdo_hosting_cancel/tools/contract_name.py")
host_of, names_in = contract_name.host_of, contract_name.names_in


@pytest.mark.parametrize("text", [
    "ann.example.com", "ANN.Example.com", "ann.example.com.", "https://ann.example.com", "http://ann.example.com:8069/odoo",
    "https://ann.example.com/web/login?db=x#menu", "//ann.example.com", "admin@ann.example.com", " <https://ann.example.com/> ",
    "“ann.example.com”",
])
def test_every_form_of_an_address_names_one_host(text):
    """CAN-1"""
    assert host_of(text) == "ann.example.com"


@pytest.mark.parametrize(("text", "host"), [
    ("https://müller.example", "xn--mller-kva.example"), ("XN--MLLER-KVA.example", "xn--mller-kva.example"),
    ("", ""), (None, ""), ("http://", ""), ("http://[::1", ""), ("a b", ""), ("…", ""), ("%", ""),
])
def test_odd_addresses(text, host):
    assert host_of(text) == host


@pytest.mark.parametrize(("text", "named"), [
    ("ann.example.com", {"ann.example.com"}),
    ("Ann", {"ann"}),
    ("Invoice INV/2026/00012, please", {"invoice inv/2026/00012, please", "inv/2026/00012"}),
    ("the database at https://ann.example.com/odoo", {"ann.example.com"}),
])
def test_a_sentence_names_what_looks_like_an_address_or_number(text, named):
    """CAN-1"""
    assert named <= names_in(text)


def test_plain_words_of_a_sentence_name_nothing():
    """A database may be called "demo": who writes of a demo does not mean it."""
    assert "demo" not in names_in("my demo please")


@given(st.text())
def test_no_text_breaks_it(text):
    assert all(name == name.casefold() for name in names_in(text))
