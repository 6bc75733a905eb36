# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models
from odoo.tools import format_amount, format_date, format_datetime


class UnicdoHostingSubscriptionWords(models.Model):
    """The terms of an end in plain words, for the pages of the portal; the numbers are those of ``_terms``."""

    _inherit = "unicdo.hosting.subscription"  # pylint: disable=consider-merging-classes-inherited

    def _day_words(self, day):
        """A calendar day, such as "30 June 2026"; "" for none."""
        return format_date(self.env, day, date_format="long") if day else ""

    def _moment_words(self, moment):
        """A moment in the contract's time zone, which is said with it; "" for none.

        :param datetime.datetime moment: naive, UTC
        """
        return format_datetime(self.env, moment, tz=self._zone(), dt_format="long") if moment else ""

    def _money_words(self, amount, currency):
        """An amount with its currency's sign and digits.

        :param Decimal amount: exact
        :param currency: ``res.currency``
        """
        return format_amount(self.env, float(amount), currency)

    def _notice_words(self, rule):
        """How much notice a rule asks for, such as "notice of 30 days"."""
        days = rule.days if rule else 30
        if not rule.months:
            return self.env._("notice of %s days", days)
        if rule.months == 1:
            return self.env._("notice of %s days, or one month where that is shorter", days)
        return self.env._(
            "notice of %(days)s days, or %(months)s months where that is shorter", days=days, months=rule.months
        )

    def _words(self, terms, kind="ordinary", received=None):
        """What :meth:`_terms` says, ready to be read.

        :param dict terms: as of :meth:`_terms`
        :param str kind: the kind they were asked for
        :param datetime.date received: the day of receipt they were asked for; default today
        :return: dict

            - ``end``, ``earliest``, ``notice``, ``data_until``, ``to_bill`` (str, "" for nothing), ``at_once`` (bool: access
              ends at once)
            - ``lines``: list of dicts ``label``, ``period``, ``how``, ``amount`` (str)
            - ``credits``, ``dues``: list of dicts with ``move`` and amounts as str, for invoices with something to credit,
              and with something that stays due
            - ``totals``: list of dicts of str, one per currency, with ``total``, ``refunded``, ``offset``, ``still_due``
        """
        self.ensure_one()
        capped = {line: amount for invoice in terms["invoices"] for line, amount in invoice["shares"]}
        first, last, days = terms["to_bill"] or (None, None, 0)
        return {
            "end": self._day_words(terms["end"]),
            "at_once": kind == "withdrawal",
            "earliest": self._day_words(terms["earliest"]),
            "notice": self._notice_words(self._notice_rule(received or self._today())),
            "data_until": self._day_words(terms["data_until"]),
            "to_bill": days and self.env._(
                "%(days)s days from %(first)s to %(last)s that no invoice covers yet",
                days=days, first=self._day_words(first), last=self._day_words(last),
            ),
            "lines": [self._share_words(share, terms["end"], capped) for share in terms["shares"]],
            "credits": [self._invoice_words(invoice) for invoice in terms["invoices"] if invoice["total"]],
            "dues": [self._invoice_words(invoice) for invoice in terms["invoices"] if invoice["still_due"]],
            "totals": [
                {name: amount and self._money_words(amount, currency) for name, amount in amounts.items()}
                for currency, amounts in terms["totals"].items()
            ],
        }

    def _share_words(self, share, end, capped):
        """One line of :meth:`_words`: what was prepaid, what is given back of it, and how that comes about."""
        period, currency = share["period"], share["period"].currency_id
        amount = capped.get(period.move_line_id, share["amount"])
        how = share["reason"]
        if not how and share["unused"] and share["amount"] != share["price"]:
            how = self.env._(
                "%(unused)s of %(days)s days after %(end)s: %(price)s × %(unused)s ÷ %(days)s",
                unused=share["unused"], days=share["days"], end=self._day_words(end),
                price=self._money_words(share["price"], currency),
            )
        elif not how:
            how = self.env._("All of it: %s", self._money_words(share["price"], currency))
        if amount != share["amount"]:
            how = self.env._("%s, but no more than what is not credited of the invoice yet", how)
        return {
            "label": period.label,
            "period": period.first_day and self.env._(
                "%(first)s to %(last)s", first=self._day_words(period.first_day), last=self._day_words(period.last_day)
            ),
            "how": how,
            "amount": self._money_words(amount, currency),
        }

    def _invoice_words(self, invoice):
        """One invoice of :meth:`_words`."""
        amounts = {
            name: invoice[name] and self._money_words(invoice[name], invoice["move"].currency_id)
            for name in ("net", "tax", "total", "refunded", "offset", "still_due")
        }
        return {"move": invoice["move"], "date": self._day_words(invoice["date"]), **amounts}
