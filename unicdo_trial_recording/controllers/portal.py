# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.exceptions import UserError
from odoo.http import content_disposition, request, route

from odoo.addons.unicdo_privacy.controllers.portal import PrivacyPortal

from ..const import PURPOSE
from ..models.unicdo_recheck import OWN
from . import person

PAGE = "/my/privacy/recordings"
CHOICES = ("given", "refused", "withdrawn")
#: an offline recording runs its own player, and reaches nothing
FILE_POLICY = "default-src 'none'; sandbox"


def shown_items(env, items):
    """What :func:`~.person.shown` gives, in words for a page."""
    languages = dict(env["res.lang"].get_installed())

    def role(xmlid):
        group_sudo = env.ref(xmlid, raise_if_not_found=False)
        return group_sudo.sudo().name if group_sudo else env._("Usability team")

    return [
        {
            **item,
            "started_at": fields.Datetime.to_datetime(item["started_at"]),
            "destroy_at": fields.Datetime.to_datetime(item["destroy_at"]),
            "minutes": max(1, round((item["duration"] or 0) / 60)),
            "language": languages.get(item["lang"], item["lang"] or ""),
            "views": [
                {"viewed_at": fields.Datetime.to_datetime(view["viewed_at"]), "role": role(view["role"])}
                for view in item["views"]
            ],
        }
        for item in items
    ]


def offline_answer(content, uuid):
    """A recording as a file to keep."""
    return request.make_response(content, [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Disposition", content_disposition(f"recording-{uuid[:8]}.html")),
        ("Content-Security-Policy", FILE_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ])


class RecordingPortal(PrivacyPortal):
    """The person's own recordings: their switch, what there is, getting and removing it (POLICY REC-1, REC-3)."""

    def _prepare_privacy_cards(self):
        cards = super()._prepare_privacy_cards()
        state = person.session_state(request.env)
        consent_sudo = person.own_consent(request.env)
        if not state and not consent_sudo:
            return cards
        return cards + [{
            "key": "recordings",
            "title": request.env._("Recordings"),
            "text": request.env._("Decide whether sessions of yours are recorded, see what there is, and remove it."),
            "url": PAGE,
            "icon": "video-camera",
            "sequence": 50,
            "badge": request.env._("To decide") if state and state["state"] == "ask" else None,
        }]

    @route(PAGE, type="http", auth="user", website=True, methods=["GET"], sitemap=False, readonly=True)
    def recordings(self, changed="", **kwargs):
        """Show the switch and all recordings of who looks; changes nothing."""
        return self._recordings_page(changed=bool(changed))

    @route(f"{PAGE}/choose", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def recordings_choose(self, choice="", shown="", **kwargs):
        """Record a choice. A "no" is never refused, and destroys what there is."""
        if choice not in CHOICES or not isinstance(shown, str):
            raise request.not_found()
        if choice == "given" and not request.env["unicdo.recording.trial"]._is_offered():
            return request.redirect(PAGE, code=303)
        saved = person.choose(request.env, choice, shown)
        return request.redirect(PAGE if saved else f"{PAGE}?changed=1", code=303)

    @route(f"{PAGE}/again", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def recordings_again(self, **kwargs):
        """Record a session again that was stopped."""
        person.stop_session(request.env, stopped=False)
        return request.redirect(PAGE, code=303)

    @route(f"{PAGE}/remove", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def recordings_remove(self, recording="", **kwargs):
        """Destroy one recording, or all, at once, and show the numbers of the certificates.

        :param str recording: its id, or "all"
        """
        if not isinstance(recording, str) or not recording:
            raise request.not_found()
        try:
            with request.env.cr.savepoint():
                done = person.remove(request.env, person.own_pseudonym(request.env), "" if recording == "all" else recording)
        except UserError as error:
            return self._recordings_page(problem=str(error))
        return self._recordings_page(removed=done)

    @route(f"{PAGE}/get", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def recordings_get(self, recording="", **kwargs):
        """Hand out one recording as a page that replays offline, once it is sure who asks."""
        recheck = request.env["unicdo.recheck"]
        if not person.own_pseudonym(request.env):
            return request.redirect(PAGE, code=303)
        if not recheck._is_confirmed(OWN):
            return recheck._redirect(OWN, PAGE)
        try:
            content = isinstance(recording, str) and person.offline_file(
                request.env, person.own_pseudonym(request.env), recording
            )
        except UserError as error:
            return self._recordings_page(problem=str(error))
        if not content:
            return self._recordings_page(problem=request.env._("This recording is not there any more."))
        return offline_answer(content, recording)

    def _recordings_page(self, removed=None, problem="", changed=False):
        env = request.env
        try:
            items = person.shown(env, person.own_pseudonym(env))
        except UserError as error:
            items, problem = [], problem or str(error)
        state = person.session_state(env)
        consent_sudo = person.own_consent(env)
        response = request.render("unicdo_trial_recording.portal_recordings", {
            **self._prepare_privacy_values("privacy_recordings", env._("Recordings")),
            "items": shown_items(env, items),
            "state": state["state"] if state else "",
            "allowed": consent_sudo._allows(),
            "notice": person.notice(env),
            "text": env["unicdo.purpose"].sudo()._by_key(PURPOSE)._notice_html(),
            "confirmed": env["unicdo.recheck"]._is_confirmed(OWN),
            "removed": removed,
            "problem": problem,
            "changed": changed,
        })
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response
