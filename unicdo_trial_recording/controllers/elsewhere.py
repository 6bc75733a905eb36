# SPDX-License-Identifier: LGPL-3.0-or-later
"""Beginning recordings that a collector keeps: this database only signs. What a tab has to remember between two pages it
keeps itself, signed, so that nothing is written here."""

import secrets
import time

from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..const import PART, SESSION_MINUTES
from ..models.unicdo_recording_trial import own_seed, sign_grant
from ..tools import signed

#: page loads of one recording
MOST_PARTS = 999


def begin(trial, who, values, resume):
    """Start, or go on with, a recording at the collector.

    :param trial: this database's row
    :param dict who: ``person``, ``session`` (keyed digests), ``consent`` (event's number)
    :param dict values: ``surface``, ``lang``, ``odoo_version``, ``modules``, ``width``, ``height``
    :param resume: what the tab remembers
    :return: dict ``recording``, ``token``, ``base``, ``resume``
    """
    known = remembered(trial, who, resume) or {
        **who, "recording": secrets.token_hex(16), "started": int(time.time()), "part": 0, "about": values,
    }
    known["part"] += 1
    return {
        "recording": known["recording"], "token": token(trial, known), "base": (known["part"] - 1) * PART,
        "resume": signed.sign(known, own_seed(trial)),
    }


def remembered(trial, who, resume):
    """What a tab remembers, if it is ours, of this person and session, and not over; else None."""
    if not isinstance(resume, str) or not resume.isascii():
        return None
    try:
        known = signed.read(resume.encode())
        signed.check(resume.encode(), trial.public_key or "")
    except (signed.BadSignature, SealError):
        return None
    same = all(known.get(name) == who[name] for name in who)
    fresh = time.time() - SESSION_MINUTES * 60 < known.get("started", 0)
    return known if same and fresh and 0 < known.get("part", 0) < MOST_PARTS else None


def token(trial, known):
    """An upload token for the page that a tab is on."""
    about = {**known["about"], "person": known["person"], "started": known["started"], "part": known["part"]}
    return sign_grant(
        trial, recording=known["recording"], session=known["session"], consent=known["consent"], about=about
    )
