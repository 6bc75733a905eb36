# SPDX-License-Identifier: LGPL-3.0-or-later
import json
import logging
import secrets
from datetime import UTC, datetime
from functools import lru_cache

from lxml import etree
from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.http import Controller, Response, request, route
from odoo.tools import file_open, format_datetime

from odoo.addons.unicdo_privacy.controllers.hand_out import check_session, hand_out_bytes
from odoo.addons.unicdo_privacy.tools.guard import opening
from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..const import GROUP
from ..tools.inside import inside
from ..tools.piece import stream
from ..tools.upload_token import ID
from . import undertaking
from .choice import library

_logger = logging.getLogger(__name__)

ACTION = "recording.watch"
FOLDER = "unicdo_trial_recording/static/src/watch/"
LIB_STYLE = "unicdo_trial_recording/static/lib/rrweb/player.min.css"
LONGEST_NOTE = 2000
PRIVATE = {
    "Cache-Control": "private, no-store, no-transform",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: the page around: its own script and nobody else's, also none that somebody put into a bundle or a view
PAGE_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: where the recording plays: nothing gets in but by the page's message, and nothing gets out
FRAME_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "connect-src 'none'; frame-src 'none'; worker-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-scripts allow-same-origin"
)


@lru_cache
def _text(path):
    with file_open(path) as file:
        return file.read()


def _template(name):
    """A page that stands in a file and not among the views, which administrators edit. Fresh: rendering uses it up."""
    return etree.fromstring(_text(FOLDER + name).encode(), etree.XMLParser(remove_comments=True, resolve_entities=False))


