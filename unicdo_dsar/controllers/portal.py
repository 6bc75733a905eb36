# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.http import request, route

from odoo.addons.unicdo_privacy.controllers.portal import PrivacyPortal

from ..const import OPEN_STATES, OPENINGS, PACKAGE_DAYS, RENEW_DAYS


class DsarPortal(PrivacyPortal):
    """Asking for a copy of one's data, and seeing how far it is (DSR-1, DSR-4)."""

    def _prepare_privacy_cards(self):
        waiting = self._ready(self._own_requests())
        return super()._prepare_privacy_cards() + [
            {
                "key": "copy",
                "title": request.env._("Get a copy of my data"),
                "text": request.env._("Everything we hold about you, to read or to take along."),
                "url": "/my/privacy/copy",
                "icon": "download",
                "sequence": 40,
                "badge": request.env._("Ready to open") if waiting else None,
            }
        ]

    def _own_requests(self):
        """Requests about whoever is signed in, newest first, in sudo: portal users have no rights on the model."""
        domain = [("subject_id.partner_id", "=", request.env.user.partner_id.id)]
        return request.env["unicdo.request"].sudo().search(domain, order="id desc")

    def _ready(self, requests_sudo):
        """Those of these requests that have a package to open now."""
        return requests_sudo.filtered(lambda item: any(package._is_open() for package in item.package_ids))

    def _own_request(self, request_id):
        item_sudo = request.env["unicdo.request"].sudo().browse(request_id).exists()
        if not item_sudo or not item_sudo._is_for(request.env.user.partner_id):
            raise request.not_found()
        return item_sudo

    def _dsar_values(self, title, **values):
        return self._prepare_privacy_values("privacy_copy", title) | {
            "openings": OPENINGS,
            "package_days": PACKAGE_DAYS,
            "renew_days": RENEW_DAYS,
            **values,
        }

    @route("/my/privacy/copy", type="http", auth="user", website=True, methods=["GET"], sitemap=False)
    def privacy_copy(self, kind="access", **kwargs):
        """Explain, and let the person choose; changes nothing."""
        own = self._own_requests()
        ready = self._ready(own)
        current = ready | own.filtered(lambda item: item.state in OPEN_STATES)
        return self._private(
            "unicdo_dsar.portal_copy",
            self._dsar_values(
                request.env._("Get a copy of my data"),
                kind=kind if kind in ("access", "portability") else "access",
                confirmed=request.env["unicdo.recheck"]._is_confirmed("dsar.request"),
                ready=ready,
                current_requests=current,
                past_requests=(own - current).filtered(lambda item: item.state != "draft"),
            ),
        )

    @route("/my/privacy/copy", type="http", auth="user", website=True, methods=["POST"], sitemap=False)
    def privacy_copy_ask(self, kind="access", **kwargs):
        """Make the request once it is sure who asks; asked twice, it is the same one."""
        if kind not in ("access", "portability"):
            raise request.not_found()
        recheck = request.env["unicdo.recheck"]
        if not recheck._consume("dsar.request"):
            return recheck._redirect("dsar.request", f"/my/privacy/copy?kind={kind}")
        item_sudo = request.env["unicdo.request"]._ask(
            request.env.user.partner_id,
            kind,
            channel="portal",
            identity_checked="session",
            company_id=request.env.company.id,
        )
        return request.redirect(f"/my/privacy/requests/{item_sudo.id}", code=303)

    @route(
        "/my/privacy/requests/<int:request_id>", type="http", auth="user", website=True, methods=["GET"], sitemap=False
    )
    def privacy_request(self, request_id, **kwargs):
        """One request: how far it is, and its packages."""
        item_sudo = self._own_request(request_id)
        return self._private(
            "unicdo_dsar.portal_request",
            self._dsar_values(
                item_sudo.name,
                item=item_sudo,
                progress=item_sudo._progress(),
                parts=self._parts(item_sudo),
                is_running=self._is_running(item_sudo),
                may_renew=item_sudo._may_renew(),
                confirmed=request.env["unicdo.recheck"]._is_confirmed("dsar.link"),
            ),
        )

    def _parts(self, item_sudo):
        """The newest package of each part, in order."""
        packages = item_sudo.package_ids.sorted("id", reverse=True)
        newest = [
            packages.filtered(lambda package, part=part: package.part == part)[:1] for part in ("first", "second")
        ]
        return [package for package in newest if package]

    def _is_running(self, item_sudo):
        return item_sudo.state in ("received", "working") or any(
            package.state == "building" for package in item_sudo.package_ids
        )

    @route("/my/privacy/requests/<int:request_id>/progress", type="jsonrpc", auth="user", website=True, readonly=True)
    def privacy_request_progress(self, request_id):
        """How far a request is; asked again and again by its page.

        :return: dict ``percent``, ``state`` (changes when the page has something new to show)
        """
        item_sudo = self._own_request(request_id)
        packages = ",".join(item_sudo.package_ids.mapped("state"))
        return {"percent": item_sudo._progress()["percent"], "state": f"{item_sudo.state}/{packages}"}

    @route(
        "/my/privacy/requests/<int:request_id>/open",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def privacy_request_open(self, request_id, part="first", **kwargs):
        """A fresh link, one click away until 30 days after the answer, once it is sure who asks."""
        item_sudo = self._own_request(request_id)
        if part not in ("first", "second") or not item_sudo._may_renew():
            return request.redirect(f"/my/privacy/requests/{request_id}", code=303)
        recheck = request.env["unicdo.recheck"]
        if not recheck._consume("dsar.link"):
            return recheck._redirect("dsar.link", f"/my/privacy/requests/{request_id}")
        token = item_sudo._renew(part)
        url = f"/my/privacy/package/{token}" if token else f"/my/privacy/requests/{request_id}"
        return request.redirect(url, code=303)
