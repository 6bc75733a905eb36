# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class UnicdoOauthUse(models.Model):
    """One thing that was done with a person's token, told to them."""

    _name = "unicdo.oauth.use"
    _description = "Use of a Connection"
    _log_access = False
    _order = "id"
    _rec_name = "what"

    token_id = fields.Many2one("unicdo.oauth.token", required=True, readonly=True, ondelete="cascade", index=True)
    what = fields.Char(required=True, readonly=True)
    done_at = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now)
