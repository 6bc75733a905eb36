# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who is signed in, as recordings and choices know them: by a keyed digest, for that person's own requests only.

Functions and no methods: code typed into the database reaches methods, and could ask about anybody.
"""

import hashlib
import hmac
from base64 import b64decode

from odoo import SUPERUSER_ID, fields
from odoo.http import request
from odoo.tools import format_datetime

from odoo.addons.unicdo_privacy.tools.guard import in_action_code, opening
from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..const import PURPOSE
from ..models.unicdo_recording_trial_remote import ask_collectors
from ..tools.inside import inside
from ..tools.offline import offline_page

DIGEST_INFO = b"unicdo recording person"
#: days after which it is forgotten that a session was stopped; no session lives as long unused
STOPPED_DAYS = 30


def own_pseudonym(env):
    """The keyed digest that stands for the person of this request's session. Pages may ask: their layouts do.

    :return: 64 hexadecimal characters; "" without a signed-in person, without the key, and in code typed into the database
    """
    uid = request.session.uid if request and request.db == env.cr.dbname else None
    return "" if not uid or uid != env.uid or in_action_code(pages=False) else pseudonym(env, uid)


def pseudonym(env, uid):
    """The keyed digest that stands for a user. For the person's own requests, and for whoever proved to be them.

    :return: 64 hexadecimal characters; "" without the key
    """
    return keyed_digest(env, f"user:{uid}")


def own_session(env):
    """The keyed digest that stands for this request's session; plain ones could be looked up among people's devices."""
    session = env["unicdo.recheck"]._session_digest()
    return session and keyed_digest(env, f"session:{session}")


def keyed_digest(env, text):
    """A digest that nobody can make up or look up who does not have the vault's key.

    :return: 64 hexadecimal characters; "" without the key
    """
    key_sudo = env["unicdo.recording.trial"]._own().person_key_id
    if not key_sudo or key_sudo.destroyed_at:
        return ""
    try:
        with opening():
            secret = key_sudo._derive(DIGEST_INFO)
    except SealError:
        return ""
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def unnamed(env):
    """An environment in which nothing is written that says who acted."""
    return env(user=SUPERUSER_ID)


def own_subject(env):
    """The subject that the choices of this request's person hang on, in sudo; none before the first choice."""
    key = own_pseudonym(env)
    subjects_sudo = env["unicdo.subject"].sudo()
    return subjects_sudo.search([("visitor_key", "=", key)], limit=1) if key else subjects_sudo


def own_consent(env):
    """The current choice of this request's person, in sudo; none before the first one."""
    purpose_sudo = env["unicdo.purpose"].sudo()._by_key(PURPOSE)
    return env["unicdo.consent"]._current(purpose_sudo, own_subject(env))


def session_state(env):
    """What a page of this request's person is told.

    :return: None where nothing is offered; else dict ``state`` ("ask", "on", "off", "stopped": agreed, but not in this
        session), and with "ask" the ``notice``
    """
    user = env.user
    if not user or user._is_public() or not (request and request.session.uid == user.id):
        return None
    if not env["unicdo.recording.trial"]._is_offered():
        return None
    consent_sudo = own_consent(env)
    if not consent_sudo or consent_sudo.state == "expired":
        return {"state": "ask", "notice": notice(env)}
    if not consent_sudo._allows():
        return {"state": "off"}
    return {"state": "stopped" if _stop(env) else "on"}


def may_record(env):
    """The consent by which this request's session may be recorded now, in sudo; none if it may not."""
    consent_sudo = own_consent(env) if env["unicdo.recording.trial"]._is_offered() else env["unicdo.consent"].sudo()
    return consent_sudo if consent_sudo._allows() and not _stop(env) else consent_sudo.browse()


def _stop(env):
    """The row that says that this request's session is not to be recorded, in sudo.

    In the database and not in the session: that is saved by whoever finishes last, a page that was loading meanwhile too.
    """
    holder = own_session(env)
    rows_sudo = unnamed(env)["unicdo.recording.pass"]
    return rows_sudo.search([("kind", "=", "stop"), ("holder", "=", holder)], limit=1) if holder else rows_sudo


def stop_session(env, stopped):
    """Record nothing more in this request's session, or do so again; what was recorded stays.

    :param bool stopped: whether to stop
    """
    session, row_sudo = own_session(env), _stop(env)
    if not stopped:
        row_sudo.unlink()
    elif session and not row_sudo:
        until = fields.Datetime.add(fields.Datetime.now(), days=STOPPED_DAYS)
        row_sudo.create({"kind": "stop", "holder": session, "expires_at": until})
    if stopped and session:
        with inside():
            own_recordings(env).filtered(
                lambda recording: recording.session == session and recording.state == "recording"
            ).write({"state": "ended"})


def notice(env):
    """The text of the question in the person's language, and what proves that it was read.

    :return: dict ``title``, ``html``, ``hash``, ``lang``
    """
    purpose_sudo = env["unicdo.purpose"].sudo()._by_key(PURPOSE)
    return {
        "title": purpose_sudo.name, "html": str(purpose_sudo._notice_html()), "hash": purpose_sudo._notice_hash(),
        "lang": env.lang or "en_US",
    }


