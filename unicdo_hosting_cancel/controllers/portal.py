# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.fields import Domain
from odoo.http import content_disposition, request, route

from odoo.addons.unicdo_privacy.controllers.portal import PrivacyPortal

from ..const import REVOCABLE_STATES

#: letters that everybody may read who sees the contract; the others go to those who decide
OPEN_LETTERS = ("instructions", "reminder_7", "reminder_1")


class HostingPortal(PrivacyPortal):
    """What is hosted for whoever is signed in, how far an end is, and what was written about it."""

    # ------------------------------------------------------------------ entries

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "unicdo_hosting_count" in counters:
            values["unicdo_hosting_count"] = len(self._own_subscriptions())
        return values

    def _prepare_privacy_cards(self):
        cards = super()._prepare_privacy_cards()
        own = self._own_subscriptions()
        if own:
            cards.append({
                "key": "hosting",
                "title": request.env._("Hosting"),
                "text": request.env._("What we host for you, until when it is prepaid, and how to end it."),
                "url": "/my/hosting",
                "icon": "server",
                "sequence": 70,
                "badge": request.env._("Question for you") if any(map(self._questions, own)) else None,
            })
        return cards

    # ------------------------------------------------------------------ whose it is

    def _partner(self):
        return request.env.user.partner_id

    def _own_subscriptions(self, *domain):
        """Subscriptions that whoever is signed in may see, in sudo: portal users have no rights on the model."""
        subscriptions_sudo = request.env["unicdo.hosting.subscription"].sudo()
        return subscriptions_sudo.search(subscriptions_sudo._domain_of(self._partner()) & Domain.AND([list(domain)]))

    def _own_subscription(self, subscription_id):
        subscription_sudo = self._own_subscriptions(("id", "=", subscription_id))
        if not subscription_sudo:
            raise request.not_found()
        return subscription_sudo

    def _may_decide(self, subscription_sudo):
        return self._partner() in subscription_sudo._deciders()

    def _questions(self, subscription_sudo):
        """Requests of which whoever is signed in has to say whether they are theirs."""
        requests_sudo = request.env["unicdo.cancellation"].sudo()
        if subscription_sudo.state == "ended" or not self._may_decide(subscription_sudo):
            return requests_sudo
        return requests_sudo._asked_whether(self._partner(), subscription_sudo)

    # ------------------------------------------------------------------ pages

    def _hosting_values(self, subscription_sudo=None, title=None, **values):
        return self._prepare_privacy_values("hosting", None) | {
            "subscription": subscription_sudo,
            "hosting_title": title,
            **values,
        }

    @route("/my/hosting", type="http", auth="user", website=True, readonly=True, sitemap=False)
    def hosting(self, **kwargs):
        """List what is hosted for the person and their company."""
        own = self._own_subscriptions()
        asked = {subscription.id for subscription in own if self._questions(subscription)}
        return self._private("unicdo_hosting_cancel.portal_list", self._hosting_values(subscriptions=own, asked=asked))

    @route("/my/hosting/<int:subscription_id>", type="http", auth="user", website=True, readonly=True, sitemap=False)
    def hosting_one(self, subscription_id, **kwargs):
        """One subscription: what is prepaid, how far its end is, and what was written; changes nothing."""
        subscription_sudo = self._own_subscription(subscription_id)
        questions = self._questions(subscription_sudo)
        item = subscription_sudo._ending_cancellation() - questions
        return self._private("unicdo_hosting_cancel.portal_subscription", self._hosting_values(
            subscription_sudo,
            item=item,
            steps=item and item._prepare_steps(),
            words=item and "posted" not in item.credit_ids.mapped("state") and item._words(),
            data_words=item and item._data_words(),
            earlier=subscription_sudo.cancellation_ids - item - questions,
            questions=questions,
            asked_first=subscription_sudo._open_cancellation() & questions,
            may_decide=self._may_decide(subscription_sudo),
            may_take_back=item.state in REVOCABLE_STATES and (not item.ends_at or item.ends_at > fields.Datetime.now()),
            may_withdraw=self._may_withdraw(subscription_sudo, item),
            ask_whom=self._ask_whom(subscription_sudo),
            invoices=self._invoices(subscription_sudo),
            holds_up=item._open_invoices() if item.state == "waiting" else item.credit_ids.browse(),
            letters=item and self._letters(item),
            letters_of=self._letters,
            to_read=OPEN_LETTERS,
        ))

    def _may_withdraw(self, subscription_sudo, item):
        """Whether the person may still withdraw from the contract, and has not yet."""
        return (
            item.kind != "withdrawal" and subscription_sudo._may_withdraw(subscription_sudo._today())
            and self._may_decide(subscription_sudo)
        )

    def _ask_whom(self, subscription_sudo):
        """Who may cancel, for those who may not: functions, and names of those the reader may see anyway."""
        return [
            {
                "function": partner_sudo.function or request.env._("Named administrator"),
                "name": partner_sudo.name if partner_sudo.with_user(request.env.user).has_access("read") else "",
            }
            for partner_sudo in subscription_sudo._deciders()
        ]

    def _invoices(self, subscription_sudo):
        """Invoices and credit notes of a subscription, newest first, and whether the person may open them."""
        moves_sudo = subscription_sudo.period_ids.move_id | subscription_sudo.cancellation_ids.credit_ids
        return [
            {"move": move_sudo, "may_open": move_sudo.with_user(request.env.user).sudo(False).has_access("read")}
            for move_sudo in moves_sudo.filtered(lambda move: move.state == "posted").sorted(
                lambda move: (move.invoice_date, move.id), reverse=True
            )
        ]

    # ------------------------------------------------------------------ letters

    def _letters(self, item_sudo):
        """Letters about a request that whoever is signed in may read."""
        if self._may_decide(item_sudo.subscription_id):
            return item_sudo.letter_ids
        return item_sudo.letter_ids.filtered(lambda letter: letter.kind in OPEN_LETTERS)

    def _own_letter(self, letter_id):
        letter_sudo = request.env["unicdo.cancellation.letter"].sudo().browse(letter_id).exists()
        item_sudo = letter_sudo.cancellation_id
        if item_sudo.subscription_id not in self._own_subscriptions() or letter_sudo not in self._letters(item_sudo):
            raise request.not_found()
        return letter_sudo

    @route("/my/hosting/letters/<int:letter_id>/file", type="http", auth="user", readonly=True, sitemap=False)
    def hosting_letter_file(self, letter_id, **kwargs):
        """Hand out a letter, word for word: the hash shown beside it is that of this file."""
        letter_sudo = self._own_letter(letter_id)
        name = f"{letter_sudo.cancellation_id.name}-{letter_sudo.kind}.html"
        return request.make_response(str(letter_sudo.body).encode(), [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Disposition", content_disposition(name)),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ])

    @route("/my/hosting/letters/<int:letter_id>/seen", type="http", auth="user", website=True, methods=["POST"],
           sitemap=False)
    def hosting_letter_seen(self, letter_id, **kwargs):
        """Note that instructions were read (CAN-5)."""
        letter_sudo = self._own_letter(letter_id)
        letter_sudo._seen()
        url = f"/my/hosting/{letter_sudo.cancellation_id.subscription_id.id}#letter_{letter_id}"
        return request.redirect(url, code=303)
