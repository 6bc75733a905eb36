# SPDX-License-Identifier: LGPL-3.0-or-later
import pytest

from conftest import load

form = load("unicdo_privacy/tools/public_form.py")
is_encrypted, is_from_elsewhere, source_of = form.is_encrypted, form.is_from_elsewhere, form.source_of

SECURE = "https://shop.example"


@pytest.mark.parametrize(("scheme", "host", "proxy_mode", "base_url", "expected"), [
    ("https", "shop.example", True, SECURE, True),
    ("http", "shop.example", True, SECURE, False),
    ("http", "shop.example", False, "http://shop.example", False),
    # a proxy that Odoo does not know of may have taken the encryption off
    ("http", "shop.example", False, SECURE, True),
    ("http", "127.0.0.1:8069", True, SECURE, True),
    ("http", "[::1]:8069", True, SECURE, True),
    ("http", "localhost:8069", False, "http://shop.example", True),
    ("http", "shop.localhost", False, "", True),
    ("http", "127.0.0.1.shop.example", True, SECURE, False),
    ("http", "localhost.shop.example", True, SECURE, False),
])
def test_a_form_comes_encrypted_or_from_the_same_machine(scheme, host, proxy_mode, base_url, expected):
    """GOV-9"""
    assert is_encrypted(scheme, host, proxy_mode, base_url) is expected


@pytest.mark.parametrize(("headers", "expected"), [
    ({}, False),
    ({"Origin": "https://shop.example"}, False),
    ({"Origin": "https://evil.example"}, True),
    ({"Origin": "https://shop.example.evil.example"}, True),
    ({"Origin": "null"}, True),
    ({"Sec-Fetch-Site": "same-origin"}, False),
    ({"Sec-Fetch-Site": "none"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example"}, True),
    ({"Sec-Fetch-Site": "same-site"}, True),
])
def test_another_site_cannot_send_the_form(headers, expected):
    assert is_from_elsewhere(headers, "shop.example") is expected


def test_one_subscriber_is_one_source():
    assert source_of("203.0.113.7") == source_of("::ffff:203.0.113.7") == "203.0.113.7"
    assert source_of("2001:db8:1:2:3::4") == source_of("2001:db8:1:2:ffff::1") != source_of("2001:db8:1:3::1")
    assert source_of(None) == source_of("nonsense") == "unknown"
