# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoLedgerEvent(models.Model):
    """What the ledger says about ends of hosting, in words for people."""

    _inherit = "unicdo.ledger.event"

    @api.model
    def _kind_names(self):
        _ = self.env._
        return super()._kind_names() | {
            "hosting.account.restored": _("Account works again"),
            "hosting.account.suspended": _("Account suspended with the end of hosting"),
            "hosting.backup_offered": _("Last backup offered"),
            "hosting.cancel.closed": _("End of hosting closed"),
            "hosting.cancel.credited": _("Unused part credited"),
            "hosting.cancel.disowned": _("Somebody says that a cancellation was not theirs"),
            "hosting.cancel.link": _("Link mailed that proves who cancelled"),
            "hosting.cancel.received": _("Cancellation received"),
            "hosting.cancel.refused": _("Cancellation refused"),
            "hosting.cancel.replaced": _("Cancellation replaced by another"),
            "hosting.cancel.scheduled": _("End of hosting scheduled"),
            "hosting.cancel.seen": _("Letter opened in the portal"),
            "hosting.cancel.taken_back": _("Cancellation taken back"),
            "hosting.cancel.terminated": _("Hosting ended"),
            "hosting.cancel.verified": _("Known who cancelled"),
            "hosting.data_deleted": _("Data of the hosting let go"),
            "hosting.ended": _("Access to the hosting ended"),
        }

    @api.model
    def _detail_names(self):
        _ = self.env._
        return super()._detail_names() | {
            "channel": _("By"), "what": _("What"), "how": _("How"), "end": _("Last day"), "by": _("Replaced by"),
            "letter": _("Letter"), "waits": _("Waits for payment"), "done_by": _("Done by"),
        }
