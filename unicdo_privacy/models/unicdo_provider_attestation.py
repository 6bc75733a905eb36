# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

KINDS = [
    ("pci", "PCI DSS"),
    ("iso27001", "ISO/IEC 27001"),
    ("iso27701", "ISO/IEC 27701"),
    ("iso27018", "ISO/IEC 27018"),
    ("soc2", "SOC 2"),
    ("c5", "BSI C5"),
    ("hds", "HDS"),
    ("other", "Other"),
]


class UnicdoProviderAttestation(models.Model):
    """What a third party attests to a service provider, and until when."""

    _name = "unicdo.provider.attestation"
    _inherit = ["unicdo.noted"]
    _description = "Attestation of a Service Provider"
    _order = "kind, valid_until desc, id"
    _rec_name = "kind"

    provider_id = fields.Many2one("unicdo.provider", required=True, ondelete="cascade", index=True)
    kind = fields.Selection(KINDS, required=True)
    reference = fields.Char(help="Number of the certificate, or what it covers.")
    valid_until = fields.Date("Valid until", required=True)

    def _note(self, what):
        for attestation in self:
            self.env["unicdo.ledger.event"]._record(
                "provider.attested", model="unicdo.provider", res_ids=attestation.provider_id.ids,
                detail={"what": what, "kind": attestation.kind, "to": fields.Date.to_string(attestation.valid_until)},
            )
