# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date
from decimal import Decimal as D

from freezegun import freeze_time

from odoo.tests import tagged

from .common import HostingCase


@tagged("post_install", "-at_install")
class TestCredit(HostingCase):
    """CAN-3: the unused part of what was prepaid, exact to the cent."""

    @freeze_time("2026-07-01 08:00")
    def test_half_a_year_is_credited_with_its_tax(self):
        """CAN-3: 184 of 365 days of 1200.00 + 21 %, of which as much is money back as was paid beyond the used part."""
        for paid, refunded, offset, still_due in (
            (1452, "731.97", "0", "0"), (1000, "279.97", "452.00", "0"), (700, "0", "731.97", "20.03"),
        ):
            with self.subTest(paid=paid):
                invoice = self._invoice()
                self._pay(invoice, paid)
                subscription = self._subscription(invoice)
                request = self._cancellation(subscription, wanted_date=date(2026, 6, 30))
                self.assertEqual((request.state, request.end_date), ("scheduled", date(2026, 6, 30)))
                terms = request._terms()["invoices"][0]
                expected = {"net": "604.93", "tax": "127.04", "total": "731.97"}
                expected |= {"refunded": refunded, "offset": offset, "still_due": still_due}
                self.assertEqual({name: terms[name] for name in expected}, {name: D(text) for name, text in expected.items()})
                credit = request._credit()
                self.assertEqual((credit.state, credit.reversed_entry_id), ("posted", invoice))
                self.assertEqual((credit.amount_untaxed, credit.amount_tax, credit.amount_total), (604.93, 127.04, 731.97))
                self.assertEqual((credit.amount_residual, invoice.amount_residual), (float(refunded), float(still_due)))
                self.assertFalse(request._credit(), "a second run credits nothing")
