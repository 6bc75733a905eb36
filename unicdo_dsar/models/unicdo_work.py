# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoWork(models.Model):
    """What the background does for requests, in words for people."""

    _inherit = "unicdo.work"

    @api.model
    def _kind_names(self):
        return super()._kind_names() | {
            "find": self.env._("Find the person's data"),
            "rows": self.env._("Write records into the package"),
            "files": self.env._("Write files into the package"),
            "assemble": self.env._("Close the package"),
            "announce": self.env._("Mail the link to the package"),
        }
