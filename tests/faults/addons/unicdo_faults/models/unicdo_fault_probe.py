# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import signal
import time

from odoo import fields, models

SECONDS = 0.05


class UnicdoFaultProbe(models.Model):
    """A record with work of all sorts."""

    _name = "unicdo.fault.probe"
    _description = "Record with Work"

    name = fields.Char()
    count = fields.Integer(help="Written by every row of work: all rows collide here.")

    def _do_work_mark(self, work):
        """Takes a moment and leaves a mark."""
        self.env["unicdo.fault.mark"].create({"name": work.key, "process": os.getpid()})
        time.sleep(SECONDS)

    def _do_work_collide(self, work):
        """Leaves a mark and writes what all others write."""
        self._do_work_mark(work)
        self.env.cr.execute(
            "UPDATE unicdo_fault_probe SET count = count + 1 WHERE id = %s", [self.id], log_exceptions=False)

    def _do_work_poison(self, work):
        """Takes its whole process along, as running out of memory does."""
        os.kill(os.getpid(), signal.SIGKILL)
