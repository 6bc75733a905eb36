# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import config

from ..const import DECLARATIONS_PER_ADDRESS, DECLARATIONS_PER_SOURCE, LINKS_A_DAY
from .common import HostingHttpCase


class PublicCase(HostingHttpCase):
    """Declarations without an account."""

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice()
        self._pay(self.invoice, 1452)
        self.subscription = self._subscription(self.invoice, database_name="ann", database_url="https://ann.example")
        self.env["unicdo.rate.limit"].sudo().search([]).unlink()
        self.last = self.env["unicdo.cancellation"].sudo().search([], order="id desc", limit=1).id or 0

    def _requests(self):
        self.env.invalidate_all()
        return self.env["unicdo.cancellation"].sudo().search([("id", ">", self.last)], order="id")

    def _key(self, form="cancel"):
        return re.search(r'name="key" value="([\w-]+)"', self._page(f"/hosting/{form}"))[1]

    def _post(self, form="cancel", status=303, headers=None, **answers):
        """Send the public form; the answer, not followed."""
        data = {"name": "Ann Lee", "contract": "ann.example", "email": "ann@x.example", "kind": "ordinary", **answers}
        answer = self.url_open(f"/hosting/{form}", data=data, headers=headers, allow_redirects=False)
        self.assertEqual(answer.status_code, status, answer.text[:300])
        return answer

    def _links(self, address):
        """The links mailed to an address."""
        return re.findall(r"/hosting/confirm/[\w-]+", "".join(self._sent_to(address)))

    def _link(self, address="ann@x.example"):
        """The last of them."""
        return self._links(address)[-1]


