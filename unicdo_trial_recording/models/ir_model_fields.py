# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import ValidationError


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    @api.constrains("model", "relation", "state")
    def _check_recordings(self):
        """No field typed into the database stands on recordings or leads to them: it could copy what it sees when the
        program's own functions read."""
        if not self.env.registry.ready:
            return
        guarded = set(self.env.registry.descendants(["unicdo.recording.guarded"], "_inherit"))
        for field in self:
            if field.state == "manual" and guarded & {field.model, field.relation}:
                raise ValidationError(self.env._("No field can be added to recordings, or lead to them."))
