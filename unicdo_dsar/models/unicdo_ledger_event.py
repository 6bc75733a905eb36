# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class UnicdoLedgerEvent(models.Model):
    """What the ledger says about requests, in words for people."""

    _inherit = "unicdo.ledger.event"

    @api.model
    def _kind_names(self):
        _ = self.env._
        return super()._kind_names() | {
            "dsar.answered": _("Request answered"),
            "dsar.broken": _("Package found damaged"),
            "dsar.destroyed": _("Package destroyed"),
            "dsar.download": _("Package opened by the person"),
            "dsar.download.refused": _("Opening a package refused"),
            "dsar.link": _("Link to a package made"),
            "dsar.ready": _("Package ready"),
            "dsar.refused": _("Request refused"),
            "dsar.request": _("Request received"),
            "dsar.review.read": _("Record read in a review"),
            "dsar.reviewed": _("Review finished"),
        }

    @api.model
    def _detail_names(self):
        _ = self.env._
        return super()._detail_names() | {
            "opened": _("Times in all"), "problem": _("Why"), "records": _("Records"),
        }
