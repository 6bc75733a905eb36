# SPDX-License-Identifier: LGPL-3.0-or-later
import datetime

import pytest

from conftest import load

receipt = load("unicdo_privacy/tools/receipt.py")

CHOICE = {
    "receipt_id": "f00d", "when": datetime.datetime(2026, 3, 29, 1, 30), "what": "given", "channel": "portal",
    "language": "en_US", "principal": "a1b2", "notice_sha256": "00" * 32, "notice_url": "https://x.example/seen/1",
    "withdrawal_url": "https://x.example/consents",
}
PURPOSE = {
    "key": "marketing_email", "name": "News", "what": "We write.", "basis": "consent",
    "categories": "Name, e-mail address,\nlanguage.", "recipients": "Our staff.", "retention": "Until you withdraw.",
    "transfers": None,
}
CONTROLLER = {"name": "X Ltd", "email": "dpo@x.example", "country": "BE", "phone": None}
#: what the Kantara specification 1.1 requires of a receipt
KANTARA = {
    "version", "jurisdiction", "consentTimestamp", "collectionMethod", "consentReceiptID", "piiPrincipalId",
    "piiControllers", "policyUrl", "services", "sensitive", "spiCat",
}


def build(**choice):
    return receipt.build_receipt(CHOICE | choice, PURPOSE, CONTROLLER)


def test_receipt_has_the_fields_of_the_specification():
    """CON-1: proof that other systems can read."""
    made = build()
    assert made.keys() >= KANTARA
    assert made["version"] == "KI-CR-v1.1.0"
    assert made["piiControllers"][0].keys() >= {"piiController", "contact", "address", "email", "phone"}
    purpose = made["services"][0]["purposes"][0]
    assert purpose.keys() >= {"purposeCategory", "consentType", "piiCategory", "termination", "thirdPartyDisclosure"}
    assert purpose["piiCategory"] == ["Name", "e-mail address", "language"]


def test_time_is_utc_whatever_the_servers_zone():
    """CON-1: when it happened, to the second."""
    made = build()
    assert made["consentTimestamp"] == 1774747800
    assert made["record"]["event_time"] == "2026-03-29T01:30:00Z"


@pytest.mark.parametrize(
    ("what", "state", "kind"),
    [
        ("given", "given", "EXPLICIT"),
        ("refused", "refused", "EXPLICIT"),
        ("withdrawn", "withdrawn", "EXPLICIT"),
        ("objected", "withdrawn", "EXPLICIT"),
        ("asked", "requested", "UNKNOWN"),
        ("expired", "expired", "UNKNOWN"),
        ("imported", "unknown", "UNKNOWN"),
    ],
)
def test_each_kind_of_event_is_stated_as_what_it_is(what, state, kind):
    """CON-1: an opt-in taken over is never stated as given."""
    made = build(what=what)
    assert made["record"]["event_state"] == state
    assert made["services"][0]["purposes"][0]["consentType"] == kind


def test_what_is_not_known_is_left_out_or_empty():
    """CON-1: a receipt invents nothing."""
    made = build()
    assert "geographic_restrictions" not in made["record"]
    assert "validity_duration" not in made["record"]
    assert made["piiControllers"][0]["phone"] == ""
