# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoLedgerEvent(models.Model):
    _inherit = "unicdo.ledger.event"

    @api.model
    def _kind_names(self):
        _ = self.env._
        return super()._kind_names() | {
            "recording.chunk_refused": _("Piece of a recording refused"),
            "recording.destroyed": _("Recording destroyed"),
            "recording.handed_out": _("Recording handed to the person it is about"),
            "recording.watched": _("Recording watched"),
            "recording.undertaking": _("Confidentiality of recordings acknowledged"),
            "recording.late": _("Recordings not destroyed in time"),
            "recording.removed_all": _("All recordings of the database destroyed on request"),
        }

    @api.model
    def _detail_names(self):
        _ = self.env._
        return super()._detail_names() | {
            "began": _("Began"), "chunks": _("Pieces"), "count": _("Number"), "recording": _("Recording"), "why": _("Why"),
        }
