# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.unicdo_privacy.catalogue.source import Email, anonymise, source

from ..const import PURPOSE

_lt = LazyTranslate(__name__)


class UnicdoDataMap(models.AbstractModel):
    _inherit = "unicdo.data.map"

    @api.model
    def _catalogue(self):
        return super()._catalogue() + [
            source(
                "unicdo.recording.trial", _lt("Databases you administer whose recordings are kept here"), "account",
                (Email("admin_email"),),
                "name url admin_email",
                purpose="contract", retention="account", erase=anonymise("admin_email"), carries=False,
            ),
        ]

    @api.model
    def _kept_apart(self):
        """The choice about recordings, and the recordings: where anybody was ever asked."""
        kept = super()._kept_apart()
        events_sudo = self.env["unicdo.consent.event"].sudo()  # only whether anybody was ever asked
        was_asked = events_sudo.search_count([("purpose_key", "=", PURPOSE)], limit=1)
        if not was_asked and not self.env["unicdo.recording.trial"]._is_offered():
            return kept
        return kept + [{
            "key": "recordings", "category": "recordings", "url": "/my/privacy/recordings",
            "title": self.env._("Recordings of trial sessions"),
            "text": self.env._(
                "Whether you agreed to recordings, and the recordings themselves, are kept apart: neither your employer nor "
                "your administrator can see them. Sign in to see, get and remove yours. If you cannot sign in, ask with a "
                "mailed code, at /recording/request of the same address."
            ),
        }]
