# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoNoted(models.AbstractModel):
    """Records whose every change is told in the ledger, in the words of :meth:`_note`."""

    _name = "unicdo.noted"
    _description = "Told in the Ledger"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._note("added")
        return records

    def write(self, vals):
        """Say what was changed."""
        result = super().write(vals)
        self._note("changed")
        return result

    def unlink(self):
        """Say what is taken away."""
        self._note("removed")
        return super().unlink()

    def _note(self, what):
        """Write one event for each record.

        :param str what: "added", "changed" or "removed"
        """
        raise NotImplementedError
