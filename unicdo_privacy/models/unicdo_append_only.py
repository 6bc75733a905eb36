# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models
from odoo.exceptions import UserError

from ..tools.append_only import protect


class UnicdoAppendOnly(models.AbstractModel):
    """Rows that are written once: the ORM refuses politely what the table's trigger refuses anyway.

    Such tables hold bare integers instead of many2one fields (a foreign key would block deleting users and contacts, or
    change rows), and set ``_log_access = False`` themselves, for the same reason.
    """

    _name = "unicdo.append.only"
    _description = "Table that only grows"

    def init(self):
        super().init()
        if not self._abstract:
            protect(self.env.cr, self._table)

    def write(self, vals):
        raise UserError(self._refusal())

    def unlink(self):
        raise UserError(self._refusal())  # pylint: disable=no-raise-unlink

    def _refusal(self):
        return self.env._("This is kept as proof and never changes. Add a new entry instead.")
