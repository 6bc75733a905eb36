# SPDX-License-Identifier: LGPL-3.0-or-later
import functools
from datetime import timedelta

from odoo import fields
from odoo.exceptions import ConcurrencyError, LockError, UserError
from odoo.http import request, route

from ..const import REASONS
from .portal import HostingPortal

#: how far ahead an end can be wished for
FARTHEST = timedelta(days=5 * 366)
LONGEST_REASON = 5000
KINDS_IN_PORTAL = ("ordinary", "good_cause")


def again_when_locked(endpoint):
    """Run a request again when another one holds the row: the second of two clicks sees what the first one did."""

    @functools.wraps(endpoint)
    def run(*args, **kwargs):
        try:
            return endpoint(*args, **kwargs)
        except LockError as error:
            raise ConcurrencyError("another request moves this cancellation") from error

    return run


class HostingEndPortal(HostingPortal):
    """Ending a contract in two steps: see what it means, then say so once (POLICY CAN-1, CAN-2)."""

    def _page_url(self, subscription_sudo):
        return f"/my/hosting/{subscription_sudo.id}"

    def _decidable(self, subscription_id):
        """A subscription of which whoever is signed in may decide, in sudo; others read on its page whom to ask."""
        subscription_sudo = self._own_subscription(subscription_id)
        return subscription_sudo if self._may_decide(subscription_sudo) else subscription_sudo.browse()

    # ------------------------------------------------------------------ cancelling

    @route("/my/hosting/<int:subscription_id>/cancel", type="http", auth="user", website=True, methods=["GET"],
           readonly=True, sitemap=False)
    def hosting_cancel(self, subscription_id, end="", kind="ordinary", fragment=None, **kwargs):
        """Step one: what ending it on a day means; changes nothing.

        :param str end: last day of service, as ``YYYY-MM-DD``; default the earliest that keeps the notice
        :param str kind: one of ``KINDS_IN_PORTAL``
        :param str fragment: set by our JavaScript: answer with what depends on the day alone
        """
        subscription_sudo = self._decidable(subscription_id)
        if not subscription_sudo or subscription_sudo._open_cancellation() or subscription_sudo.state == "ended":
            return request.redirect(f"/my/hosting/{subscription_id}", code=303)
        values = self._cancel_values(subscription_sudo, end, kind)
        template = "portal_cancel_terms" if fragment else "portal_cancel"
        return self._private(f"unicdo_hosting_cancel.{template}", values)

    @route("/my/hosting/<int:subscription_id>/cancel", type="http", auth="user", website=True, methods=["POST"],
           sitemap=False)
    @again_when_locked
    def hosting_cancel_now(self, subscription_id, end="", kind="ordinary", reason="", reason_category="", shown="", **kwargs):
        """Step two: cancel now; a second click finds the request of the first.

        :param str shown: "refund" if the page said that there would be one; if that no longer holds, it is shown anew
        """
        subscription_sudo = self._decidable(subscription_id)
        if not subscription_sudo or subscription_sudo._open_cancellation() or subscription_sudo.state == "ended":
            return request.redirect(f"/my/hosting/{subscription_id}", code=303)
        values = self._cancel_values(subscription_sudo, end, kind, reason, shown)
        if values["error"]:
            values["reason_category"] = reason_category
            return self._private("unicdo_hosting_cancel.portal_cancel", values, status=422)
        request.env["unicdo.cancellation"]._ask_as(
            self._partner(), subscription_sudo, values["kind"], wanted_date=values["end"],
            reason=values["reason"] or False,
            reason_category=reason_category if reason_category in dict(REASONS) else False,
        )
        return request.redirect(self._page_url(subscription_sudo), code=303)

    def _cancel_values(self, subscription_sudo, end, kind, reason=None, shown=""):
        """What the first step shows, and what speaks against the second."""
        today = subscription_sudo._today()
        kind = kind if kind in KINDS_IN_PORTAL else "ordinary"
        rule = subscription_sudo._notice_rule(today)
        earliest = rule._earliest_end(today) if kind == "ordinary" else today
        day, error = self._read_day(end, today)
        terms = subscription_sudo._terms(day or earliest, kind, today)
        if reason is not None and not error:
            reason = reason.strip()
            error = self._refusal(kind, reason, terms, shown)
        return self._hosting_values(
            subscription_sudo,
            request.env._("Cancel"),
            today=today,
            latest=today + FARTHEST,
            end=terms["end"],
            kind=kind,
            reason=reason or "",
            reason_category="",
            reasons=request.env["unicdo.cancellation"]._fields["reason_category"]._description_selection(request.env),
            terms=terms,
            words=subscription_sudo._words(terms, kind, today),
            choices=self._end_choices(subscription_sudo, earliest, today),
            may_withdraw=self._may_withdraw(subscription_sudo, subscription_sudo.cancellation_ids.browse()),
            withdraw_until=subscription_sudo._day_words(subscription_sudo._withdrawal_end()),
            longest_reason=LONGEST_REASON,
            error=error,
        )

    def _read_day(self, text, today):
        """The day a person chose.

        :return: pair of a date or None, and what is wrong with it or ""
        """
        if not text:
            return None, ""
        try:
            day = fields.Date.to_date(text[:10] if len(text) == 10 else "")
        except ValueError:
            day = None
        if not day:
            return None, request.env._("This is no day we can read. Please choose it, or write it like 2026-12-31.")
        if day < today:
            return None, request.env._("This day is over. The earliest last day of service is today.")
        if day > today + FARTHEST:
            return None, request.env._("Please choose a day within the next five years.")
        return day, ""

    def _refusal(self, kind, reason, terms, shown):
        """Why it cannot be cancelled like that yet, or ""."""
        if kind == "good_cause" and not reason:
            return request.env._("Please say why: a cancellation for good cause is looked at by a person.")
        if len(reason) > LONGEST_REASON:
            return request.env._("Please shorten what you wrote to %s characters.", LONGEST_REASON)
        if shown == "refund" and not terms["is_refundable"]:
            return request.env._(
                "Meanwhile a new day has begun, and the day you chose no longer keeps the notice. Please choose again."
            )
        return ""

    def _end_choices(self, subscription_sudo, earliest, today):
        """Days people often choose: pairs of a label and a date, none of them twice."""
        labels = {
            earliest: request.env._("earliest with refund"),
            subscription_sudo.paid_until: request.env._("end of what is prepaid"),
        }
        return [
            (f"{subscription_sudo._day_words(day)}: {label}", day)
            for day, label in sorted((day, label) for day, label in labels.items() if day and day >= today)
        ]

    # ------------------------------------------------------------------ withdrawing

    @route("/my/hosting/<int:subscription_id>/withdraw", type="http", auth="user", website=True, methods=["GET"],
           readonly=True, sitemap=False)
    def hosting_withdraw(self, subscription_id, **kwargs):
        """The statement to withdraw, ready to be confirmed; changes nothing."""
        subscription_sudo = self._withdrawable(subscription_id)
        if not subscription_sudo:
            return request.redirect(f"/my/hosting/{subscription_id}", code=303)
        terms = subscription_sudo._terms(subscription_sudo._today(), "withdrawal")
        return self._private("unicdo_hosting_cancel.portal_withdraw", self._hosting_values(
            subscription_sudo,
            request.env._("Withdraw"),
            person=self._partner(),
            until=subscription_sudo._day_words(subscription_sudo._withdrawal_end()),
            words=subscription_sudo._words(terms, "withdrawal"),
        ))

    @route("/my/hosting/<int:subscription_id>/withdraw", type="http", auth="user", website=True, methods=["POST"],
           sitemap=False)
    @again_when_locked
    def hosting_withdraw_confirm(self, subscription_id, **kwargs):
        """Confirm the withdrawal; a second click finds the first one."""
        subscription_sudo = self._withdrawable(subscription_id)
        if subscription_sudo:
            request.env["unicdo.cancellation"]._ask_as(self._partner(), subscription_sudo, "withdrawal")
        return request.redirect(f"/my/hosting/{subscription_id}", code=303)

    def _withdrawable(self, subscription_id):
        subscription_sudo = self._decidable(subscription_id)
        item = subscription_sudo._open_cancellation()
        return subscription_sudo.filtered(lambda subscription: self._may_withdraw(subscription, item))

    # ------------------------------------------------------------------ staying, and questions

    @route("/my/hosting/<int:subscription_id>/take-back", type="http", auth="user", website=True, methods=["GET"],
           readonly=True, sitemap=False)
    def hosting_take_back(self, subscription_id, **kwargs):
        """Ask whether the contract is to go on; changes nothing."""
        subscription_sudo = self._decidable(subscription_id)
        item = subscription_sudo._open_cancellation()
        if not item:
            return request.redirect(f"/my/hosting/{subscription_id}", code=303)
        return self._private("unicdo_hosting_cancel.portal_take_back", self._hosting_values(
            subscription_sudo, request.env._("Take back"), item=item, error=""
        ))

    @route("/my/hosting/<int:subscription_id>/take-back", type="http", auth="user", website=True, methods=["POST"],
           sitemap=False)
    @again_when_locked
    def hosting_take_back_confirm(self, subscription_id, request_id="", **kwargs):
        """The contract goes on.

        :param str request_id: of the request that the page showed; a page left open takes back no later one
        """
        subscription_sudo = self._decidable(subscription_id)
        item = subscription_sudo._open_cancellation()
        if item and str(item.id) == request_id:
            try:
                with request.env.cr.savepoint():
                    item._take_back()
            except LockError:
                raise
            except UserError as error:
                return self._private("unicdo_hosting_cancel.portal_take_back", self._hosting_values(
                    subscription_sudo, request.env._("Take back"), item=item, error=str(error)
                ), status=422)
        return request.redirect(f"/my/hosting/{subscription_id}", code=303)

    @route("/my/hosting/<int:subscription_id>/answer", type="http", auth="user", website=True, methods=["POST"],
           sitemap=False)
    @again_when_locked
    def hosting_answer(self, subscription_id, request_id="", answer="", **kwargs):
        """Say of a request that came by mail or public form whether it was theirs."""
        subscription_sudo = self._own_subscription(subscription_id)
        item = self._questions(subscription_sudo).filtered(lambda question: str(question.id) == request_id)
        if item and answer in ("yes", "no"):
            item._answer(self._partner(), subscription_sudo, answer)
        return request.redirect(f"/my/hosting/{subscription_id}", code=303)
