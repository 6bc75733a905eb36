# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who asks without an account: which databases they name, and whose address on file is theirs (POLICY REC-3).

Functions and no methods: code typed into the database reaches methods. Nothing here is written down: a code that was
mailed proves an address, and who that is is looked up when the code comes back.
"""

import hmac

from odoo.tools import SQL, email_normalize

from ..tools.database_name import database_key, keys_of
from . import person

#: what can be asked for; the last one by a database's administrator
WHATS = ("get", "remove", "remove_all")


def databases(env, text):
    """The databases that somebody means, by name or any form of address. Equal ones only, see ``tools/database_name.py``.

    :return: ``unicdo.recording.trial`` records, in sudo
    """
    key = database_key(text)
    trials_sudo = env["unicdo.recording.trial"].sudo().with_context(active_test=False).search([])
    return trials_sudo.filtered(lambda trial: key and key in _keys(trial))


def _keys(trial):
    if not trial.is_own:
        return keys_of(trial.name, trial.url)
    keys = keys_of(trial.env.cr.dbname, trial.get_base_url())
    if "website" in trial.env:
        for website_sudo in trial.env["website"].sudo().search([("domain", "!=", False)]):
            keys |= keys_of("", website_sudo.domain)
    return keys


def accounts(env, address):
    """The accounts for which an address is on file: the one that codes go to, which a change by somebody else does not move
    for a week.

    :param str address: normalised
    :return: ``res.users`` records, in sudo
    """
    env.flush_all()
    env.cr.execute(SQL(
        """SELECT u.id FROM res_users u JOIN res_partner p ON p.id = u.partner_id
            WHERE u.active AND (lower(u.login) = %(address)s OR p.email_normalized = %(address)s)
            UNION
           SELECT u.id FROM unicdo_sign_in_change c JOIN res_users u ON u.partner_id = c.partner_id
            WHERE u.active AND lower(c.address) = %(address)s""",
        address=address,
    ))
    users_sudo = env["res.users"].sudo().browse(row[0] for row in env.cr.fetchall())
    on_file = env["unicdo.sign.in.change"]._address
    return users_sudo.filtered(lambda user: email_normalize(on_file(user.partner_id, user)) == address)


def proven(env, what, database, address):
    """What somebody may do who has proven an address.

    :param str what: one of :data:`WHATS`
    :param str database: as they wrote it
    :param str address: normalised
    :return: dict ``person`` (their pseudonym, for their own recordings), ``trials`` (to have all of theirs removed), or
        ``is_shared`` (several accounts have this address, and nobody knows which one asks); {} for nothing
    """
    trials_sudo = databases(env, database)
    own_sudo = trials_sudo.filtered("is_own")
    users_sudo = accounts(env, address) if own_sudo else env["res.users"]
    if what != "remove_all" and len(users_sudo) > 1:
        return {"is_shared": True}
    if what != "remove_all":
        return {"person": person.pseudonym(env, users_sudo.id)} if users_sudo else {}
    if not users_sudo.filtered(lambda user: user._has_group("base.group_system")):
        trials_sudo -= own_sudo
    others_sudo = trials_sudo.filtered(lambda trial: not trial.is_own)
    trials_sudo -= others_sudo.filtered(lambda trial: email_normalize(trial.admin_email or "") != address)
    return {"trials": trials_sudo} if trials_sudo else {}


def code_digest(env, holder, request, code):
    """What a code is compared by: nobody can make one up who does not have the key.

    :param str holder: digest of the browser that asked
    :param dict request: ``what``, ``database``, ``address``
    :return: str; "" without the key, and then nothing is equal
    """
    text = "\0".join([holder, request["what"], database_key(request["database"]), request["address"], code])
    return person.keyed_digest(env, f"code:{text}")


def is_code(env, holder, request, code, digest):
    """Whether a code is the one that was mailed for this very request."""
    expected = code_digest(env, holder, request, code)
    return bool(expected and digest) and hmac.compare_digest(expected, digest)
