# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import re
from base64 import b64encode

from odoo import api, fields, models
from odoo.tools import SQL, file_open

from ..tools.sheet import stand_alone

_logger = logging.getLogger(__name__)

FONT = re.compile(r"(?:https?://[^/]+)?/([a-z0-9_]+/static/[A-Za-z0-9_./-]+\.woff2)(?:[?#].*)?")
#: bytes of all fonts in one sheet: icons, not the many faces of text
MOST_FONT_BYTES = 600_000
MOST_BYTES = 8_000_000


class UnicdoRecordingSheet(models.Model):
    """A style sheet of Odoo as it was when somebody was recorded: asset bundles change, recordings have to look the same.

    Holds no personal data; goes when no recording needs it any more.
    """

    _name = "unicdo.recording.sheet"
    _description = "Style Sheet of Recordings"
    _log_access = False
    _rec_name = "path"

    path = fields.Char(required=True, readonly=True, help="Of the bundle, such as /web/assets/1a2b3c/web.assets_web.min.css.")
    css = fields.Text(required=True, readonly=True)
    kept_at = fields.Datetime("Kept on", required=True, readonly=True, default=fields.Datetime.now)

    _path_uniq = models.UniqueIndex("(path)")

    @api.model
    def _keep(self, paths):
        """Keep the style sheets that recordings refer to, each once; those that are no more are left out.

        :param list paths: of asset bundles of this database
        """
        sheets_sudo = self.sudo()
        missing = set(paths) - set(sheets_sudo.search([("path", "in", paths)]).mapped("path"))
        for path in sorted(missing):
            # bundles are public, but attachments are not everybody's to read
            bundle_sudo = self.env["ir.attachment"].sudo().search(
                [("url", "=", path), ("public", "=", True), ("res_model", "=", "ir.ui.view")], limit=1
            )
            content = bundle_sudo.raw
            if not content or len(content) > MOST_BYTES:
                _logger.info("The style sheet %s of a recording is not there; it will be shown in a similar one", path)
                continue
            css = stand_alone(content.decode("utf-8", "replace"), self._font_reader())
            self.env.cr.execute(SQL(
                "INSERT INTO unicdo_recording_sheet (path, css, kept_at) VALUES (%s, %s, %s) ON CONFLICT (path) DO NOTHING",
                path, css.replace("\0", ""), fields.Datetime.now(),
            ))

    @api.model
    def _font_reader(self):
        """A function of an address that gives Odoo's own font there as a ``data:`` address, None for all else."""
        known, left = {}, MOST_FONT_BYTES

        def font(address):
            nonlocal left
            found = FONT.fullmatch(address)
            if found and found[1] not in known:
                try:
                    with file_open(found[1], "rb") as file:
                        content = file.read(left + 1)
                except (OSError, ValueError):
                    content = b""
                fits = 0 < len(content) <= left
                known[found[1]] = f"data:font/woff2;base64,{b64encode(content).decode()}" if fits else None
                left -= len(content) * fits
            return found and known[found[1]]

        return font

    @api.model
    def _texts(self, paths):
        """The style sheets of a recording; for one that was not kept, the last of the same bundle.

        :param list paths: as they stand in the recording
        :return: dict path → CSS
        """
        sheets_sudo = self.sudo()
        texts = {sheet.path: sheet.css for sheet in sheets_sudo.search([("path", "in", paths)])}
        for path in set(paths) - set(texts):
            name = path.rpartition("/")[2]
            like = sheets_sudo.search([("path", "=like", f"/web/assets/%/{name}")], order="kept_at desc, id desc", limit=1)
            if like:
                texts[path] = like.css
        return texts

    @api.autovacuum
    def _gc_unused(self):
        """Forget the sheets that no recording refers to. A new one stays a day, until recordings under way say theirs."""
        self.env.cr.execute("""
            DELETE FROM unicdo_recording_sheet s
             WHERE s.kept_at < (now() AT TIME ZONE 'UTC') - interval '1 day'
               AND NOT EXISTS (SELECT 1 FROM unicdo_recording r WHERE r.sheets ? s.path)
        """)
        self.env.invalidate_all()
