# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from ..tools import zip_segments


class UnicdoPackageSegment(models.Model):
    """One sealed file of a package: complete zip entries, and behind them the index that names them."""

    _name = "unicdo.package.segment"
    _description = "Segment of a Package"
    _order = "sequence, name"

    package_id = fields.Many2one("unicdo.package", required=True, readonly=True, ondelete="cascade", index=True)
    name = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    size = fields.Float(readonly=True, help="Bytes of zip; an integer column ends at 2 GiB.")
    index_size = fields.Integer(readonly=True)
    entry_count = fields.Integer(readonly=True)
    sha256 = fields.Char(readonly=True)
    meta = fields.Json(readonly=True, help="Which tables stand in it; nothing personal.")

    _name_uniq = models.Constraint("UNIQUE(package_id, name)", "This segment exists already.")

    def _bytes(self):
        """Size of the zip entries in bytes, the index behind them not counted."""
        return int(self.size)

    def _index(self, reader):
        """The entries of this segment.

        :param reader: the sealed file, opened for reading
        :return: iterator of dicts, see ``tools.zip_segments``
        """
        return zip_segments.read_index(reader.read_range(self._bytes(), self._bytes() + self.index_size))

    def _range_reader(self, open_segment):
        """A function ``(start, stop)`` → iterator of bytes. The file is opened when the iterator starts, and needs no
        cursor then: a package may have more segments than a process may have open files.

        :param open_segment: what the package's ``_segment_opener`` gave
        """
        name = self.name

        def read(start, stop):
            with open_segment(name) as reader:
                yield from reader.read_range(start, stop)

        return read
