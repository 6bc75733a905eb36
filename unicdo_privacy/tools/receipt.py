# SPDX-License-Identifier: LGPL-3.0-or-later
"""Consent receipts: what a person can keep as proof of a choice.

The fields follow the Kantara Initiative's Consent Receipt Specification 1.1; what ISO/IEC TS 27560:2023 asks of a
consent record beyond that stands under ``record`` with the standard's own names.
"""

from datetime import UTC

SPECIFICATION = "KI-CR-v1.1.0"
RECORD_SCHEMA = "ISO/IEC TS 27560:2023"
#: event kind here → state of the consent in ISO/IEC TS 27560
EVENT_STATES = {
    "asked": "requested",
    "given": "given",
    "refused": "refused",
    "withdrawn": "withdrawn",
    "expired": "expired",
    "objected": "withdrawn",
    "imported": "unknown",
}


def build_receipt(choice, purpose, controller):
    """Write one choice as a receipt.

    :param dict choice: ``receipt_id``, ``when`` (naive datetime in UTC), ``what``, ``channel``, ``language``,
        ``principal`` (a pseudonym, never a name), ``notice_sha256``, ``notice_url``, ``withdrawal_url``, and at will
        ``valid_until`` (naive datetime in UTC)
    :param dict purpose: ``key``, ``name``, ``what``, ``basis``, ``categories``, ``recipients``, ``retention``,
        ``transfers``; missing texts are left out
    :param dict controller: ``name``, ``contact``, ``address``, ``email``, ``phone``, ``url``, ``country`` (ISO 3166-1)
    :return: dict ready for JSON; keys in a fixed order
    """
    return {
        "version": SPECIFICATION,
        "jurisdiction": controller.get("country") or "",
        "consentTimestamp": int(choice["when"].replace(tzinfo=UTC).timestamp()),
        "collectionMethod": choice["channel"],
        "consentReceiptID": choice["receipt_id"],
        "language": choice["language"],
        "piiPrincipalId": choice["principal"],
        "piiControllers": [_controller(controller)],
        "policyUrl": choice["notice_url"],
        "services": [{"service": controller["name"], "purposes": [_purpose(purpose, choice)]}],
        "sensitive": False,
        "spiCat": [],
        "record": _record(choice, purpose),
    }


def _controller(controller):
    values = {
        "piiController": controller["name"],
        "contact": controller.get("contact") or controller["name"],
        "address": controller.get("address"),
        "email": controller.get("email"),
        "phone": controller.get("phone"),
        "piiControllerUrl": controller.get("url"),
    }
    return {key: value or "" for key, value in values.items()}


def _purpose(purpose, choice):
    recipients = purpose.get("recipients") or ""
    return {
        "purpose": purpose["name"],
        "purposeCategory": [purpose["key"]],
        "consentType": "EXPLICIT" if choice["what"] in ("given", "withdrawn", "refused", "objected") else "UNKNOWN",
        "piiCategory": _split(purpose.get("categories")),
        "primaryPurpose": False,
        "termination": purpose.get("retention") or choice["withdrawal_url"],
        "thirdPartyDisclosure": bool(recipients),
        "thirdPartyName": recipients,
    }


def _record(choice, purpose):
    valid_until = choice.get("valid_until")
    record = {
        "schema_version": RECORD_SCHEMA,
        "record_id": choice["receipt_id"],
        "pii_principal_id": choice["principal"],
        "privacy_notice": {"url": choice["notice_url"], "sha256": choice["notice_sha256"]},
        "lawful_basis": purpose["basis"],
        "purpose_description": purpose.get("what"),
        "retention_period": purpose.get("retention"),
        "geographic_restrictions": purpose.get("transfers"),
        "withdrawal_method": choice["withdrawal_url"],
        "event_time": _iso(choice["when"]),
        "event_type": "explicit" if choice["what"] != "imported" else "unknown",
        "event_state": EVENT_STATES[choice["what"]],
        "validity_duration": _iso(valid_until) if valid_until else None,
    }
    return {key: value for key, value in record.items() if value}


def _split(text):
    """Categories as people write them, "name, e-mail address." → ["name", "e-mail address"]."""
    return [part for part in (piece.strip(" .\n") for piece in (text or "").split(",")) if part]


def _iso(when):
    return when.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