class RecordingWatch(Controller):
    """Watching, for the usability role alone, and after its confidentiality undertaking (POLICY REC-2). GET changes nothing:
    the POST of a button logs the viewing and opens it for the session; content comes by GET as long as that holds."""

    @route("/recording/watch/<string:uuid>", type="http", auth="user", methods=["GET"], readonly=True)
    def page(self, uuid, **kwargs):
        """What is known of a recording, and a button; the player once it was pressed."""
        recording_sudo = self._find(uuid)
        return self._page(recording_sudo, bool(recording_sudo) and self._has_ticket(recording_sudo))

    @route("/recording/watch/<string:uuid>", type="http", auth="user", methods=["POST"])
    def open(self, uuid, shown="", agreed="", **kwargs):
        """Log a viewing and go on to the player.

        :param str shown: SHA-256 of the undertaking that stood on the page
        :param str agreed: "1" where it was acknowledged
        """
        recording_sudo = self._find(uuid)
        if not recording_sudo:
            return self._page(recording_sudo, False)
        url = f"/recording/watch/{recording_sudo.uuid}"
        recheck = request.env["unicdo.recheck"]
        if not recheck._is_confirmed(ACTION):
            return recheck._redirect(ACTION, url)
        if not undertaking.is_done(request.env) and not undertaking.acknowledge(request.env, shown, agreed):
            return self._page(recording_sudo, False, problem=True)
        if not self._has_ticket(recording_sudo):
            with inside():
                recording_sudo.env["unicdo.recording.view"].create({
                    "recording_id": recording_sudo.id, "role": GROUP, "session": recheck._session_digest(),
                })
            request.env["unicdo.ledger.event"]._record(
                "recording.watched", model="unicdo.recording", res_ids=recording_sudo.ids,
                detail={"recording": recording_sudo.uuid}, separate=True,
            )
        return request.redirect(url, code=303)

    @route("/recording/frame", type="http", auth="user", methods=["GET"], readonly=True)
    def frame(self, **kwargs):
        """The frame that plays: the same for all recordings, and empty."""
        check_session(request.env, group=GROUP)
        nonce = secrets.token_urlsafe(16)
        body = request.env["ir.qweb"]._render(_template("frame_page.xml"), {
            "nonce": nonce, "player": library("player.min.js"), "folder": f"/{FOLDER}",
            "style": Markup(_text(LIB_STYLE) + _text(f"{FOLDER}frame.css")),  # noqa: S704 - files of the module
        })
        return self._html(body, FRAME_POLICY.format(nonce=nonce), "SAMEORIGIN")

    @route("/recording/watch/<string:uuid>/events", type="http", auth="user", methods=["GET"], readonly=True)
    def events(self, uuid, **kwargs):
        """The cleaned events for the session that opened the recording: its pieces as they are kept, see ``tools/piece.py``."""
        pieces = self._pieces(self._opened(uuid))
        headers = PRIVATE | {
            "Content-Type": "application/octet-stream", "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return Response(pieces, headers=headers, direct_passthrough=True)

    @route("/recording/watch/<string:uuid>/sheets", type="http", auth="user", methods=["GET"], readonly=True)
    def sheets(self, uuid, **kwargs):
        """The style sheets that the recording needs: JSON dict path → CSS."""
        texts = request.env["unicdo.recording.sheet"]._texts(self._opened(uuid).sheets or [])
        return request.make_json_response(texts, headers=PRIVATE)

    # ---------------------------------------------------------------- notes

    @route("/recording/watch/<string:uuid>/notes", type="jsonrpc", auth="user", readonly=True)
    def notes(self, uuid):
        """All notes on a recording, see :meth:`_of_notes`."""
        return self._of_notes(self._opened(uuid))

    @route("/recording/watch/<string:uuid>/notes/save", type="jsonrpc", auth="user")
    def save_note(self, uuid, text="", at=0, tag=False, note=False):
        """Add a note, or change an own one.

        :param str text: the words
        :param int at: milliseconds from the recording's start
        :param tag: id of a tag, or False
        :param note: id of the note to change, or False
        :return: all notes
        """
        recording_sudo = self._opened(uuid)
        text = text.strip() if isinstance(text, str) else ""
        at = at if type(at) is int and 0 <= at < 2**31 else 0
        tag_record = request.env["unicdo.recording.tag"].browse(tag if type(tag) is int else []).exists()
        if not text and not tag_record:
            raise UserError(request.env._("Write a note or choose a tag."))
        if len(text) > LONGEST_NOTE:
            raise UserError(request.env._("A note has at most %s characters.", LONGEST_NOTE))
        with inside():
            if note:
                note_sudo = self._own_note(recording_sudo, note)
                note_sudo.tag_id = tag_record
            else:
                note_sudo = recording_sudo.env["unicdo.recording.note"].create({
                    "recording_id": recording_sudo.id, "position": at, "tag_id": tag_record.id,
                    "author_uid": request.session.uid,
                })
            note_sudo._seal_body(text)
        return self._of_notes(recording_sudo)

    @route("/recording/watch/<string:uuid>/notes/delete", type="jsonrpc", auth="user")
    def delete_note(self, uuid, note):
        """Delete an own note.

        :return: all notes
        """
        recording_sudo = self._opened(uuid)
        with inside():
            self._own_note(recording_sudo, note).unlink()
        return self._of_notes(recording_sudo)

    def _own_note(self, recording_sudo, note_id):
        note_sudo = recording_sudo.env["unicdo.recording.note"].search([
            ("id", "=", note_id if type(note_id) is int else 0), ("recording_id", "=", recording_sudo.id),
        ])
        if not note_sudo:
            raise UserError(request.env._("The note is not there any more."))
        if note_sudo.author_uid != request.session.uid:
            raise AccessError(request.env._("A note is changed by whoever wrote it."))
        return note_sudo

    def _of_notes(self, recording_sudo):
        """All notes on a recording.

        :return: list of dicts ``id``, ``at``, ``tag``, ``tag_name``, ``text``, ``author``, ``mine``, in order of time
        """
        with inside():
            notes_sudo = recording_sudo.env["unicdo.recording.note"].search([("recording_id", "=", recording_sudo.id)])
            sealed, key_sudo = notes_sudo._sealed_bodies(), recording_sudo.key_id
            found = [{
                "id": note.id, "at": note.position, "tag": note.tag_id.id, "tag_name": note.tag_id.name or "",
                "author": note.author, "mine": note.author_uid == request.session.uid,
            } for note in notes_sudo]
        for item in found:
            body = sealed.get(item["id"])
            item["text"] = hand_out_bytes(key_sudo, body, group=GROUP).decode() if body else ""
        return found

    # ---------------------------------------------------------------- who, what, whether

    @staticmethod
    def _find(uuid):
        """A recording whose date has not come, in sudo, for the usability role.

        :raises AccessError: whoever is signed in does not hold the role
        """
        check_session(request.env, group=GROUP)
        recordings_sudo = request.env["unicdo.recording"].sudo()
        return recordings_sudo.search([("uuid", "=", uuid)]) if ID.fullmatch(uuid) else recordings_sudo

    @staticmethod
    def _has_ticket(recording_sudo):
        with inside():
            view = request.env["unicdo.recording.view"]._ticket(recording_sudo, request.env["unicdo.recheck"]._session_digest())
        return bool(view)

    def _opened(self, uuid):
        """A recording that this session has opened, in sudo.

        :raises NotFound: there is none, or its date has come
        :raises AccessError: it was not opened, or no longer; the confidentiality undertaking was not acknowledged
        """
        recording_sudo = self._find(uuid)
        if not recording_sudo:
            raise request.not_found()
        request.env["unicdo.recording.view"]._check_undertaken()
        if not self._has_ticket(recording_sudo):
            raise AccessError(request.env._("Please open the recording again: viewings end after an hour."))
        return recording_sudo

    @staticmethod
    def _pieces(recording_sudo):
        """A generator of what to send, which needs no cursor; ends abruptly where a file was changed, and at the
        instant of the recording's date."""
        with inside(), opening():
            pieces, until, recording_id = recording_sudo._clean_pieces(), recording_sudo.destroy_at, recording_sudo.id

        def is_over():
            return datetime.now(UTC).replace(tzinfo=None) >= until

        def before_its_date():
            try:
                for packed in pieces:
                    if is_over():
                        raise ConnectionAbortedError
                    yield packed
            except SealError:
                if not is_over():
                    _logger.error("Recording %s is damaged or was destroyed while somebody watched", recording_id)
                raise ConnectionAbortedError from None

        return stream(before_its_date())

    # ---------------------------------------------------------------- pages

    def _page(self, recording_sudo, is_open, problem=False):
        """
        :param bool problem: the undertaking was not acknowledged, or not the one that applies
        """
        nonce = secrets.token_urlsafe(16)
        status = 404 if not recording_sudo else 422 if problem else 200
        body = request.env["ir.qweb"]._render(_template("watch_page.xml"), {
            "nonce": nonce, "folder": f"/{FOLDER}", "lang": (request.env.lang or "en").replace("_", "-"),
            "rtl": request.env["res.lang"]._get_data(code=request.env.lang).direction == "rtl",
            "style": Markup(_text(f"{FOLDER}watch.css")),  # noqa: S704 - a file of the module
            "words": self._words(), "is_open": is_open, "problem": problem,
            "undertaking": undertaking.shown(request.env, request.env["unicdo.recheck"]._is_confirmed(ACTION)),
            "facts": self._facts(recording_sudo) if recording_sudo else None,
            "uuid": recording_sudo.uuid, "title": request.env._("Recording %s", recording_sudo.id or ""),
            "csrf_token": request.csrf_token(),
            "data": json.dumps(self._data(recording_sudo) if is_open else {}),
            "tags": request.env["unicdo.recording.tag"].search([]) if is_open else (),
        })
        response = self._html(body, PAGE_POLICY.format(nonce=nonce), "DENY")
        response.status_code = status
        return response

    @staticmethod
    def _html(body, policy, framing):
        headers = PRIVATE | {
            "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Frame-Options": framing,
        }
        return Response(Markup("<!DOCTYPE html>\n") + body, headers=headers)

    @staticmethod
    def _facts(recording_sudo):
        """What stands above the player: pairs of a label and a text."""
        env, fields = recording_sudo.env, recording_sudo.fields_get(allfields=["screen", "surface"])

        def label(name):
            return dict(fields[name]["selection"]).get(recording_sudo[name], "")

        minutes, seconds = divmod(recording_sudo.duration, 60)
        return [
            (env._("Began"), format_datetime(env, recording_sudo.started_at)),
            (env._("Length"), f"{minutes}:{seconds:02}"),
            (env._("Database"), recording_sudo.trial_id.name),
            (env._("Where"), label("surface")),
            (env._("Window"), f"{recording_sudo.width} × {recording_sudo.height} · {label('screen')}"),
            (env._("Language"), recording_sudo.lang),
            (env._("Odoo"), recording_sudo.odoo_version),
            (env._("Days left"), str(recording_sudo.days_left)),
        ]

    @staticmethod
    def _data(recording_sudo):
        """What the page's script needs to know."""
        with inside():
            rage = recording_sudo.env["unicdo.recording.click"].search([
                ("recording_id", "=", recording_sudo.id), ("rage", "=", True)
            ])
            return {
                "url": f"/recording/watch/{recording_sudo.uuid}", "rage": sorted(rage.mapped("position")),
                "waits": recording_sudo.state == "recording", "words": RecordingWatch._script_words(),
            }

    @staticmethod
    def _script_words():
        _ = request.env._
        return {
            "add": _("Add note at %s"), "save": _("Save note"), "edit": _("Edit"), "delete": _("Delete"),
            "sure": _("Really delete"), "cancel": _("Cancel"),
            "broken": _("The recording could not be read whole. Reload the page to try again."),
            "empty": _("There is nothing to see yet: no page of this session has come through cleaning."),
            "failed": _("That did not work. Please try again."),
            "none": _("No notes yet. They are destroyed along with the recording."), "noViews": _("No view was opened."),
            "play": _("Play"), "stop": _("Pause"), "rage": _("Rage clicks"), "error": _("Error shown"),
            "pause": _("Paused by the person"), "resume": _("Went on"), "end": _("Recording ends"), "website": _("Website"),
        }

    @staticmethod
    def _words():
        _ = request.env._
        return {
            "back": _("Recordings"), "gone": _("This recording is not there any more"),
            "gone_why": _("Recordings are destroyed two months after they began, and at once when the person asks."),
            "before": _("Before you watch"),
            "confidential": _("What you see is confidential: show it to nobody outside the team, and copy nothing out of it."),
            "logged": _("Each viewing is logged. The person recorded sees when it was watched and by which role, not by whom."),
            "undertaken": _("You acknowledged the confidentiality undertaking:"),
            "undertake": _("Confidentiality comes first"),
            "once": _("Acknowledge this once before you watch; you are asked again only when the text changes."),
            "agree": _("I have read this undertaking and will keep it."), "agree_watch": _("Acknowledge and watch"),
            "tick": _("Please read the text as it stands here, tick the box below it, and go on."),
            "none": _("Nobody can watch yet"),
            "none_why": _(
                "No confidentiality undertaking is published. A privacy officer does that: Privacy, Consent, Policies."
            ),
            "watch": _("Watch"), "loading": _("Loading…"), "frame": _("The recording"), "player": _("Player"),
            "play": _("Play"), "position": _("Position"), "speed": _("Speed"), "skip": _("Skip inactivity"),
            "notes": _("Notes"), "views": _("Views"), "new_note": _("New note"), "tag": _("Tag"), "no_tag": _("No tag"),
            "add": _("Add note"), "keys": _("Space: play or pause. Arrow keys: five seconds back or forward."),
            "timeline": _("Timeline"), "legend": _("Marks"),
            "mark_view": _("View"), "mark_error": _("Error"), "mark_rage": _("Rage clicks"), "mark_note": _("Note"),
        }
