# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ..tools.proration import refund


class UnicdoCancellationCut(models.Model):
    """Nothing is billed for days after the end: drafts are cut when it is scheduled (POLICY CAN-3)."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    def _cut_drafts(self):
        """Shorten what draft invoices bill beyond the end, with its price; remove what they bill for later days alone.

        Called when the end is scheduled. Taking the cancellation back restores nothing; the invoices say what was cut.
        """
        self.ensure_one()
        subscription, end = self.subscription_id, self.end_date
        lines_sudo = self.env["account.move.line"].sudo().search(  # who cancels need not see invoices
            Domain("parent_state", "=", "draft") & Domain("move_id.move_type", "in", ("out_invoice", "out_receipt"))
            & (Domain("unicdo_subscription_id", "=", subscription.id)
               | Domain("move_id.commercial_partner_id", "=", subscription.partner_id.commercial_partner_id.id))
        )
        cut = lines_sudo.move_id.browse()
        for binding in lines_sudo._unicdo_bindings():
            if binding["subscription"] == subscription and binding["last_day"] and binding["last_day"] > end:
                cut |= binding["line"].move_id
                self._cut_line(binding, end)
        cut.filtered(lambda move: "product" not in move.invoice_line_ids.mapped("display_type")).button_cancel()

    def _cut_line(self, binding, end):
        """Cut one line of a draft invoice, and write on it what was done.

        :param dict binding: as of ``_unicdo_bindings``
        :param datetime.date end: last day of service
        """
        line, move = binding["line"], binding["line"].move_id
        price = line._unicdo_price()
        used = price - refund(price, binding["first_day"], binding["last_day"], end, move._unicdo_step())
        title = (line.name or "").split("\n")[0]
        if binding["first_day"] > end:
            line.unlink()
        else:
            line.write({
                "unicdo_subscription_id": self.subscription_id.id, "unicdo_first_day": binding["first_day"],
                "unicdo_last_day": end, "price_unit": line.price_unit * float(used / price) if price else line.price_unit,
            })
        if move.auto_post not in ("no", "at_date"):
            # a recurring invoice would be copied for the next period
            move.auto_post = "at_date"
        move._message_log(body=self.env._(
            "%(request)s ends the hosting on %(end)s: “%(line)s” was cut from %(price)s to %(used)s.",
            request=self.name, end=format_date(self.env, end), line=title,
            price=format_amount(self.env, float(price), move.currency_id),
            used=format_amount(self.env, float(used), move.currency_id),
        ))
