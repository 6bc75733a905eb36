# SPDX-License-Identifier: LGPL-3.0-or-later
"""The confidentiality undertaking of whoever is about to watch (POLICY REC-2): shown, acknowledged, once for each version.

Functions and no methods: nobody acknowledges but the person of the live request.
"""

from odoo.tools import html_sanitize

from odoo.addons.unicdo_privacy.controllers.hand_out import check_session

from ..const import GROUP


def is_done(env):
    """Whether the person of this request has acknowledged the version that applies now."""
    return env["unicdo.recording.view"]._has_undertaken()


def shown(env, confirmed):
    """What the page says about it.

    :param bool confirmed: whether they have just proven who they are; the text to acknowledge is shown after that
    :return: dict ``state`` ("none": not published, "done", "ask", "later": after the proof), and of the text ``title``,
        ``text``, ``lang``, ``direction``, ``url``, ``shown`` (goes back to :func:`acknowledge`)
    """
    version = env["unicdo.policy"]._undertaking(env.user)
    if not version:
        return {"state": "none"}
    state = "done" if is_done(env) else "ask" if confirmed else "later"
    return {
        "state": state, "title": version.display_name, "lang": version.lang.replace("_", "-"),
        "direction": version._direction(), "url": version._url(), "shown": version.sha256,
        # whatever got into the table: no forms, no styles
        "text": html_sanitize(version.body, strip_style=True),
    }


def acknowledge(env, shown_hash, agreed):
    """Record that the person of this request acknowledges the version that applies now, if that is what they saw.

    :param str shown_hash: what :func:`shown` gave
    :param str agreed: "1" where they ticked that they will keep it
    :return: False where nothing was recorded
    """
    check_session(env, group=GROUP)
    version = env["unicdo.policy"]._undertaking(env.user)
    if not version or agreed != "1" or shown_hash != version.sha256:
        return False
    env["unicdo.consent"]._record_policy_act(env.user.partner_id, "acknowledged", version, "portal")
    env["unicdo.ledger.event"]._record(
        "recording.undertaking", model="unicdo.policy.version", res_ids=version.ids,
        detail={"number": version.number, "texts": [version.sha256]},
    )
    return True
