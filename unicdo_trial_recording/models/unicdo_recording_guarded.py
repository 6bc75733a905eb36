# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.unicdo_privacy.tools.guard import in_action_code

from ..const import GROUP
from ..tools.inside import is_inside


class UnicdoRecordingGuarded(models.AbstractModel):
    """Rows about recordings: read by whoever holds the usability role in the live request, whatever rights the code has.

    Access rights alone would not do: a Settings administrator edits them, and server actions and computed fields run with
    all rights (POLICY REC-2, DESIGN 7). The program's own functions say :func:`~..tools.inside.inside`.
    """

    _name = "unicdo.recording.guarded"
    _description = "Rows about Recordings"

    @api.model
    def _check_watcher(self):
        """Refuse unless the session of the live request belongs to the usability team.

        :raises AccessError: in jobs, shells and server actions always, in requests of anybody else
        """
        if is_inside() or not self.env.registry.ready:
            return
        uid = request.session.uid if request and request.db == self.env.cr.dbname else None
        if not uid or in_action_code() or not self.env["res.users"].sudo().browse(uid)._unicdo_has_role(GROUP):
            raise AccessError(self.env._("Recordings are for the usability team only, and you are signed in as somebody else."))

    @api.model
    def _check_inside(self):
        if not is_inside() and self.env.registry.ready:
            raise AccessError(self.env._(
                "Recordings are not edited: they come with consent, and go by request or by their date."
            ))

    @api.model
    def _search(self, *args, **kwargs):
        self._check_watcher()
        return super()._search(*args, **kwargs)

    def _fetch_query(self, query, fields):
        self._check_watcher()
        return super()._fetch_query(query, fields)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_inside()
        return super().create(vals_list)

    def write(self, vals):
        self._check_inside()
        return super().write(vals)

    def unlink(self):
        self._check_inside()
        return super().unlink()
