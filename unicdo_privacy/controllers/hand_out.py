# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib

from odoo.exceptions import AccessError
from odoo.http import request

from ..tools import guard


def check_session(env, user_ids=(), group=None):
    """Refuse unless a live request's own session belongs to one of these people, whoever the code runs as.

    :param user_ids: ids of users who may have it, such as those of the person it is about
    :param str group: full xml id of a privacy role whose holders may have it too, unless suspended
    :raises AccessError: in jobs, shells and server actions always, in requests of anybody else
    """
    uid = request.session.uid if request and request.db == env.cr.dbname else None
    allowed = uid and not guard.in_action_code() and (
        uid in user_ids or bool(group and env["res.users"].sudo().browse(uid)._unicdo_has_role(group))
    )
    if not allowed:
        raise AccessError(env._("This is sealed for the people it concerns, and you are signed in as somebody else."))


@contextlib.contextmanager
def hand_out(key, path, user_ids=(), group=None):
    """Open a sealed file to hand it to the person of this request's session, see :func:`check_session`.

    Only controllers call this. It is a function and no method of a model, so that nothing typed into the database
    reaches it. Inside the block the reader may be read after the request's cursor is closed.

    :param key: one ``unicdo.vault.key`` record
    :return: context manager that gives a ``SealReader``
    """
    check_session(key.env, user_ids, group)
    with contextlib.ExitStack() as stack:
        with guard.opening():
            reader = stack.enter_context(key._reader(path))
        yield reader


def hand_out_bytes(key, data, user_ids=(), group=None):
    """Open a small sealed secret for the person of this request's session, see :func:`check_session`.

    :param bytes data: what ``key._seal`` returned
    :return: bytes
    """
    check_session(key.env, user_ids, group)
    with guard.opening():
        return key._open(data)
