# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class UnicdoConsentEventTrace(models.Model):
    """From where an event came. Personal data that erasure and retention remove; the event itself stays."""

    _name = "unicdo.consent.event.trace"
    _description = "Origin of a Consent Event"
    _log_access = False
    _rec_name = "address"

    event_id = fields.Integer(required=True, readonly=True, index=True, aggregator=None)
    address = fields.Char("Network address", readonly=True)
    user_agent = fields.Char("Browser", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Person", compute="_compute_partner_id", search="_search_partner_id", compute_sudo=True
    )

    @api.depends("event_id")
    def _compute_partner_id(self):
        events = self.env["unicdo.consent.event"].browse(self.mapped("event_id")).exists()
        partners = {event.id: event.partner_id for event in events}
        for trace in self:
            trace.partner_id = partners.get(trace.event_id)

    def _search_partner_id(self, operator, value):
        events_sudo = self.env["unicdo.consent.event"].sudo()  # whoever may not read an event may not read its origin
        return [("event_id", "in", events_sudo._search([("partner_id", operator, value)]))]
