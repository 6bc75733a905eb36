# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.unicdo_privacy.tools.guard import in_action_code

from ..const import GROUP
from ..tools.inside import is_inside, on_leave, sees_past


class UnicdoRecordingGuarded(models.AbstractModel):
    """Rows about recordings: read by whoever holds the usability role in the live request, whatever rights the code has.

    Access rights alone would not do: a Settings administrator edits them, and server actions and computed fields run with
    all rights (POLICY REC-2, DESIGN 7). The program's own functions say :func:`~..tools.inside.inside`.

    From the instant of a recording's date on its rows are found by nobody, but by what destroys them (POLICY REC-4).
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
    def _has_undertaken(self):
        """Whether the person of the live request's session has acknowledged the confidentiality undertaking that applies
        now; inside our own functions too, for they act for somebody."""
        uid = request.session.uid if request and request.db == self.env.cr.dbname else None
        return bool(uid) and self.env["unicdo.policy"]._has_undertaken(self.env["res.users"].browse(uid))

    @api.model
    def _check_undertaken(self):
        """Refuse whoever has not acknowledged the confidentiality undertaking, see :meth:`_has_undertaken`.

        :raises AccessError: they have not, or none was published
        """
        if not self._has_undertaken():
            raise AccessError(self.env._(
                "Please acknowledge the confidentiality undertaking first: open a recording of the list and press “Watch”."
            ))

    def export_data(self, fields_to_export):
        """What leaves Odoo as a file leaves the hands of somebody who undertook to keep it."""
        self._check_undertaken()
        return super().export_data(fields_to_export)

    @api.model
    def _check_inside(self):
        if not is_inside() and self.env.registry.ready:
            raise AccessError(self.env._(
                "Recordings are not edited: they come with consent, and go by request or by their date."
            ))

    @api.model
    def _alive(self):
        """The rows whose recording's date has not come: from that instant on nobody gets to see one, whether a job ran or
        not."""
        return Domain("recording_id.destroy_at", ">", fields.Datetime.now())

    @api.model
    def _search(self, domain, *args, **kwargs):
        self._check_watcher()
        if not sees_past():
            domain = Domain(domain) & self._alive()
        return super()._search(domain, *args, **kwargs)

    def _fetch_query(self, query, field_list):
        self._check_watcher()
        self._forget_on_leave()
        return super()._fetch_query(query, field_list)

    def _forget_on_leave(self):
        """What the program's own functions read stays in memory no longer than they run: there all code can read it."""
        if is_inside():
            model = self.env[self._name]
            on_leave((self.env.cr, self._name), lambda: model.invalidate_model())

    @api.model_create_multi
    def create(self, vals_list):
        self._check_inside()
        self._forget_on_leave()
        return super().create(vals_list)

    def write(self, vals):
        self._check_inside()
        self._forget_on_leave()
        return super().write(vals)

    def unlink(self):
        self._check_inside()
        return super().unlink()
