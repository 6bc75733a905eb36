# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDataMapApps(TransactionCase):
    """DSR-1: what applications keep about a person is found, as far as they are installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.map = cls.env["unicdo.data.map"]
        cls.company, cls.ann, cls.bob, cls.joann = cls.env["res.partner"].create([
            {"name": "Acme", "is_company": True, "email": "info@acme.example"},
            {"name": "Ann", "email": "ann@x.example", "phone": "+32 471 23 45 67"},
            {"name": "Bob", "email": "bob@x.example"},
            {"name": "Joann", "email": "joann@x.example"},
        ])
        (cls.ann | cls.bob).parent_id = cls.company

    def _need(self, *models):
        missing = [name for name in models if name not in self.env]
        if missing:
            self.skipTest(f"without {', '.join(missing)}")

    def _find(self, *keys):
        return self.map._find(self.ann, keys)

    def test_orders_with_their_lines(self):
        self._need("sale.order")
        product = self.env["product.product"].create({"name": "Book", "list_price": 10})
        orders = self.env["sale.order"].create([
            {"partner_id": partner.id, "order_line": [Command.create({"product_id": product.id})]}
            for partner in (self.ann, self.bob, self.company)
        ])
        delivered = self.env["sale.order"].create({"partner_id": self.company.id, "partner_shipping_id": self.ann.id})
        sold = self.env["sale.order"].create({"partner_id": self.company.id})
        found = self._find("sale.order", "sale.order.line")
        self.assertEqual(found["sale.order"].ids, sorted((orders[0] | delivered).ids))
        self.assertEqual(found["sale.order.line"].ids, orders[0].order_line.ids)
        self.assertNotIn(sold.id, found["sale.order"].ids + found["sale.order"].doubtful)

    def test_a_salesperson_only_acted(self):
        self._need("sale.order")
        user = self.env["res.users"].create({"name": "Ann", "login": "ann@x.example", "partner_id": self.ann.id})
        order = self.env["sale.order"].create({"partner_id": self.company.id, "user_id": user.id})
        found = self._find("sale.order")["sale.order"]
        self.assertEqual((found.ids, found.acted), ([], order.ids))

    def test_invoices_with_their_lines(self):
        self._need("account.move")
        moves = self.env["account.move"].create([
            {
                "move_type": "out_invoice", "partner_id": partner.id,
                "invoice_line_ids": [Command.create({"name": "Work", "price_unit": 10})],
            }
            for partner in (self.ann, self.bob)
        ])
        found = self._find("account.move", "account.move.line")
        self.assertEqual(found["account.move"].ids, moves[0].ids)
        self.assertEqual(found["account.move.line"].ids, sorted(moves[0].line_ids.ids))

    def test_leads_by_contact_or_address(self):
        self._need("crm.lead")
        leads = self.env["crm.lead"].create([
            {"name": "by contact", "partner_id": self.ann.id},
            {"name": "by address", "email_from": '"Ann" <ANN@x.example>'},
            {"name": "at the employer's", "partner_id": self.company.id},
            {"name": "somebody else's", "partner_id": self.bob.id},
            {"name": "near", "email_from": "joann@x.example"},
            {"name": "same phone", "phone": "0032471234567"},
        ])
        # A write through the ORM would change the contacts' addresses too.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET email_from = 'ann@x.example', email_normalized = 'ann@x.example' WHERE id = ANY(%s)",
            [leads[2:4].ids],
        )
        found = self._find("crm.lead")["crm.lead"]
        self.assertEqual(found.ids, leads[:3].ids)
        self.assertEqual(found.doubtful, sorted((leads[3] | leads[5]).ids))

    def test_registrations_with_their_answers(self):
        self._need("event.registration")
        event = self.env["event.event"].create({
            "name": "Fair", "date_begin": "2030-01-01 09:00:00", "date_end": "2030-01-01 17:00:00",
            "question_ids": [Command.create({"title": "Diet", "question_type": "text_box"})],
        })
        answer = [Command.create({"question_id": event.question_ids[:1].id, "value_text_box": "vegan"})]
        booked, own, foreign = self.env["event.registration"].create([
            {"event_id": event.id, "name": "Guest", "email": "guest@y.example", "partner_id": self.ann.id},
            {"event_id": event.id, "name": "Ann", "email": "ann@x.example", "partner_id": False,
             "registration_answer_ids": answer},
            {"event_id": event.id, "name": "Joann", "email": "joann@x.example", "partner_id": False,
             "registration_answer_ids": answer},
        ])
        found = self._find("event.registration", "event.registration.answer")
        self.assertEqual(found["event.registration"].ids, sorted((booked | own).ids))
        self.assertEqual(found["event.registration.answer"].ids, own.registration_answer_ids.ids)
        self.assertNotIn(foreign.id, found["event.registration"].doubtful)

    def test_newsletters_with_clicks(self):
        self._need("mailing.trace", "link.tracker")
        contact = self.env["mailing.contact"].create({"name": "Ann", "email": "ann@x.example"})
        mailing = self.env["mailing.mailing"].create(
            {"subject": "News", "mailing_model_id": self.env.ref("mass_mailing.model_mailing_contact").id}
        )
        traces = self.env["mailing.trace"].create([
            {"mass_mailing_id": mailing.id, "model": "mailing.contact", "res_id": contact.id, "email": "ann@x.example"},
            {
                "mass_mailing_id": mailing.id, "model": "res.partner", "res_id": self.joann.id,
                "email": "joann@x.example",
            },
        ])
        link = self.env["link.tracker"].create({"url": "https://unicdo.example/news"})
        clicks = self.env["link.tracker.click"].create(
            [{"link_id": link.id, "mailing_trace_id": trace.id, "ip": "192.0.2.1"} for trace in traces]
        )
        found = self._find("mailing.contact", "mailing.trace", "link.tracker.click")
        self.assertEqual(found["mailing.contact"].ids, contact.ids)
        self.assertEqual(found["mailing.trace"].ids, traces[0].ids)
        self.assertEqual(found["link.tracker.click"].ids, clicks[0].ids)

    def test_visits_with_pages(self):
        self._need("website.visitor")
        visitors = self.env["website.visitor"].create([
            {"access_token": partner.id, "partner_id": partner.id} for partner in (self.ann, self.bob)
        ])
        tracks = self.env["website.track"].create([{"visitor_id": visitor.id, "url": "/"} for visitor in visitors])
        found = self._find("website.visitor", "website.track")
        self.assertEqual(found["website.visitor"].ids, visitors[0].ids)
        self.assertEqual(found["website.track"].ids, tracks[0].ids)

    def test_tasks_without_those_only_worked_on(self):
        self._need("project.task")
        project = self.env["project.project"].create({"name": "House"})
        tasks = self.env["project.task"].create([
            {"name": "hers", "project_id": project.id, "partner_id": self.ann.id},
            {"name": "his", "project_id": project.id, "partner_id": self.bob.id},
        ])
        self.assertEqual(self._find("project.task")["project.task"].ids, tasks[0].ids)

    def test_employee_files_wait_for_a_person(self):
        self._need("hr.employee")
        employee = self.env["hr.employee"].create({"name": "Ann", "work_contact_id": self.ann.id})
        found = self._find("hr.employee", "hr.version")
        self.assertEqual(found["hr.employee"].ids, employee.ids)
        self.assertEqual(found["hr.version"].ids, employee.version_ids.ids)
        sources = self.map._sources()
        self.assertTrue(all(
            found.review == ("*",) for key, found in sources.items()
            if found.category == "personnel" and key not in ("crm.team.member",)
        ))

    def test_live_chat_of_the_customer_not_of_the_operator(self):
        self._need("im_livechat.channel")
        channel = self.env["discuss.channel"].create(
            {"name": "chat", "channel_type": "livechat", "livechat_operator_id": self.bob.id}
        )
        channel.write({"livechat_customer_partner_ids": [Command.set(self.ann.ids)]})
        found = self._find("discuss.channel.livechat")["discuss.channel.livechat"]
        self.assertEqual(found.ids, channel.ids)
        found = self.map._find(self.bob, ["discuss.channel.livechat"])["discuss.channel.livechat"]
        self.assertEqual((found.ids, found.acted), ([], channel.ids))
