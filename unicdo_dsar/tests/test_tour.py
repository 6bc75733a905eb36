# SPDX-License-Identifier: LGPL-3.0-or-later
import re

from odoo import Command
from odoo.tests import tagged

from .common import STRANGER, DsarHttpCase


@tagged("post_install", "-at_install")
class TestTour(DsarHttpCase):
    """DSR-1: the whole way in a real browser, from the portal's home to the zip, with Odoo's own demo data if there."""

    def setUp(self):
        super().setUp()
        joel = self.env.ref("base.demo_user0", raise_if_not_found=False)
        self.person = joel or self.user
        if not joel:
            self.user.write({"login": "portal", "password": "portal"})
            self._settle(self.user)
        self.partner = self.person.partner_id
        self.expected = {"res-partner": self.partner.ids}
        self.strangers = self.joann | self.namesake | self.colleague
        self.strangers[0].email = f"jo{self.partner.email}"
        self.strangers[1].name = self.partner.name
        self.strangers[2].parent_id = self.partner.parent_id
        self.env["res.partner"].create({"name": "Shared mailbox", "email": "office@works.example"})
        self._say(self.partner, "Where is my parcel?", author=self.partner)
        self._say(self.partner, "Internal: call back", note=True)
        self._attach(self.partner, "passport.txt", "my passport", user=self.person)
        if "sale.order" in self.env:
            self._sell()
        if "account.move" in self.env:
            self._invoice()

    def _sell(self):
        product = self.env["product.product"].create({"name": "Chair", "list_price": 10})
        for partner in (self.partner, *self.strangers):
            order = self.env["sale.order"].create(
                {
                    "partner_id": partner.id,
                    "client_order_ref": "mine" if partner == self.partner else STRANGER,
                    "order_line": [Command.create({"product_id": product.id})],
                }
            )
            self._say(order, "About the order" if partner == self.partner else f"{STRANGER} order", author=partner)
        orders = self.env["sale.order"].search([("partner_id", "=", self.partner.id)])
        self.expected |= {"sale-order": orders.ids, "sale-order-line": orders.order_line.ids}

    def _invoice(self):
        product = self.env["product.product"].create({"name": "Desk", "list_price": 10})
        for partner in (self.partner, *self.strangers):
            move = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "ref": "mine" if partner == self.partner else STRANGER,
                    "invoice_line_ids": [Command.create({"product_id": product.id, "price_unit": 10, "tax_ids": []})],
                }
            )
            move.action_post()
            self._attach(move, "invoice.pdf", "%PDF mine" if partner == self.partner else STRANGER)
        moves = self.env["account.move"].search([("partner_id", "=", self.partner.id)])
        self.expected |= {"account-move": moves.ids}

    def test_from_the_portals_home_to_the_zip(self):
        """DSR-1: the right orders, invoices, messages and files, and nothing of anybody else's."""
        self.start_tour("/my/home", "unicdo_dsar_ask", login="portal")
        self._run_jobs()
        request = self.env["unicdo.request"].search([("partner_id", "=", self.partner.id)])
        self.assertEqual(len(request), 1)
        self.assertFalse(request.left_out_ids)
        self.start_tour(f"/my/privacy/package/{self._token()}", "unicdo_dsar_read", login="portal")
        self.env.invalidate_all()
        self.assertEqual(request.package_ids.opened_count, 1)
        self._check_zip(request)

    def _check_zip(self, request):
        self.authenticate("portal", "portal")
        page = self.url_open(f"/my/privacy/package/{self._token()}")
        data = {"csrf_token": self._csrf(page), "target": "download"}
        content = self.url_open(f"/my/privacy/package/{self._token()}", data=data).content
        self.assertEqual(content, self._bytes(request.package_ids))
        file = self._zip(request.package_ids)
        for name, ids in self.expected.items():
            self.assertEqual([row["id"] for row in self._records(file, name)], sorted(ids), name)
        text = self._text(file)
        for words in ("Where is my parcel?", "my passport"):
            self.assertIn(words, text)
        for words in (STRANGER, "Internal: call back", "staff@corp.example", "Steve Staff"):
            self.assertNotIn(words, text)
        for stranger in self.strangers:
            self.assertNotRegex(text, rf"(?<![\w.]){re.escape(stranger.email)}")


@tagged("post_install", "-at_install")
class TestPhone(DsarHttpCase):
    """DSR-1: who answers requests can do so on a phone."""

    browser_size = "375x667"
    touch_enabled = True

    def test_a_request_is_read_on_a_phone(self):
        officer = self._user_with_role("officer")
        officer.tour_enabled = False
        request = self._answer()
        self.env["unicdo.request.left.out"]._note(request.package_ids, "res.partner", "unreadable", self.ann.id)
        self.start_tour("/odoo/privacy-requests", "unicdo_dsar_request", login=officer.login)
