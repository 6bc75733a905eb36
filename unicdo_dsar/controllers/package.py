# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import mimetypes

from odoo import api
from odoo.http import Response, content_disposition, request, route

from odoo.addons.unicdo_privacy.controllers.hand_out import check_session
from odoo.addons.unicdo_privacy.tools.guard import opening
from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..tools.http_range import Unsatisfiable, span
from .portal import DsarPortal

_logger = logging.getLogger(__name__)

#: what a page of the package may do: show itself, lead to other pages, hand out files
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-downloads"
)
FILE_POLICY = "default-src 'none'; sandbox"
#: shown in the browser; everything else is handed out as a file
INLINE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
PRIVATE = {
    "Cache-Control": "private, no-store, no-transform",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PackageController(DsarPortal):
    """From the link to the content. GET changes nothing: the POST of a button counts and hands out a ticket."""

    @route("/my/privacy/package/<string:token>", type="http", auth="user", website=True, methods=["GET"], sitemap=False)
    def package_page(self, token, **kwargs):
        """The page a link leads to."""
        link_sudo = self._link(token)
        problem = link_sudo._problem() if link_sudo else "unknown"
        has_ticket = bool(link_sudo) and self._has_ticket(link_sudo.package_id)
        return self._package_page(link_sudo, "" if has_ticket else problem, token=token, has_ticket=has_ticket)

    @route(
        "/my/privacy/package/<string:token>", type="http", auth="user", website=True, methods=["POST"], sitemap=False
    )
    def package_open(self, token, target="download", **kwargs):
        """Count one opening, and go on to the download or to the pages.

        The mailed secret stands for the person's mailbox, unless somebody else has just changed how they sign in.
        """
        link_sudo = self._link(token)
        if not link_sudo:
            self._note_refusal("unknown")
            return self._package_page(link_sudo, "unknown")
        recheck = request.env["unicdo.recheck"]
        if not recheck._consume("dsar.link") and recheck._changes():
            return recheck._redirect("dsar.link", f"/my/privacy/package/{token}")
        package_sudo = link_sudo.package_id
        problem = link_sudo._problem() if not self._has_ticket(package_sudo) else ""
        if not problem and not self._is_sound(package_sudo):
            problem = "broken"
        problem = problem or link_sudo._open(self._session())
        if problem:
            self._note_refusal(problem, package_sudo)
            return self._package_page(link_sudo, problem)
        page = "read/index.html" if target == "read" else "my-data.zip"
        return request.redirect(f"/my/privacy/copy/{package_sudo.id}/{page}", code=303)

    @route(
        "/my/privacy/copy/<int:package_id>/my-data.zip",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
        sitemap=False,
    )
    def package_download(self, package_id, **kwargs):
        """The zip, whole or in ranges, for the session that holds a ticket."""
        package_sudo = self._with_ticket(package_id)
        if not package_sudo:
            return self._ticket_page(package_id)
        size, etag = int(package_sudo.size), f'"{package_sudo.etag}"'
        headers = PRIVATE | {
            "Accept-Ranges": "bytes",
            "ETag": etag,
            "Content-Type": "application/zip",
            "Content-Disposition": content_disposition(f"my-data-{package_sudo.request_id.name}.zip"),
            "Content-Security-Policy": FILE_POLICY,
        }
        asked = request.httprequest.headers
        try:
            part = span(asked.get("Range"), size, asked.get("If-Range"), etag)
        except Unsatisfiable:
            return Response(status=416, headers=PRIVATE | {"Content-Range": f"bytes */{size}"})
        start, stop = part or (0, size)
        if part:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        with opening():
            read = package_sudo._span_reader()
        headers["Content-Length"] = str(stop - start)
        body = self._stream(read(start, stop), package_sudo)
        return Response(body, status=206 if part else 200, headers=headers, direct_passthrough=True)

    @route(
        "/my/privacy/copy/<int:package_id>/read/<path:name>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=False,
        sitemap=False,
        multilang=False,  # else names with a percent sign are redirected to themselves for ever
    )
    def package_read(self, package_id, name, **kwargs):
        """One file of the package, for reading in the browser; pages run no script and reach nothing outside."""
        package_sudo = self._with_ticket(package_id)
        if not package_sudo:
            return self._ticket_page(package_id)
        try:
            with opening():
                found = package_sudo._read_entry(name)
        except SealError:
            self._mark_broken(package_sudo)
            return self._package_page(
                request.env["unicdo.download.link"], "broken", request_sudo=package_sudo.request_id
            )
        if not found:
            raise request.not_found()
        size, body = found
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        is_page = kind == "text/html" and not name.startswith("files/")
        headers = PRIVATE | {
            "Content-Length": str(size),
            "Content-Type": "text/html; charset=utf-8" if is_page else kind,
            "Content-Security-Policy": PAGE_POLICY if is_page else FILE_POLICY,
        }
        if not is_page and kind not in INLINE_TYPES:
            headers["Content-Disposition"] = content_disposition(name.rpartition("/")[2])
        return Response(self._stream(body, package_sudo), headers=headers, direct_passthrough=True)

    # ---------------------------------------------------------------- helpers

    def _link(self, token):
        """The link of a token if it belongs to whoever is signed in, in sudo; else none, in the same way."""
        return request.env["unicdo.download.link"]._for_token(token, request.env.user.partner_id)

    def _session(self):
        return request.env["unicdo.recheck"]._session_digest()

    def _has_ticket(self, package_sudo):
        return request.env["unicdo.download.link"]._ticket(package_sudo, self._session())

    def _own_package(self, package_id):
        """The package if it is about whoever is signed in, in sudo; else none."""
        package_sudo = request.env["unicdo.package"].sudo().browse(package_id).exists()
        return package_sudo.filtered(lambda package: package.request_id._is_for(request.env.user.partner_id))

    def _with_ticket(self, package_id):
        """The package if it is about whoever is signed in and this session opened it, in sudo; else none."""
        package_sudo = self._own_package(package_id)
        if package_sudo:
            check_session(request.env, package_sudo.request_id.partner_id.user_ids.ids)
        return package_sudo.filtered(self._has_ticket)

    def _ticket_page(self, package_id):
        """Says that the package is not open in this browser, and leads to where it can be opened."""
        no_link = request.env["unicdo.download.link"]
        return self._package_page(no_link, "ticket", request_sudo=self._own_package(package_id).request_id)

    def _is_sound(self, package_sudo):
        """Whether all sealed files are there and open."""
        try:
            with opening():
                package_sudo._check_segments()
        except SealError:
            self._mark_broken(package_sudo)
            return False
        return True

    @staticmethod
    def _stream(chunks, package_sudo):
        """Hand out chunks without the request's cursor; a changed byte ends the answer before it gets out."""
        dbname, package_id = package_sudo.env.cr.dbname, package_sudo.id
        registry = package_sudo.env.registry

        def body():
            try:
                yield from chunks
            except SealError:
                _logger.error("Package %s of database %s was changed on disk; it is closed.", package_id, dbname)
                with registry.cursor() as cr:
                    api.Environment(cr, api.SUPERUSER_ID, {})["unicdo.package"].browse(package_id)._mark_broken()
                # the server drops the connection, so that the browser knows the file is not whole
                raise ConnectionAbortedError from None

        return body()

    def _mark_broken(self, package_sudo):
        _logger.error("Package %s was changed on disk; it is closed.", package_sudo.id)
        package_sudo._mark_broken()

    def _note_refusal(self, problem, package_sudo=None):
        """A refused attempt stays in the ledger whatever becomes of this request."""
        request.env["unicdo.ledger.event"]._record(
            "dsar.download.refused",
            subject=request.env["unicdo.subject"]._for_partner(request.env.user.partner_id),
            model="unicdo.package" if package_sudo else None,
            res_ids=package_sudo.ids if package_sudo else (),
            detail={"problem": problem},
            separate=True,
        )

    def _package_page(self, link_sudo, problem, token="", has_ticket=False, request_sudo=None):
        item_sudo = request_sudo or (link_sudo.package_id.request_id if link_sudo else None)
        values = self._dsar_values(
            request.env._("Open my copy"),
            link=link_sudo,
            item=item_sudo,
            problem=problem,
            token=token,
            has_ticket=has_ticket,
            may_renew=bool(item_sudo) and item_sudo._may_renew(),
        )
        response = self._private("unicdo_dsar.portal_package", values)
        if problem:
            response.status_code = 404 if problem == "unknown" else 410
        return response
