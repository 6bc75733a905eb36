# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Domain

#: The European Economic Area, and the overseas parts of its members where EU law holds (TFEU Art. 355(1), Protocol 2)
EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK AX GF GP MF MQ RE YT".split()
)


class UnicdoAdequacy(models.Model):
    """A country to which personal data may go as within the EEA, by a decision of the Commission (GDPR Art. 45).

    Decisions come and end: these rows are data, so that a change of law is an edit.
    """

    _name = "unicdo.adequacy"
    _inherit = ["unicdo.noted"]
    _description = "Adequacy Decision"
    _order = "country_id, valid_from desc"
    _rec_name = "source"

    country_id = fields.Many2one("res.country", required=True, ondelete="restrict")
    source = fields.Char("Decision", required=True, help="Where it is published, such as Decision 2012/484/EU.")
    scope = fields.Char(
        "Only for", translate=True,
        help="The recipients it is limited to. If there is a limit, whoever registers a provider has to say that it is "
        "within. Empty: everybody in that country.",
    )
    valid_from = fields.Date("Valid from", required=True)
    valid_until = fields.Date("Last day", help="Empty: until it is repealed.")

    _dates_check = models.Constraint(
        "CHECK(valid_until IS NULL OR valid_until >= valid_from)", "The last day cannot be before the first."
    )

    def _note(self, what):
        for decision in self:
            detail = {"what": what, "kind": decision.country_id.code, "to": str(decision.valid_until or "-")}
            self.env["unicdo.ledger.event"]._record(
                "adequacy.changed", model=self._name, res_ids=decision.ids, detail=detail
            )

    @api.model
    def _of(self, country, day):
        """The decisions on a country that hold on a day, in sudo: everybody is told by what data leaves the EEA.

        :param country: one ``res.country``
        :param datetime.date day: a day
        """
        return self.sudo().search(
            Domain("country_id", "=", country.id) & Domain("valid_from", "<=", day)
            & (Domain("valid_until", "=", False) | Domain("valid_until", ">=", day))
        )