@tagged("post_install", "-at_install")
class TestDeclaration(PublicCase):
    """The public button (BGB § 312k) and the public withdrawal (Directive 2011/83/EU, Art. 11a)."""

    def test_the_form_stands_open_with_the_words_of_the_law(self):
        """CAN-1: without an account, straight to one page."""
        page = self._page("/hosting/cancel")
        for words in ("Cancel contracts here", "Cancel now", 'name="kind"', 'name="contract"', 'name="email"', 'name="end"'):
            self.assertIn(words, page)
        page = self._page("/hosting/withdraw")
        self.assertIn("Confirm withdrawal", page)
        self.assertNotIn('name="reason"', page)
        for url in ("/web/login", "/hosting/cancel"):
            page = self._page(url)
            self.assertIn('href="/hosting/cancel"', page)
            self.assertIn('href="/hosting/withdraw"', page)
        self.assertFalse(self._requests())

    def test_the_german_buttons_carry_the_words_of_the_law(self):
        """CAN-1: BGB § 312k (2), and the directive's German wording; other words would not count."""
        self.env["res.lang"].sudo()._activate_lang("de_DE")
        module = self.env["ir.module.module"].sudo().search([("name", "=", "unicdo_hosting_cancel")])
        module._update_translations(["de_DE"], overwrite=True)
        for template, words in {
            "contract_links": ("Verträge hier kündigen", "Vertrag widerrufen"),
            "public_form": ("Verträge hier kündigen", "jetzt kündigen", "Vertrag widerrufen", "Widerruf bestätigen"),
            "portal_withdraw_offer": ("Vertrag widerrufen",),
            "portal_withdraw": ("Widerruf bestätigen",),
            "portal_cancel": ("jetzt kündigen",),
        }.items():
            view = self.env.ref(f"unicdo_hosting_cancel.{template}").sudo().with_context(lang="de_DE")
            texts = [text.strip() for text in etree.fromstring(view.arch).itertext()]
            self.assertLessEqual(set(words), set(texts), template)
        german = self.env["unicdo.cancellation"].with_context(lang="de_DE")
        receipt = german._declare("x" * 43, "ordinary", declared_contract="ann", declared_email="a@x.example").letter_ids
        self.assertIn("Wir haben Ihre Erklärung erhalten", receipt.subject)
        self.assertIn("Dieser Zeitpunkt zählt", receipt.body)

    def test_a_declaration_is_shown_as_received_and_can_be_saved(self):
        """CAN-1, CAN-8: content, date and time; confirmed by mail at once."""
        self.env["res.company"].sudo().search([]).partner_id.tz = "UTC"
        answer = self._post(contract="My <b>shop</b>", end="2026-12-31", email="Ann <ANN@elsewhere.example>")
        request = self._requests()
        self.assertEqual((request.state, request.channel, request.kind), ("received", "public", "ordinary"))
        self.assertEqual(request.received_at, datetime(2026, 5, 1, 10, 0))
        self.assertEqual((request.wanted_date, request.declared_name), (date(2026, 12, 31), "Ann Lee"))
        self.assertEqual((request.declared_contract, request.declared_email), ("My <b>shop</b>", "ann@elsewhere.example"))
        self.assertEqual(request.letter_ids.mapped("kind"), ["receipt"])
        url = answer.headers["Location"]
        page = self._page(url)
        file = self.url_open(f"{url}/file")
        self.assertIn("attachment", file.headers["Content-Disposition"])
        for text in (page, file.text):
            for words in ("My &lt;b&gt;shop&lt;/b&gt;", "May 1, 2026", "10:00:00", "December 31, 2026", request.name, "Ann Lee"):
                self.assertIn(words, text)
            self.assertNotIn("731.97", text)
        self.assertEqual(len(self._requests()), 1, "looking at it again declares nothing")

    def test_sending_it_twice_is_one_declaration_and_changing_it_another(self):
        """CAN-1: a double click, a reload, the back button; but a corrected form counts for itself."""
        key = self._key()
        urls = {self._post(key=key).headers["Location"] for _click in range(3)}
        self.assertEqual((len(urls), len(self._requests())), (1, 1))
        self._post(key=key, end="2026-12-31")
        self.assertEqual(len(self._requests()), 2)

    def test_declarations_of_others_cannot_be_opened(self):
        """CAN-1: neither by guessing, nor after seven days."""
        url = self._post().headers["Location"]
        for token in ("x" * 43, "%00", "..", str(self._requests().id)):
            self.assertEqual(self.url_open(f"/hosting/declaration/{token}").status_code, 404, token)
            self.assertEqual(self.url_open(f"/hosting/declaration/{token}/file").status_code, 404, token)
        token = url.rpartition("/")[2]
        self.env.cr.execute("SELECT count(*) FROM unicdo_cancellation WHERE declaration_hash = %s", [token])
        self.assertFalse(self.env.cr.fetchone()[0], "the secret is kept as a hash only")
        with freeze_time("2026-05-08 10:01"):
            self.assertIn("seven days", self._page(url, status=404))

    def test_wrong_input_is_told_and_nothing_is_lost(self):
        """CAN-1: what was wrong, what to do, and all that was typed."""
        for answers, words in (
            ({"name": " "}, "write your name"),
            ({"contract": ""}, "which contract"),
            ({"email": "ann@x"}, "no mail address"),
            ({"email": "ann@x.example, bob@x.example"}, "no mail address"),
            ({"kind": "good_cause"}, "what the good cause is"),
            ({"end": "31.12.2026"}, "Please write it like 2026-12-31"),
            ({"end": "2026-02-30"}, "Please write it like 2026-12-31"),
            ({"end": "2026-04-01"}, "This day is over"),
            ({"end": "2040-01-01"}, "within the next five years"),
            ({"contract": "x" * 501}, "shorten this to 500"),
            ({"homepage": "https://spam.example"}, "Please leave this field empty"),
        ):
            with self.subTest(**answers):
                page = self._post(status=422, **answers).text
                self.assertIn(words, page)
                if "contract" not in answers:
                    self.assertIn('value="ann.example"', page)
        self.assertFalse(self._requests())

    def test_odd_input_is_received(self):
        """CAN-1: nobody is kept from cancelling by their name or address."""
        self._post(name="Ø'Neill \0 <i>", email="o'neill@x.example", contract="\u200fالعقد", kind="nonsense", key="short")
        request = self._requests()
        self.assertEqual((request.declared_email, request.kind), ("o'neill@x.example", "ordinary"))

    def test_a_form_of_another_site_is_shown_first(self):
        """CAN-1: no cookie is asked for, so where it came from is what counts; nothing is lost."""
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            page = self._post(status=422, headers=headers).text
            self.assertIn("came from another page", page)
            self.assertIn('value="ann.example"', page)
        self.assertFalse(self._requests())
        self.opener.cookies.clear()
        self._post(headers={"Sec-Fetch-Site": "same-origin"})
        self.assertEqual(len(self._requests()), 1)

    def test_plain_http_is_refused_behind_a_proxy_and_nothing_of_it_kept(self):
        """GOV-9: as the proxy says, and not on the same machine."""
        proxied = {"X-Forwarded-Host": "shop.example", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"}
        with patch.dict(config.options, {"proxy_mode": True}):
            answer = self._post(status=403, headers=proxied)
            self.assertIn("https://shop.example/hosting/cancel", answer.text)
            self.assertNotIn("ann.example", answer.text)
            self.assertEqual(self.url_open("/hosting/cancel", headers=proxied).status_code, 403)
            self.assertFalse(self._requests())
            self._post(headers={**proxied, "X-Forwarded-Proto": "https"})
        self.assertEqual(len(self._requests()), 1)

    def test_too_many_declarations_have_to_wait(self):
        """CAN-1: per mail address, and per source; a mail counts just the same."""
        self.env.company.sudo().email = "info@corp.example"
        for number in range(DECLARATIONS_PER_ADDRESS):
            self._post(contract=f"contract {number}")
        page = self._post(status=429, contract="one more").text
        self.assertIn("in 60 minutes", page)
        self.assertIn('value="one more"', page)
        for number in range(DECLARATIONS_PER_SOURCE - DECLARATIONS_PER_ADDRESS - 1):
            self._post(email=f"person{number}@x.example")
        self._post(status=429, email="somebody@x.example")
        with freeze_time("2026-05-01 11:00"):
            self._post(contract="one more")

    def test_it_can_be_switched_off(self):
        """CAN-1: for those who have no consumers."""
        self.env["website"].sudo().search([]).company_id.unicdo_public_cancel = False
        self.env.company.sudo().unicdo_public_cancel = False
        self.env.flush_all()
        for form in ("cancel", "withdraw"):
            self.assertEqual(self.url_open(f"/hosting/{form}").status_code, 404)
            self._post(form, status=404)
        self.assertNotIn("/hosting/cancel", self._page("/web/login"))

    def test_a_withdrawal_needs_no_reason_and_no_day(self):
        """CAN-3: its own path, whatever else is sent."""
        self._post("withdraw", kind="ordinary", reason="x", end="2026-12-31")
        request = self._requests()
        self.assertEqual((request.kind, request.reason, request.wanted_date), ("withdrawal", False, False))
        self.assertEqual(request.letter_ids.mapped("kind"), ["receipt"])


@tagged("post_install", "-at_install")
class TestProof(PublicCase):
    """CAN-1: what anybody declared becomes a request of somebody who may decide."""

    def test_all_that_is_told_is_the_same_whatever_exists(self):
        """CAN-1: page and mail; the search comes later, in the background."""
        told = []
        for contract in ("ann.example", "nobody.example"):
            url = self._post(contract=contract, key=self._key()).headers["Location"]
            page = re.sub(r"HC-\d+-\d+|csrf_token: \"\w+\"|[\w-]{43}", "", self._page(url).replace(contract, ""))
            letter = self._requests()[-1].letter_ids
            told.append((page, re.sub(r"HC-\d+-\d+", "", str(letter.body).replace(contract, ""))))
            self.assertFalse(self.mails)
        self.assertEqual(told[0], told[1])

    def test_every_way_to_name_the_contract_leads_to_the_deciders_address(self):
        """CAN-1: a database's name or address in any form; numbers only together with a decider's address."""
        for contract, email, found in (
            ("ANN", "who@elsewhere.example", True),
            ("http://ann.example:8069/web?db=x", "who@elsewhere.example", True),
            ("the database at ann.example, please", "who@elsewhere.example", True),
            (self.invoice.name, "Ann@X.example", True),
            (self.invoice.name.lower(), "ann@x.example", True),
            (self.invoice.name, "who@elsewhere.example", False),
            ("joann.example", "ann@x.example", False),
            ("ann.example.org", "ann@x.example", False),
            ("nn.example", "ann@x.example", False),
            ("%", "ann@x.example", False),
        ):
            with self.subTest(contract=contract, email=email):
                self.mails.clear()
                self.env["unicdo.rate.limit"].sudo().search([]).unlink()
                self._post(contract=contract, email=email)
                self._run_work()
                self.assertEqual(bool(self._links("ann@x.example")), found)
                self.assertFalse(self._links("who@elsewhere.example"))

    def test_the_link_proves_who_asked_and_receipt_never_moves(self):
        """CAN-1, CAN-2: declared on 1 May, proven on 3 May; the notice counts from 1 May."""
        self._post(end="2026-06-30")
        self._run_work()
        link = self._link()
        with freeze_time("2026-05-03 10:00"):
            page = self._page(link)
            for words in ("731.97", "June 30, 2026", "Yes, that was me"):
                self.assertIn(words, page)
            request = self._requests()
            self.assertEqual((request.state, request.subscription_id.id), ("received", False), "looking proves nothing")
            self.url_open(link, data={"answer": "yes"})
            self.assertIn("Confirmed", self._page(link))
        request = self._requests()
        self.assertEqual((request.state, request.subscription_id), ("scheduled", self.subscription))
        self.assertEqual((request.identity_checked, request.requester_id), ("link", self.customer))
        self.assertEqual((request.received_day, request.earliest_date), (date(2026, 5, 1), date(2026, 5, 31)))
        self.assertIn("confirmation", request.letter_ids.mapped("kind"))

    def test_who_confirms_can_still_keep_the_refund(self):
        """CAN-2, CAN-3: declared for too soon a day; the first day with refund counts from the same receipt."""
        self._post(end="2026-05-10")
        self._run_work()
        with freeze_time("2026-05-03 10:00"):
            page = self._page(self._link())
            self.assertIn("This costs you the refund", page)
            self.assertIn("Yes, but on May 31, 2026, with refund", page)
            self.url_open(self._link(), data={"answer": "earliest"})
        request = self._requests()
        self.assertEqual((request.end_date, request.is_refundable), (date(2026, 5, 31), True))

    def test_a_link_works_once_and_for_three_days(self):
        """CAN-1: random, kept as a hash; used, late, wrong and foreign links say what to do."""
        self._post()
        self._run_work()
        link, request = self._link(), self._requests()
        token = link.rpartition("/")[2]
        self.env.cr.execute("SELECT token_hash FROM unicdo_cancellation_link WHERE cancellation_id = %s", [request.id])
        self.assertNotIn(token, str(self.env.cr.fetchall()))
        self.env.cr.execute("SELECT count(*) FROM unicdo_cancellation_letter WHERE body LIKE %s", [f"%{token}%"])
        self.assertFalse(self.env.cr.fetchone()[0])
        self.assertIn("does not work", self._page(f"{link}x", status=404))
        with freeze_time("2026-05-04 10:00"):
            self.assertIn("three days", self._page(link, status=410))
            self.url_open(link, data={"answer": "yes"})
            self.assertEqual(self._requests().state, "received")
        self.url_open(link, data={"answer": "nonsense"})
        self.assertEqual(self._requests().state, "received")
        self.url_open(link, data={"answer": "yes"})
        request._take_back()
        self.url_open(link, data={"answer": "yes"})
        self.assertEqual(self._requests().state, "taken_back")

    def test_who_no_longer_decides_proves_nothing(self):
        """CAN-1: named administrators at the time of the answer."""
        self._post()
        self._run_work()
        link = self._link()
        self.subscription.admin_ids = [Command.clear()]
        self.assertEqual(self.url_open(link).status_code, 410)
        self.url_open(link, data={"answer": "yes"})
        self.assertEqual(self._requests().state, "received")

    def test_that_was_not_me(self):
        """CAN-1: nothing ends, and our staff see it."""
        self._post()
        self._run_work()
        link = self._link()
        self.url_open(link, data={"answer": "no"})
        self.assertIn("Nothing ends", self._page(link))
        request = self._requests()
        self.assertEqual((request.state, request.link_ids.answer), ("received", "no"))
        self.assertIn("that was not me", "".join(request.message_ids.mapped("body")))
        self.url_open(link, data={"answer": "yes"})
        self.assertEqual(request.state, "received")

    def test_only_the_decider_who_declared_it_is_asked_or_else_all(self):
        """CAN-1: mails go to addresses on file, never to the one typed in."""
        bob = self.env["res.partner"].create({"name": "Bob", "email": "bob@x.example"})
        self.subscription.admin_ids = [Command.link(bob.id)]
        self._post(email="bob@x.example")
        self._run_work()
        self.assertFalse(self._links("ann@x.example"))
        self.assertTrue(self._link("bob@x.example"))
        self.mails.clear()
        self._post(email="who@elsewhere.example")
        self._run_work()
        self.assertTrue(self._link("bob@x.example") and self._link("ann@x.example"))

    def test_nobodys_mailbox_is_filled_with_links(self):
        """CAN-1: a few a day, whatever is declared; the question stands in the portal all the same."""
        for number in range(7):
            self._post(email=f"person{number}@x.example")
        self._run_work()
        self.assertEqual(len(self._links("ann@x.example")), LINKS_A_DAY)
        self.assertEqual(len(self.env["unicdo.cancellation"]._asked_whether(self.customer, self.subscription)), 7)

    def test_a_mail_that_cannot_be_sent_is_tried_again(self):
        """CAN-1: and nothing personal stands in the log."""
        self._post()
        server = type(self.env["ir.mail_server"])
        with patch.object(server, "send_email", side_effect=OSError("ann@x.example refused")):
            self._run_work()
        row = self.env["unicdo.work"].sudo().search([("kind", "=", "mail_link"), ("res_id", "=", self._requests().id)])
        self.assertEqual((row.state, row.attempts, row.error), ("todo", 1, "UserError"))
        self.assertFalse(self._requests().link_ids, "the link that nobody got is gone")
        with freeze_time("2026-05-01 10:05"):
            self._run_work()
        self.assertTrue(self._link())

    def test_a_mail_server_that_is_down_for_an_hour_costs_no_link(self):
        """CAN-1: what is limited is declarations, not tries."""
        self._post()
        server = type(self.env["ir.mail_server"])
        with patch.object(server, "send_email", side_effect=OSError):
            for minute in ("00:00", "00:30", "02:00", "10:00", "45:00"):
                with freeze_time(f"2026-05-01 10:{minute}"):
                    self._run_work()
        with freeze_time("2026-05-01 13:00"):
            self._run_work()
        self.assertTrue(self._link())

    def test_a_link_ends_no_contract_that_has_ended(self):
        """CAN-6: declared by one, ended by another meanwhile."""
        self._post()
        self._run_work()
        self.subscription.sudo().write({"state": "ended", "end_date": date(2026, 4, 30)})
        self.assertIn("has ended", self._page(self._link(), status=410))
        self.url_open(self._link(), data={"answer": "yes"})
        self.assertEqual((self._requests().state, self.subscription.state), ("received", "ended"))

    # ---------------------------------------------------------------- in the portal

    def test_who_is_signed_in_says_whether_it_was_them(self):
        """CAN-1: what was declared before signing in keeps its day of receipt, also after the link has expired."""
        self._post()
        self._run_work()
        url = f"/my/hosting/{self.subscription.id}"
        with freeze_time("2026-05-10 10:00"):
            self.authenticate("ann@x.example", "ann@x.example")
            self.assertIn("Was it you?", self._page(url))
            self.assertIn("Question for you", self._page("/my/hosting"))
            self._send(f"{url}/answer", request_id=self._requests().id, answer="yes")
        request = self._requests()
        self.assertEqual((request.state, request.identity_checked), ("scheduled", "session"))
        self.assertEqual(request.end_date, date(2026, 5, 31))
        self.assertEqual(request.link_ids.answer, "yes")

    def test_a_stranger_keeps_nobody_from_cancelling(self):
        """CAN-1: what nobody proved occupies no contract, by public form or by mail."""
        self._post(end="2029-12-31")
        mailed = self.env["unicdo.cancellation"]._ask(
            self.subscription, channel="mail", declared_email="ann@x.example", wanted_date=date(2029, 1, 1),
            received_at=datetime(2026, 4, 30, 10),
        )
        self._run_work()
        url = f"/my/hosting/{self.subscription.id}"
        self.authenticate("ann@x.example", "ann@x.example")
        self.assertIn("The first of 2 such declarations", self._page(url))
        self._send(f"{url}/answer", request_id=mailed.id, answer="no")
        self.assertEqual((mailed.state, mailed.subscription_id.id), ("received", False))
        self._send(f"{url}/cancel", end="2026-06-30", kind="ordinary")
        self.assertEqual(self.subscription._open_cancellation().end_date, date(2026, 6, 30))
        self.assertIn("Was it you?", self._page(url), "the other one is still asked about")

    def test_a_proven_declaration_on_an_end_under_way_is_looked_at_by_a_person(self):
        """CAN-1: it changes nothing by itself, and is not lost."""
        self._post(kind="good_cause", reason="Down for a week")
        self._run_work()
        link = self._link()
        first = self.env["unicdo.cancellation"]._ask_as(self.customer, self.subscription, "ordinary")
        self._user_with_role("helpdesk")
        self.url_open(link, data={"answer": "yes"})
        self.assertIn("we know that it was you", self._page(link))
        second = self._requests()[0]
        self.assertEqual((first.state, second.state, second.requester_id), ("scheduled", "received", self.customer))
        self.assertTrue(second.activity_ids.user_id)
        self.assertIn(second.name, "".join(first.message_ids.mapped("body")))

    def test_a_proven_withdrawal_takes_the_place_of_a_cancellation(self):
        """CAN-3: by link as well."""
        self.subscription.write({"customer_type": "consumer", "concluded_on": date(2026, 4, 28)})
        first = self.env["unicdo.cancellation"]._ask_as(self.customer, self.subscription, "ordinary")
        self._post("withdraw")
        self._run_work()
        self.url_open(self._link(), data={"answer": "yes"})
        second = self._requests()[-1]
        self.assertEqual((first.state, second.kind, second.state), ("taken_back", "withdrawal", "scheduled"))

    def test_a_withdrawal_without_the_right_to_it_waits_for_a_person(self):
        """CAN-3: by a company, or after the period; it gives no money back by itself, and takes no cancellation's place."""
        first = self.env["unicdo.cancellation"]._ask_as(self.customer, self.subscription, "ordinary")
        for vals in ({"customer_type": "business"}, {
            "customer_type": "consumer", "concluded_on": date(2026, 4, 16), "withdrawal_told_on": date(2026, 4, 16),
        }):
            self.subscription.write(vals)
            self._post("withdraw")
            self._run_work()
            link = self._link()
            page = self._page(link)
            self.assertIn("A person looks at it", page)
            self.assertNotIn("1,452.00", page)
            self.url_open(link, data={"answer": "yes"})
            late = self._requests()[-1]
            self.assertEqual((first.state, late.state, late.subscription_id.id), ("scheduled", "received", False))
        first._take_back()
        self.url_open("/hosting/withdraw")
        self._post("withdraw", key="k" * 20)
        self._run_work()
        self.url_open(self._link(), data={"answer": "yes"})
        late = self._requests()[-1]
        self.assertEqual((late.state, late.subscription_id), ("verified", self.subscription))
        self.assertEqual(self.subscription.state, "active")
