# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoFaultMark(models.Model):
    """One line per time a row was done: a row done twice leaves two."""

    _name = "unicdo.fault.mark"
    _description = "Mark of Work Done"

    name = fields.Char(required=True)
    process = fields.Integer(required=True)
