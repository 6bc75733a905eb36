# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib

from odoo import models

from ..apps import base_automation
from ..tools import guard

#: kinds of actions that tell somebody what an administrator chose
TELLING = ("webhook", "mail_post", "sms")


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def _run_action_code_multi(self, eval_context):
        """Code typed into the database is never handed sealed content, whoever runs it (DESIGN 7)."""
        with guard.action_code():
            return super()._run_action_code_multi(eval_context)

    def _run(self, records, eval_context):
        """What a webhook or a message tells was chosen in the database, as code is."""
        with guard.action_code() if self.state in TELLING else contextlib.nullcontext():
            return super()._run(records, eval_context)

    def _register_hook(self):
        super()._register_hook()
        base_automation.patch(self.env)

    def _eval_value(self, eval_context=None):
        """An expression typed into the database is such code too."""
        with guard.action_code():
            return super()._eval_value(eval_context=eval_context)
