# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import hashlib
import io
import shutil
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import human_size

from ..const import PACKAGE_DAYS
from ..tools import zip_segments


class UnicdoPackage(models.Model):
    """One sealed zip for one person, kept on disk in segments until it expires.

    What stands here is where it is and until when; its content is opened by nobody but the person (``_read_*`` are
    called by the person's own requests) and by the work that writes it.
    """

    _name = "unicdo.package"
    _description = "Sealed Package"
    _order = "id desc"
    _rec_name = "request_id"

    request_id = fields.Many2one("unicdo.request", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="request_id.company_id")
    part = fields.Selection(
        [("first", "At once"), ("second", "After review")], required=True, readonly=True, default="first"
    )
    state = fields.Selection(
        [("building", "Being prepared"), ("ready", "Ready"), ("destroyed", "Destroyed")],
        default="building",
        required=True,
        readonly=True,
    )
    key_id = fields.Many2one("unicdo.vault.key", readonly=True, ondelete="set null", groups=fields.NO_ACCESS)
    segment_ids = fields.One2many("unicdo.package.segment", "package_id", groups=fields.NO_ACCESS)
    link_ids = fields.One2many("unicdo.download.link", "package_id", readonly=True)
    file_ids = fields.Json("Files in it", readonly=True, groups=fields.NO_ACCESS)
    size = fields.Float("Bytes", compute="_compute_size", digits=(16, 0))
    size_text = fields.Char("Size", compute="_compute_size")
    entry_count = fields.Integer("Files", compute="_compute_size")
    etag = fields.Char(readonly=True, help="SHA-256 over the digests of all entries.", groups=fields.NO_ACCESS)
    ready_at = fields.Datetime("Ready on", readonly=True)
    expires_at = fields.Datetime("Open until", readonly=True, index="btree_not_null")
    opened_count = fields.Integer("Opened", compute="_compute_opened_count")

    @api.depends("state")
    def _compute_size(self):
        totals = {
            package.id: (size, count)
            for package, size, count in self.env["unicdo.package.segment"]
            .sudo()
            ._read_group([("package_id", "in", self.ids)], ["package_id"], ["size:sum", "entry_count:sum"])
        }
        for package in self:
            package.size, package.entry_count = totals.get(package.id, (0, 0))
            package.size_text = human_size(int(package.size))

    @api.depends("link_ids.opened_count")
    def _compute_opened_count(self):
        for package in self:
            package.opened_count = sum(package.link_ids.mapped("opened_count"))

    @api.ondelete(at_uninstall=False)
    def _unlink_destroys_content(self):
        self._destroy()

    # ---------------------------------------------------------------- writing

    def _folder(self):
        """Where the segments stand, under the vault's id: never the database's name."""
        self.ensure_one()
        return self.env["unicdo.vault"]._folder("packages") / str(self.id)

    @contextlib.contextmanager
    def _segment(self, name, sequence, meta=None):
        """Write one segment, replacing an earlier one of that name: work that was killed just runs again.

        :param str name: unique in the package, a file name
        :param int sequence: place in the zip
        :param dict meta: kept with the segment as it is in the end; holds nothing personal
        :return: ``SegmentWriter``
        """
        path = self._folder() / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        index = io.BytesIO()
        with self.sudo().key_id._writer(path) as out:
            writer = zip_segments.SegmentWriter(out, index, fields.Datetime.now())
            yield writer
            out.write(index.getvalue())
        self._note_segment(
            name,
            {
                "sequence": sequence,
                "size": writer.size,
                "index_size": index.tell(),
                "entry_count": writer.count,
                "sha256": writer.sha256,
                "meta": meta or {},
            },
        )

    def _note_segment(self, name, values):
        segments_sudo = self.env["unicdo.package.segment"].sudo()
        known = segments_sudo.search([("package_id", "=", self.id), ("name", "=", name)])
        if known:
            known.write(values)
        else:
            segments_sudo.create({"package_id": self.id, "name": name, **values})

    def _close_zip(self, open_segment):
        """Write the central directory, the last segment; from then on the zip can be handed out.

        :param open_segment: what :meth:`_segment_opener` gave
        """
        segments = self.sudo().segment_ids.filtered(lambda segment: segment.name != "directory").sorted()
        path = self._folder() / "directory"
        start = sum(segment._bytes() for segment in segments)
        digest = hashlib.sha256()
        size = 0
        with self.sudo().key_id._writer(path) as out:

            def write(data):
                nonlocal size
                out.write(data)
                digest.update(data)
                size += len(data)

            zip_segments.write_central_directory(self._entries(segments, open_segment), start, write)
        self._note_segment(
            "directory",
            {
                "sequence": 1 << 30,
                "size": size,
                "index_size": 0,
                "entry_count": 0,
                "sha256": digest.hexdigest(),
                "meta": {},
            },
        )
        every = self.sudo().segment_ids.sorted()
        self.etag = hashlib.sha256("".join(every.mapped("sha256")).encode()).hexdigest()

    def _entries(self, segments, open_segment):
        """All index lines of segments, each with the place where its segment starts.

        :param open_segment: what :meth:`_segment_opener` gave
        :return: iterator of ``(segment start, entry)``
        """
        start = 0
        for segment in segments:
            with open_segment(segment.name) as reader:
                for entry in segment._index(reader):
                    yield start, entry
            start += segment._bytes()

    # ---------------------------------------------------------------- reading

    def _segment_opener(self):
        """A function of a segment's name → context manager that gives a ``SealReader``; holds no cursor."""
        open_file, folder = self.sudo().key_id._file_opener(), self._folder()
        return lambda name: open_file(folder / name)

    def _span_reader(self):
        """A function ``(start, stop)`` → iterator of bytes of the zip, which needs no cursor while it runs."""
        self.ensure_one()
        open_segment = self._segment_opener()
        parts = [
            (segment._bytes(), segment._range_reader(open_segment)) for segment in self.sudo().segment_ids.sorted()
        ]
        return lambda start, stop: zip_segments.read_span(parts, start, stop)

    def _read_entry(self, name):
        """One file of the package.

        :param str name: path inside the zip
        :return: ``(size, iterator of bytes)``, or None if there is no such file
        """
        self.ensure_one()
        open_segment = self._segment_opener()
        for segment in self.sudo().segment_ids.sorted():
            with open_segment(segment.name) as reader:
                entry = next((line for line in segment._index(reader) if line["name"] == name), None)
            if entry:
                return entry["size"], zip_segments.read_entry(segment._range_reader(open_segment), entry)
        return None

    def _check_segments(self):
        """Open every sealed file and look at its end.

        :raise SealError: one is missing, cut or changed, or the key was destroyed
        """
        open_segment = self._segment_opener()
        for segment in self.sudo().segment_ids:
            with open_segment(segment.name):
                pass

    # ---------------------------------------------------------------- life and end

    def _mark_broken(self):
        """What is on disk is not what was written: nobody gets it any more; a fresh link makes it anew."""
        if self.state == "ready":
            self.expires_at = fields.Datetime.now()
            self.request_id._log("dsar.broken", self)
            self.request_id._tell(
                self.env._("The stored package was damaged and has been closed. A fresh link makes it anew.")
            )

    def _is_open(self):
        """Whether the content may still be handed out: refused from the instant it expires, destroyed or not."""
        self.ensure_one()
        return self.state == "ready" and bool(self.expires_at) and self.expires_at > fields.Datetime.now()

    def _extend(self):
        """A fresh link was made: the file lives as long as the link."""
        self.expires_at = fields.Datetime.now() + timedelta(days=PACKAGE_DAYS)

    def _destroy(self):
        """Destroy the key, then the files. What a backup holds of them stays unreadable."""
        for package in self.sudo().filtered(lambda package: package.state != "destroyed"):
            # no key is needed to destroy
            folder = self.env["unicdo.vault"]._root() / "packages" / str(package.id)
            package.key_id._destroy()
            shutil.rmtree(folder, ignore_errors=True)
            package.segment_ids.unlink()
            package.write({"state": "destroyed", "file_ids": False})
            self.env["unicdo.work"]._cancel(package._name, package.id)
            package.request_id._log("dsar.destroyed", package)

    @api.model
    def _cron_destroy_expired(self):
        """Destroy what has expired; each on its own, so that one that fails stops no other."""
        if self.env["unicdo.vault"]._status() in ("neutralized", "foreign"):
            return  # a copy never touches the original's files
        packages = self.sudo().search([("state", "=", "ready"), ("expires_at", "<=", fields.Datetime.now())])
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(packages))
        for package in packages:
            package._destroy()
            if not commit_progress(1):
                return
