# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from ..tools import guard


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def _run_action_code_multi(self, eval_context):
        """Code typed into the database is never handed sealed content, whoever runs it (DESIGN 7)."""
        with guard.action_code():
            return super()._run_action_code_multi(eval_context)

    def _eval_value(self, eval_context=None):
        """An expression typed into the database is such code too."""
        with guard.action_code():
            return super()._eval_value(eval_context=eval_context)
