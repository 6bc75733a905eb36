# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL, frozendict

from ..tools.proration import cap, money_back, rounded


class AccountMoveCredit(models.Model):
    """Giving back a part of a posted invoice: the same numbers in a preview and in the credit note (POLICY CAN-3).

    Odoo's tax engine computes lines of quantity 1 without discount. Its result is lowered where it exceeds what remains of
    the invoice, and handed to the credit note as ``extra_tax_data``, by which the engine takes amounts as given.
    """

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    @api.depends("reversed_entry_id")
    def _compute_invoice_currency_rate(self):
        """The credit note of an end keeps the rate of its invoice, whatever its date."""
        ours = self.filtered("unicdo_cancellation_id")
        for move in ours:
            move.invoice_currency_rate = move.reversed_entry_id.invoice_currency_rate
        return super(AccountMoveCredit, self - ours)._compute_invoice_currency_rate()

    # ---------------------------------------------------------------- what remains

    def _unicdo_credited(self, but=None):
        """Credit notes that count against this invoice: all that are posted, and ours that wait for approval.

        A draft made by hand is no credit yet: it lowers nobody's refund, and posting it is refused where both are too much.

        :param but: ``unicdo.cancellation`` whose own do not count
        """
        return self.reversal_move_ids.filtered(
            lambda move: (move.state == "posted" or (move.state == "draft" and move.unicdo_cancellation_id))
            and not (but and move.unicdo_cancellation_id == but)
        )

    def _unicdo_limits(self, but=None):
        """What is not credited of this invoice yet.

        :param but: as in :meth:`_unicdo_credited`
        :return: dict of Decimals ``net`` and ``total``, and of dicts of id → Decimal: ``tax``, ``product``, and ``line``, of
            which only our credits are known
        """
        self.ensure_one()
        credited = self._unicdo_credited(but)
        lines = (self | credited).line_ids
        net, taxes, products, own = Decimal(0), defaultdict(Decimal), defaultdict(Decimal), defaultdict(Decimal)
        # receivables of an invoice are positive, so its products and taxes are negative, and those of its credit notes positive
        for line in lines:
            amount = self._unicdo_decimal(-line.amount_currency)
            if line.display_type == "product":
                net += amount
                price = line._unicdo_price() if line.move_id == self else -line._unicdo_price()
                products[line.product_id.id] += price if price > 0 or line.move_id != self else 0
                own[line.id if line.move_id == self else line.unicdo_credited_line_id.id] += price
            elif line.display_type == "tax" and line.tax_repartition_line_id.factor >= 0:
                taxes[line.tax_line_id.id] += amount
        total = self._unicdo_decimal(self.amount_total - sum(credited.mapped("amount_total")))
        return {"net": max(net, Decimal(0)), "total": max(total, Decimal(0)), "tax": taxes, "product": products, "line": own}

    def _unicdo_claim(self):
        """Make concurrent credits of the same invoices wait, fail to serialize and be tried again.

        A row that is only locked would let them go on with what they saw before.
        """
        if self:
            self.flush_recordset()
            self.env.cr.execute(SQL(
                "UPDATE account_move SET write_date = write_date WHERE id IN (SELECT id FROM account_move WHERE id IN %s"
                " ORDER BY id FOR NO KEY UPDATE)", tuple(self.ids),
            ))
            self.invalidate_recordset()

    # ---------------------------------------------------------------- amounts

    def _unicdo_credit_terms(self, shares, cancellation=None):
        """What a credit note over shares of this invoice says.

        :param list shares: pairs of an invoice line and a Decimal in the terms of its unit price
        :param cancellation: ``unicdo.cancellation`` it belongs to, whose credit notes do not count as made before
        :return: dict

            - ``shares``: such pairs, within what remains; ``cut``: pairs of what that took away
            - ``net``, ``tax``, ``total`` (Decimals), and of the total ``refunded`` (money), ``offset`` and ``still_due``
            - ``lines``: base lines of the tax engine; ``cash_rounding``: how their total is rounded
        """
        limits = self._unicdo_limits(cancellation)
        wanted = [(line, *cap([amount], limits["line"][line.id])) for line, amount in shares]
        wanted = self._unicdo_product_capped(wanted, limits["product"])
        lines, amounts, rounding = self._unicdo_within(self._unicdo_net_capped(wanted, limits), limits)
        if amounts["total"] > limits["total"]:
            part = limits["total"] / amounts["total"]
            smaller = [(line, rounded(amount * part, self._unicdo_step())) for line, amount in wanted]
            lines, amounts, rounding = self._unicdo_within(smaller, limits, exactly=True)
        # a total that was rounded away makes no credit note, so no line of it gives anything
        given = {line["record"]: Decimal(str(line["price_unit"])) for line in lines if amounts["total"] > 0}
        return {
            "shares": [(line, given.get(line, Decimal(0))) for line, _amount in shares],
            "cut": [(line, amount - given.get(line, 0)) for line, amount in wanted],
            **amounts, **self._unicdo_split(amounts["total"]), "lines": lines, "cash_rounding": rounding,
        }

    def _unicdo_within(self, shares, limits, exactly=False):
        """Base lines over shares, and their totals, within the limits of the net and of each tax.

        :param bool exactly: take what is still too much of the total off the net
        :return: tuple as :meth:`_unicdo_totals` returns, after the base lines
        """
        lines = self._unicdo_base_lines(shares)
        self._unicdo_fix(lines, min(limits["net"], limits["total"]), limits["tax"])
        amounts, rounding = self._unicdo_totals(lines, limits["total"])
        excess = amounts["total"] - limits["total"]
        if exactly and excess > 0:
            self._unicdo_fix(lines, amounts["net"] - excess, limits["tax"])
            amounts, rounding = self._unicdo_totals(lines, limits["total"])
        return lines, amounts, rounding

    def _unicdo_net_capped(self, shares, limits):
        """Lower shares, the last ones first, so that their net does not exceed what remains."""
        nets = list(map(self._unicdo_net, self._unicdo_base_lines(shares)))
        capped = cap(nets, min(limits["net"], limits["total"]))
        step = self._unicdo_step()
        return [
            (line, rounded(amount * low / net, step) if low != net else amount)
            for (line, amount), low, net in zip(shares, capped, nets, strict=True)
        ]

    def _unicdo_product_capped(self, shares, limits):
        """Lower shares so that no product gets more than what remains of its lines, credits by hand counted."""
        result = []
        products = defaultdict(list)
        for line, amount in shares:
            products[line.product_id.id].append((line, amount))
        for product_id, pairs in products.items():
            amounts = [amount for _line, amount in pairs]
            limited = cap(amounts, max(limits[product_id], Decimal(0))) if product_id and sum(amounts) > 0 else amounts
            result += [(line, amount) for (line, _wanted), amount in zip(pairs, limited, strict=True) if amount]
        return result

    def _unicdo_base_lines(self, shares):
        """Base lines of the credit note with their taxes, as the engine computes them."""
        engine = self.env["account.tax"]
        prices = self._unicdo_prices()
        lines = [self._unicdo_base_line(line, amount, prices[line]) for line, amount in shares if amount]
        engine._add_tax_details_in_base_lines(lines, self.company_id)
        engine._round_base_lines_tax_details(lines, self.company_id)
        engine._fix_base_lines_tax_details_on_manual_tax_amounts(lines, self.company_id)
        for line, amount in zip(lines, [float(amount) for _line, amount in shares if amount], strict=True):
            line.update(quantity=1.0, price_unit=amount)
        return lines

    def _unicdo_base_line(self, line, amount, price):
        """One base line; for taxes of a fixed amount per unit it has that part of the units that the amount is of the price."""
        fixed = "fixed" in line.tax_ids.flatten_taxes_hierarchy().mapped("amount_type")
        quantity = float(line.quantity * float(amount / price)) if fixed and price and line.quantity else 1.0
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            line, price_unit=float(amount) / quantity, quantity=quantity, discount=0.0, rate=self.invoice_currency_rate, sign=1,
            is_refund=True, extra_tax_data={},
        )

    def _unicdo_net(self, line):
        details = line["tax_details"]
        return self._unicdo_decimal(details["total_excluded_currency"] + details.get("delta_total_excluded_currency", 0))

    def _unicdo_taxes(self, lines):
        """Taxes of base lines: list of dicts of tax id → Decimal; the negative half of a reverse charge follows its other."""
        return [
            {
                data["tax"].id: self._unicdo_decimal(data["tax_amount_currency"])
                for data in line["tax_details"]["taxes_data"]
                if not data["is_reverse_charge"]
            }
            for line in lines
        ]

    def _unicdo_fix(self, lines, most, most_taxes):
        """Write amounts into base lines that do not exceed a net, and an amount of each tax."""
        nets = cap(list(map(self._unicdo_net, lines)), most)
        taxes = self._unicdo_taxes(lines)
        early = self._unicdo_taxes(self._unicdo_early_lines(lines))
        for tax_id in {tax_id for own in taxes for tax_id in own}:
            owners = [own for own in taxes if tax_id in own]
            limit = most_taxes[tax_id] - sum(own.get(tax_id, Decimal(0)) for own in early)
            for own, amount in zip(owners, cap([own[tax_id] for own in owners], limit), strict=True):
                own[tax_id] = amount
        for line, net, own in zip(lines, nets, taxes, strict=True):
            self._unicdo_fix_line(line, net, own)

    def _unicdo_fix_line(self, line, net, taxes):
        """Write amounts into one base line where they differ from the engine's; its price follows."""
        def local(amount):
            return self.company_currency_id.round(float(amount) / line["rate"]) if line["rate"] else 0.0

        changed = net != self._unicdo_net(line)
        if changed:
            line.update(manual_total_excluded_currency=float(net), manual_total_excluded=local(net))
        for data in line["tax_details"]["taxes_data"]:
            amount = taxes[data["tax"].id]
            if not data["is_reverse_charge"] and amount != self._unicdo_decimal(data["tax_amount_currency"]):
                line["manual_tax_amounts"][str(data["tax"].id)].update(
                    tax_amount_currency=float(amount), tax_amount=local(amount)
                )
                changed = changed or data["price_include"]
        if changed:
            included = [data["tax"].id for data in line["tax_details"]["taxes_data"] if data["price_include"]]
            line["price_unit"] = float(net + sum(taxes[tax_id] for tax_id in set(included)))

    def _unicdo_early_lines(self, lines):
        """Base lines by which Odoo lowers the taxes of a document whose terms grant a discount with tax always reduced."""
        term = self.invoice_payment_term_id
        if not (term.early_discount and term.early_pay_discount_computation == "mixed"):
            return []
        groups = defaultdict(float)
        for line in lines:
            taxes = line["tax_ids"].filtered(lambda tax: tax.amount_type != "fixed")
            key = (line["account_id"], frozendict(line["analytic_distribution"] or {}), taxes)
            amount = float(self._unicdo_net(line)) * term.discount_percentage / 100
            groups[key] += self.currency_id.round(amount) if line["tax_ids"] else 0.0
        engine = self.env["account.tax"]
        early = [
            engine._prepare_base_line_for_taxes_computation(
                {}, tax_ids=taxes, price_unit=-amount, quantity=1.0, currency_id=self.currency_id, sign=1, is_refund=True,
                rate=self.invoice_currency_rate, special_mode="total_excluded", special_type="early_payment",
            )
            for (_account, _analytic, taxes), amount in groups.items()
            if amount
        ]
        engine._add_tax_details_in_base_lines(early, self.company_id)
        engine._round_base_lines_tax_details(early, self.company_id)
        return early

    def _unicdo_totals(self, lines, limit):
        """The totals of base lines whose amounts are fixed, as the credit note will have them.

        :param Decimal limit: what the total may be; a cash rounding that would exceed it is left out
        :return: tuple of dict of Decimals ``net``, ``tax``, ``total``, and ``account.cash.rounding``
        """
        engine = self.env["account.tax"]
        everything = lines + self._unicdo_early_lines(lines)
        engine._add_tax_details_in_base_lines(everything, self.company_id)
        engine._round_base_lines_tax_details(everything, self.company_id)
        net = sum(map(self._unicdo_net, lines), Decimal(0))
        taxes = [data for line in everything for data in line["tax_details"]["taxes_data"]]
        tax = sum((self._unicdo_decimal(data["tax_amount_currency"]) for data in taxes), Decimal(0))
        rounding = self.invoice_cash_rounding_id
        by_tax = rounding.strategy == "biggest_tax"
        if rounding and (not by_tax or any(data["tax_amount_currency"] for data in taxes)):
            difference = self._unicdo_decimal(rounding.compute_difference(self.currency_id, float(net + tax)))
            if net + tax + difference > limit:
                rounding = rounding.browse()
            elif by_tax:
                tax += difference
            else:
                net += difference
        return {"net": net, "tax": tax, "total": net + tax}, rounding

    def _unicdo_split(self, credit):
        """What of a credit is money back, and what is offset: against what is open of this invoice, or was written off.

        :param Decimal credit: total of the credit note
        :return: dict of Decimals ``refunded``, ``offset``, ``still_due``
        """
        refunded, offset, still_due = money_back(credit, self._unicdo_open())
        written_off = min(refunded, self._unicdo_cleared()[1])
        return {"refunded": refunded - written_off, "offset": offset + written_off, "still_due": still_due}

    def _unicdo_booked_terms(self):
        """What this credit note says, made before: the part of :meth:`_unicdo_credit_terms` that is shown."""
        invoice = self.reversed_entry_id
        net, tax, total = map(self._unicdo_decimal, (self.amount_untaxed, self.amount_tax, self.amount_total))
        if self.state == "posted":
            offset = self._unicdo_offset()
            written_off = min(total - offset, invoice._unicdo_cleared()[1])
            split = {
                "refunded": total - offset - written_off, "offset": offset + written_off, "still_due": invoice._unicdo_open(),
            }
        else:
            split = invoice._unicdo_split(total)
        return {"net": net, "tax": tax, "total": total, **split}

    def _unicdo_deposits(self, cut, cancellation=None):
        """Where to give back what this invoice cannot: the down payments that it deducted, those of the same taxes first.

        :param list cut: pairs of a line of this invoice and a Decimal
        :param cancellation: as in :meth:`_unicdo_credit_terms`
        :return: list of pairs of a down payment's invoice line and a Decimal
        """
        left = {}
        for deducted in self.invoice_line_ids.filtered(lambda line: cut and line.price_subtotal < 0):
            for deposit in deducted._get_downpayment_lines():
                move = deposit.move_id
                if move.state == "posted" and move != self and deposit.price_subtotal > 0 and move.move_type == "out_invoice":
                    left[deposit] = min(deposit._unicdo_price(), -deducted._unicdo_price())
        result = []
        for line, amount in cut:
            for deposit in sorted(left, key=lambda deposit: (deposit.tax_ids != line.tax_ids, deposit.id)):
                room = deposit.move_id._unicdo_limits(cancellation)
                part = min(amount, left[deposit], room["total"])
                if part > 0:
                    result.append((deposit, part))
                    left[deposit] -= part
                    amount -= part
        return result

    def _unicdo_offset(self):
        """How much of this credit note settled its invoice."""
        partials = self.line_ids.matched_debit_ids.filtered(lambda part: part.debit_move_id.move_id == self.reversed_entry_id)
        return self._unicdo_decimal(sum(partials.mapped("credit_amount_currency")))

    def _unicdo_to_pay(self):
        """What is still to be paid out of this credit note; what offsets an amount that was written off is not.

        :rtype: Decimal
        """
        if self.state != "posted":
            return Decimal(0)
        settled = self._unicdo_decimal(self.amount_total - self.amount_residual)
        return self._unicdo_booked_terms()["refunded"] - (settled - self._unicdo_offset())

    # ---------------------------------------------------------------- the credit note

    def _unicdo_credit_date(self, day):
        """The date of a credit note: the day wished for, or the first one that the books are open on.

        :param datetime.date day: day wished for
        :rtype: datetime.date
        """
        locks = self._get_violated_lock_dates(day, bool(self.amount_tax))
        return fields.Date.add(locks[-1][0], days=1) if locks else day

    def _unicdo_make_credit(self, terms, cancellation):
        """Make the draft credit note; none if nothing is left to credit.

        Lines carry no sale order line, so that a credit never makes an order invoiceable again.

        :param dict terms: as of :meth:`_unicdo_credit_terms`, with ``date``
        :param cancellation: ``unicdo.cancellation`` it belongs to
        :return: ``account.move``
        """
        self.ensure_one()
        if terms["total"] <= 0:
            return self.browse()
        term = self.invoice_payment_term_id
        localized = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return self._reverse_moves([{
            "ref": localized.env._("%(request)s: unused part of %(invoice)s", request=cancellation.name, invoice=self.name),
            "date": terms["date"],
            "invoice_date": terms["date"],
            "invoice_date_due": terms["date"],
            # as Odoo's own reversal: without these terms its taxes would not be lowered like the invoice's
            "invoice_payment_term_id": term.id if term.early_pay_discount_computation == "mixed" else False,
            "invoice_currency_rate": self.invoice_currency_rate,
            "invoice_cash_rounding_id": terms["cash_rounding"].id,
            "invoice_origin": self.name,
            "unicdo_cancellation_id": cancellation.id,
            "line_ids": [],
            "invoice_line_ids": [Command.create(line["record"]._unicdo_credit_vals(line)) for line in terms["lines"]],
        }])
