# SPDX-License-Identifier: LGPL-3.0-or-later
"""What binds a secret to one session of one user, so that it can be opened nowhere else and no longer (POLICY TOK-2).

Functions and no methods: code typed into the database reaches methods, never these.
"""

import contextlib
import glob
import hashlib
import os
import time
from pathlib import Path

from odoo.http import STORED_SESSION_BYTES, get_session_max_inactivity, request, root
from odoo.tools import SQL

from .sealing import context

#: where a session keeps its halves of keys: {id of what they open: text}
HALVES = "unicdo_halves"


class NotThisSession(Exception):
    """The running request's session is not, or no longer, the one that is needed.

    :param str what: "none" (no request, or nobody signed in), "replaced" (an old session id), "ended"
    """

    def __init__(self, what):
        super().__init__(what)
        self.what = what


class Past(dict):
    """What the running request's session held before log-off emptied it."""

    def __init__(self, session):
        super().__init__(session)
        self.sid = session.sid
        self.uid = session.uid


def past():
    """The :class:`Past` of the running request; None where there is no request."""
    return getattr(request, "unicdo_past", None) if request else None


def stored(env, user_ids):
    """The sessions of users that core's device log knows, as they stand in their files.

    :param user_ids: ids of ``res.users``
    :return: dict of digest → :class:`Past`; None where no file is left, or only one that rested too long
    """
    rows = env.execute_query(SQL(
        "SELECT DISTINCT session_identifier FROM res_device_log WHERE user_id = ANY(%s)", list(user_ids),
    ))
    return {digest(identifier): _stored(env, identifier) for identifier, in rows}


def _stored(env, identifier):
    folder = Path(root.session_store.path, identifier[:2])
    for file in folder.glob(f"{glob.escape(identifier)}*"):
        with contextlib.suppress(OSError):
            session = root.session_store.get(file.name)
            if "next_sid" not in session and rested_too_long(env, session.sid) is False:
                return Past(session)
    return None


def digest(sid):
    """What stands in the database for a session: SHA-256 of the part of its id that lasts from sign-in to log-off.

    :param str sid: a session id, or only that part, which core's device log knows
    """
    return hashlib.sha256(b"unicdo session\0" + sid[:STORED_SESSION_BYTES].encode()).hexdigest()


def halves(session):
    """The halves in a session: {name: text}; of a damaged session, none."""
    found = session.get(HALVES)
    return dict(found) if isinstance(found, dict) else {}


def put_half(name, text):
    """Keep a half in the running request's session; with None, drop it."""
    known = halves(request.session)
    if text is None:
        known.pop(name, None)
    else:
        known[name] = text
    request.session[HALVES] = known


def check(env, uid, session):
    """Make sure that a session is whole and alive, by what is committed now.

    :param env: environment on a fresh cursor
    :param int uid: whose session it has to be
    :param session: the request's
    :raises NotThisSession:
    """
    (is_ended,), = env.execute_query(SQL("SELECT %s", ended(session.sid)))
    check_known(env, uid, session, is_ended)


def check_known(env, uid, session, is_ended):
    """:func:`check` for who has read :func:`ended` already."""
    if not uid or session.uid != uid:
        raise NotThisSession("none")
    if "deletion_time" in session or "next_sid" in session:
        raise NotThisSession("replaced")
    if is_ended or rested_too_long(env, session.sid) is not False:
        raise NotThisSession("ended")


def rested_too_long(env, sid):
    """Whether the session's file is older than core lets sessions rest: its collector comes daily only. None without a
    file."""
    try:
        changed = os.path.getmtime(root.session_store.get_session_filename(sid))
    except (OSError, ValueError):
        return None
    return time.time() - changed >= get_session_max_inactivity(env)


def ended(sid):
    """Whether log-off left its mark, or a device of this session was revoked: a running request writes the session file
    back, and these stay.

    :return: expression, ``odoo.tools.SQL``
    """
    return SQL(
        """(EXISTS (SELECT 1 FROM unicdo_session_end WHERE session = %s)
         OR EXISTS (SELECT 1 FROM res_device_log WHERE session_identifier = %s AND revoked))""",
        digest(sid), sid[:STORED_SESSION_BYTES],
    )


def bond(env, uid, sid):
    """Bytes that change when the session's user gets another sign-in name, password, second factor or passkey, or is
    archived. Read from the database each time: core's own cache does not know of changes made by SQL.

    :param env: environment on a fresh cursor
    """
    return bond_by(env, uid, sid, env["res.users"].browse(uid)._session_token_get_values())


def bond_by(env, uid, sid, values):
    """:func:`bond` for who has read core's values already.

    :param values: pairs of a column's name and its value
    """
    token = values and env["res.users"].browse(uid)._session_token_hash_compute(sid[:STORED_SESSION_BYTES], values)
    if not token:
        raise NotThisSession("ended")
    return context("session", token)
