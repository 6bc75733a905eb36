# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoHostingProvider(models.Model):
    """How access to a hosted service is ended, and a last backup is asked for."""

    _name = "unicdo.hosting.provider"
    _description = "Hosting Provider Hook"
    _order = "name"

    name = fields.Char(required=True)
    kind = fields.Selection(
        [("manual", "A person does it"), ("users", "Users of this Odoo"), ("webhook", "Signed webhook")],
        required=True,
        default="manual",
    )
    active = fields.Boolean(default=True)
