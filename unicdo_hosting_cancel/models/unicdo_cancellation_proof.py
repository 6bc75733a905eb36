# SPDX-License-Identifier: LGPL-3.0-or-later
import logging

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import LINKS_A_DAY, OPEN_STATES, REVOCABLE_STATES

_logger = logging.getLogger(__name__)

#: channels by which anybody can write under any name
UNPROVEN_CHANNELS = ("public", "mail")
DAY = 24 * 60


class UnicdoCancellationProof(models.Model):
    """From a declaration by anybody to a request by somebody who may decide (POLICY CAN-1).

    What was declared says nothing yet about who declared it. It occupies no contract and reveals none: a link goes to the
    deciders' addresses on file, and whoever holds it proves the rest. The time of receipt never moves.
    """

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    link_ids = fields.One2many("unicdo.cancellation.link", "cancellation_id", "Asked whether it was them", readonly=True)

    def _receive(self):
        """Ask for proof in the background, so that the answer takes as long whatever exists."""
        super()._receive()
        if self.state == "received" and self.channel in UNPROVEN_CHANNELS:
            self.env["unicdo.work"]._enqueue([{"res_model": self._name, "res_id": self.id, "kind": "find_contract"}])

    def _do_work_find_contract(self, work):
        """Look for the contract that is meant, and ask each person who may have declared it."""
        if self.state != "received":
            return
        subscription = self.subscription_id or self.env["unicdo.hosting.subscription"]._meant_by(
            self.declared_contract, self.declared_email
        )
        self.env["unicdo.work"]._enqueue([
            {
                "res_model": self._name, "res_id": self.id, "kind": "mail_link", "stage": 1,
                "key": str(partner.id), "payload": {"subscription": subscription.id, "partner": partner.id},
            }
            for partner in self._may_have_declared(subscription)
        ])

    def _may_have_declared(self, subscription):
        """Whom to ask: the decider who has the sender's address, else every decider with an address."""
        deciders = subscription._deciders().filtered("email_normalized") if subscription else self.env["res.partner"]
        return deciders.filtered(lambda partner: partner.email_normalized == self.declared_email) or deciders

    def _do_work_mail_link(self, work):
        """Mail one person a link, as a rule a few times a day at most, whatever is declared in their name."""
        subscription = self.env["unicdo.hosting.subscription"].browse(work.payload["subscription"]).exists()
        partner = self.env["res.partner"].browse(work.payload["partner"]).exists()
        if self.state != "received" or not subscription or not partner.email_normalized:
            return
        token = self.env["unicdo.cancellation.link"]._issue(self, subscription, partner)
        # a try that failed has been counted
        if not work.attempts and self.env["unicdo.rate.limit"]._take("hosting.link", f"{partner.id}", LINKS_A_DAY, DAY):
            _logger.info("Request %s: no further link is mailed to a decider today", self.id)
            return
        self._mail_link(partner, subscription, f"{self.get_base_url()}/hosting/confirm/{token}")
        self._log("hosting.cancel.link")

    def _mail_link(self, partner, subscription, url):
        """Send the link at once, past the queue and the letters: both would keep its secret in clear.

        :raise UserError: it could not be sent
        """
        lang = partner.lang or self.company_id.partner_id.lang or self.env.lang
        values = self.with_context(lang=lang)._letter_values("verify") | {
            "service": subscription.name, "verify_link": url,
        }
        template_sudo = self.env.ref("unicdo_hosting_cancel.unicdo_cancellation_mail_verify").sudo()
        mail = template_sudo.with_context(lang=lang, **values)._generate_template(
            self.ids, ["subject", "body_html", "email_from"]
        )[self.id]
        server_sudo = self.env["ir.mail_server"].sudo()
        try:
            server_sudo.send_email(server_sudo._build_email__(
                email_from=mail["email_from"] or server_sudo._get_default_from_address(),
                # the bare address: a name with line breaks would add headers and recipients
                email_to=[partner.email_normalized],
                subject=mail["subject"],
                body=str(mail["body_html"]),
                subtype="html",
                headers={"Auto-Submitted": "auto-generated"},
            ))
        except Exception as error:  # noqa: BLE001 - mail servers fail in every way
            # the original text may quote the address
            raise UserError(self.env._("The mail could not be sent (%s).", type(error).__name__)) from None

    # ---------------------------------------------------------------- once it is known

    def _bind(self, subscription, how, requester=None):
        """It is known which contract is meant, and that who asked may decide on it.

        Where another request for it is under way, see :meth:`_makes_room`; if that one stays, a person of ours looks at
        this one.

        :param subscription: ``unicdo.hosting.subscription``
        :param str how: a value of ``identity_checked``
        :param requester: ``res.partner`` who asked
        :return: whether it was bound
        """
        self.ensure_one()
        if not self._step("received"):
            return False
        other = subscription.sudo()._open_cancellation() - self
        if other and not other._makes_room(self._about(subscription)._withdraws()):
            self.requester_id = requester
            self._call_for_decision(other)
            return False
        try:
            with self.env.cr.savepoint():
                self.write({"subscription_id": subscription.id, "company_id": subscription.company_id.id})
                self.flush_recordset()
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError("two requests for one contract were proven at once") from error
        self._verify(how, requester)
        return True

    def _wish_for_refund(self):
        """Who proved the request would rather keep the notice. What was declared first stays in the messages."""
        if self._step("received") and self.wanted_date:
            self.message_post(body=self.env._("Declared was %s; confirmed was the first day with refund.", self.wanted_date))
            self.wanted_date = False

    def _makes_room(self, withdraws):
        """Let a proven request take this one's place, if it may.

        A request that nobody proved to be theirs goes back to those that belong to no contract. A withdrawal takes the
        place of a cancellation, since it gives back more and lapses (Directive 2011/83/EU, Art. 9 and 11a).

        :param bool withdraws: whether the request that was proven is a withdrawal by right
        :rtype: bool
        """
        self.ensure_one()
        if self._step("received"):
            self.subscription_id = False
        elif withdraws and self.kind != "withdrawal" and self._step(*REVOCABLE_STATES):
            self.state = "taken_back"
            self._unplan_end()
            self.subscription_id._go_on()
            self._log("hosting.cancel.replaced", by="withdrawal")
        else:
            return False
        self.flush_recordset()
        return True

    def _call_for_decision(self, other):
        """A proven declaration on a contract whose end is under way already: nothing is lost, somebody looks at it."""
        other.message_post(body=self.env._("%s was declared as well, by somebody who may decide.", self.name))
        self.message_post(body=self.env._("The end of this contract is under way already: %s.", other.name))
        self._call_helpdesk(self.env._("Does this declaration change anything? See %s.", other.name))

    def _call_helpdesk(self, summary):
        """Put a request on the list of somebody of ours, if there is anybody."""
        handler = self.env.ref("unicdo_privacy.unicdo_privacy_group_helpdesk").all_user_ids.filtered("active")[:1]
        if handler:
            self.activity_schedule("mail.mail_activity_data_todo", user_id=handler.id, summary=summary)

    def _disown(self, partner):
        """Somebody who may decide says that this was not them. It waits for the others, and for our staff."""
        self._log("hosting.cancel.disowned")
        self.message_post(body=self.env._("%s says: that was not me.", partner.display_name))
        self._call_helpdesk(self.env._("Somebody else declared this, it is said."))

    # ---------------------------------------------------------------- in the portal

    @api.model
    def _asked_whether(self, partner, subscription):
        """Requests to end a contract of which a person who may decide has to say whether they are theirs.

        :return: records in sudo, oldest first
        """
        bound = [("subscription_id", "=", subscription.id), ("channel", "in", UNPROVEN_CHANNELS)]
        asked = [("subscription_id", "=", False), ("link_ids", "any", [
            ("subscription_id", "=", subscription.id), ("partner_id", "=", partner.id), ("answer", "=", False),
        ])]
        domain = Domain("state", "=", "received") & (Domain(bound) | Domain(asked))
        return self.sudo().search(domain, order="received_at")

    def _answer(self, partner, subscription, answer):
        """A person who may decide, and is signed in, says whether a request was theirs.

        :param str answer: "yes" or "no"
        """
        self.ensure_one()
        link = self.link_ids.filtered(lambda link: (link.partner_id, link.subscription_id) == (partner, subscription))[:1]
        if link and not link.answer:
            link._answer(answer, "session")
        elif answer == "yes":
            self._bind(subscription, "session", partner)
        else:
            self._disown(partner)
        if answer == "no" and self._step("received"):
            self.subscription_id = False

    @api.model
    def _ask_as(self, partner, subscription, kind, **vals):
        """A person who may decide, and is signed in, asks for the end of a contract; asked twice, it is the same request.

        :param partner: ``res.partner`` who is signed in and may decide
        :param subscription: one ``unicdo.hosting.subscription``
        :param str kind: one of ``KINDS``
        :param vals: further values of a new request
        :return: one record in sudo
        """
        vals |= {
            "channel": "portal", "company_id": subscription.company_id.id, "requester_id": partner.id,
            "declared_name": partner.name, "declared_email": partner.email_normalized,
            "declared_contract": subscription.name,
        }
        other = subscription.sudo()._open_cancellation()
        if other and other.kind != kind and kind == "withdrawal" and not other._makes_room(withdraws=True):
            request = self._ask(subscription.browse(), kind, **vals)
            request._call_for_decision(other)
            return request
        if not other:
            under_way = [("subscription_id", "=", subscription.id), ("state", "in", OPEN_STATES)]
            self._one_at_a_time(f"subscription {subscription.id}", under_way)
        request = self._ask(subscription, kind, **vals)
        request._verify("session", partner)
        return request

    @api.model
    def _one_at_a_time(self, key, domain):
        """Let one transaction at a time make a request; the others are run again by Odoo, and find it.

        A unique index would stop them too, but the database's complaint writes all that was declared into the log.

        :param str key: names what is made
        :param list domain: of requests that are what is made
        """
        self.env.cr.execute(SQL("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", f"{self._name} {key}"))
        is_made = not self.env.cr.fetchone()[0]
        if not is_made:
            # what was committed since this transaction began is seen by a later one only
            with self.env.registry.cursor() as cr:
                is_made = bool(self.env(cr=cr)[self._name].sudo().search_count(domain, limit=1))
        if is_made:
            raise ConcurrencyError("the same request came twice")