def choose(env, what, shown):
    """Record what this request's person chose; a "no" destroys what there is of them.

    :param str what: "given", "refused", "withdrawn"; "asked" where the question was closed without an answer
    :param str shown: hash of the text that was shown
    :return: False where the text has changed and nothing was recorded
    """
    purpose_sudo = env["unicdo.purpose"].sudo()._by_key(PURPOSE)
    if what == "given" and shown != purpose_sudo._notice_hash():
        return False
    env["unicdo.recording.trial"]._own()._prepare_own()
    key = own_pseudonym(env)
    nobody = unnamed(env)
    subject_sudo = nobody["unicdo.subject"]._for_visitor(key)
    consent_sudo = nobody["unicdo.consent"]._current(purpose_sudo, subject_sudo)
    if what == "given" and consent_sudo._allows():
        return True
    if what in ("refused", "withdrawn"):
        what = "withdrawn" if consent_sudo._allows() else "refused"
    if consent_sudo and what in ("asked", consent_sudo.state):
        return True
    text = nobody["unicdo.purpose.text"].with_context(lang=env.lang)._keep(purpose_sudo)
    choice = {"purpose": PURPOSE, "what": what, "subject_id": subject_sudo.id, "text_id": text.id, "unnamed": True}
    channel = "website" if request.is_frontend else "portal"
    event_sudo = nobody["unicdo.consent"]._record_choices([choice], channel)
    if what in ("refused", "withdrawn"):
        with inside(past=True):
            own_recordings(env)._destroy("withdrawn")
        nobody["unicdo.recording.trial"]._plan_removal(key, event_sudo.id)
    return True


def own_recordings(env):
    """The recordings of this request's person, in sudo; to be used inside :func:`~..tools.inside.inside`."""
    return recordings_of(env, own_pseudonym(env))


def recordings_of(env, key):
    """The recordings of a pseudonym in this database, in sudo; to be used inside :func:`~..tools.inside.inside`."""
    recordings_sudo = unnamed(env)["unicdo.recording"].sudo()
    return recordings_sudo.search([("person", "=", key), ("trial_id.is_own", "=", True)]) if key else recordings_sudo


def shown(env, key):
    """What a person is shown of their recordings; nothing past its date, and never by whom they were watched.

    :param str key: their pseudonym
    :return: list of dicts as :func:`of_recording` gives them, newest first
    :raises UserError: the server that keeps them does not answer
    """
    with inside():
        recordings_sudo = recordings_of(env, key)
        found = [of_recording(item) for item in recordings_sudo]
    for answer in ask_collectors(env, "list", person=key) if key else ():
        found += answer["recordings"]
    return sorted(found, key=lambda item: item["started_at"], reverse=True)


def of_recording(recording):
    """What the person it is about may know of a recording, as JSON values.

    :return: dict ``uuid``, ``started_at``, ``destroy_at``, ``duration`` (seconds), ``lang``, ``surface``, and ``views``:
        dicts ``viewed_at`` and ``role`` (external id of a group)
    """
    return {
        "uuid": recording.uuid, "started_at": fields.Datetime.to_string(recording.started_at),
        "destroy_at": fields.Datetime.to_string(recording.destroy_at), "duration": recording.duration,
        "lang": recording.lang, "surface": recording.surface,
        "views": [
            {"viewed_at": fields.Datetime.to_string(view.viewed_at), "role": view.role} for view in recording.view_ids
        ],
    }


def remove(env, key, uuid=""):
    """Destroy recordings of a person at once, as they ask.

    :param str key: their pseudonym
    :param str uuid: which one; "": all of them
    :return: list of the certificates' numbers
    :raises UserError: the server that keeps them does not answer
    """
    with inside(past=True):
        recordings_sudo = recordings_of(env, key)
        certificates = recordings_sudo.filtered(lambda item: uuid in ("", item.uuid))._destroy("requested")
    for answer in ask_collectors(env, "remove", person=key, recording=uuid) if key else ():
        certificates += answer["certificates"]
    return certificates


def remove_all(env, trials_sudo):
    """Destroy all recordings of databases, as their administrator asks; how many there were is nobody's business.

    :return: the certificate's number
    :raises UserError: the server that keeps them does not answer
    """
    nobody = unnamed(env)
    with inside(past=True):
        nobody["unicdo.recording"].search([("trial_id", "in", trials_sudo.ids)])._destroy("removed")
    if trials_sudo.filtered("is_own"):
        ask_collectors(env, "remove_all")
    return nobody["unicdo.ledger.event"]._record("recording.removed_all", model="unicdo.recording", unnamed=True)


def offline_file(env, key, uuid):
    """One recording of a person as a page that replays anywhere without network; nothing past its date.

    :param str key: their pseudonym
    :return: bytes; None where there is nothing to open
    :raises UserError: the server that keeps it does not answer
    """
    with inside():
        recording_sudo = recordings_of(env, key).filtered(lambda item: item.uuid == uuid)
    page = offline_page_of(recording_sudo, key) if recording_sudo else None
    if not page and key:
        pages = [answer["page"] for answer in ask_collectors(env, "page", person=key, recording=uuid)]
        page = b64decode(next(filter(None, pages), ""))
    if page:
        unnamed(env)["unicdo.ledger.event"]._record("recording.handed_out", model="unicdo.recording", unnamed=True)
    return page


def offline_page_of(recording, key):
    """See :func:`offline_file`; for recordings that stand here.

    :param str key: the pseudonym it has to be sealed for
    :return: bytes; None past its date, and where its content is another's or cannot be opened
    """
    env = recording.env
    with inside():
        if not recording.search_count([("id", "=", recording.id)], limit=1) or not recording.sudo()._is_of(key):
            return None
        title = env._("Recording of %s", format_datetime(
            env, recording.started_at, tz=env.context.get("tz") or "UTC", dt_format="long"
        ))
        problem = env._("This recording cannot be played here. Open the file in a newer browser, or get it once more.")
        sheets = env["unicdo.recording.sheet"]._texts(recording.sudo().sheets or [])
        try:
            with opening():
                return offline_page(recording._clean_pieces(), sheets, title, problem)
        except SealError:
            return None
