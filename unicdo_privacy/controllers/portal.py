# SPDX-License-Identifier: LGPL-3.0-or-later
import json

from werkzeug.exceptions import NotFound

from odoo.http import content_disposition, request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.unicdo_policy import KINDS

CHOOSABLE = ("given", "refused", "withdrawn")


class PrivacyPortal(CustomerPortal):
    """The "Privacy" tile of the portal and the one centre it leads to."""

    # ------------------------------------------------------------------ centre

    @route("/my/privacy", type="http", auth="user", website=True, readonly=True)
    def privacy_centre(self, **kwargs):
        """Show everything a person can see and decide about their data."""
        values = self._prepare_privacy_values("privacy")
        values["cards"] = sorted(self._prepare_privacy_cards(), key=lambda card: card.get("sequence", 50))
        return request.render("unicdo_privacy.portal_privacy_centre", values)

    def _prepare_privacy_values(self, page_name, title=None):
        """Values that every page below the centre needs.

        :param str page_name: tells the page apart; "privacy" is the centre itself
        :param str title: last element of the breadcrumb
        """
        return self._prepare_portal_layout_values() | {"page_name": page_name, "privacy_title": title}

    def _private(self, template, values, status=200):
        """A page with something that is one person's own, and with buttons: kept by no cache, framed by nobody, and named to
        no other site."""
        response = request.render(template, values, status=status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _prepare_privacy_cards(self):
        """Cards of the centre; called each time it is shown, as the person who looks at it.

        Widen by ``super() + [{…}]``. A page without anything to show adds no card.

        :return: list of dicts ``key`` (unique word), ``title``, ``text`` (one sentence), ``url``, ``icon`` (name of a
            Font Awesome 4 icon without ``fa-``), ``sequence`` (10 consents, 20 policies, 25 service providers, 30 what we
            hold, 40 requests, 50 recordings, 60 security, 70 hosting), and at will ``badge`` (a few words that need attention)
        """
        _ = request.env._
        partner = request.env.user.partner_id
        states = request.env["unicdo.consent"]._state_of(partner)
        purposes = request.env["unicdo.purpose"]._told(partner).filtered(lambda purpose: purpose.basis == "consent")
        waiting = sum(states[p.key].state in ("asked", "expired") if p.key in states else True for p in purposes)
        cards = [{
            "key": "consents", "sequence": 10, "icon": "check-square-o", "url": "/my/privacy/consents",
            "title": _("Your consents"), "text": _("Decide what we may do, and change your mind at any time."),
            "badge": _("%s to decide", waiting) if waiting else None,
        }]
        policies = self._prepare_policies()
        if policies:
            unread = sum(not policy["act"] for policy in policies)
            cards.append({
                "key": "policies", "sequence": 20, "icon": "file-text-o", "url": "/my/privacy/policies",
                "title": _("Policies"),
                "text": _("Read our policies, and see which versions you have read or accepted."),
                "badge": _("%s to read", unread) if unread else None,
            })
        return cards + self._prepare_provider_cards()

    def _prepare_provider_cards(self):
        """The way to the list of service providers, if there are any."""
        _ = request.env._
        listed = request.env["unicdo.provider"]._published(request.env.company)
        if not any(listed.values()):
            return []
        announced = len(listed["announced"])
        return [{
            "key": "providers", "sequence": 25, "icon": "handshake-o", "url": "/privacy/providers",
            "title": _("Service providers"),
            "text": _("See who works for us with your data, and who is to come."),
            "badge": _("%s announced", announced) if announced else None,
        }]

    # ------------------------------------------------------------------ consents

    @route("/my/privacy/consents", type="http", auth="user", website=True, readonly=True)
    def privacy_consents(self, saved=None, changed=None, **kwargs):
        """Show one switch per consent purpose, and what we do on other grounds.

        :param str saved: key of the purpose whose choice has just been saved
        :param str changed: key of the purpose whose text changed before the choice could be saved
        """
        values = self._prepare_privacy_values("privacy_consents", request.env._("Your consents"))
        purposes = request.env["unicdo.purpose"]._told(request.env.user.partner_id)
        consent_purposes = purposes.filtered(lambda purpose: purpose.basis == "consent")
        values |= {
            "items": self._prepare_consent_items(consent_purposes, saved, changed),
            "others": purposes - consent_purposes,
            "basis_labels": dict(purposes._fields["basis"]._description_selection(request.env)),
        }
        return request.render("unicdo_privacy.portal_privacy_consents", values)

    def _prepare_consent_items(self, purposes, saved=None, changed=None):
        """What the page shows per purpose: its text, the current choice and all that led to it."""
        partner = request.env.user.partner_id
        states = request.env["unicdo.consent"]._state_of(partner)
        events_sudo = request.env["unicdo.consent.event"]._of_partner(partner)
        labels = {
            name: dict(events_sudo._fields[name]._description_selection(request.env)) for name in ("what", "channel")
        }
        return [
            {
                "purpose": purpose,
                "notice": purpose._notice_html(),
                "hash": purpose._notice_hash(),
                "lang": request.env.lang,
                "consent": states.get(purpose.key),
                "allowed": partner.id in request.env["unicdo.consent"]._agreed(purpose, {partner.id}),
                "events": events_sudo.filtered(lambda event, key=purpose.key: event.purpose_key == key),
                "labels": labels,
                "saved": saved == purpose.key,
                "changed": changed == purpose.key,
            }
            for purpose in purposes
        ]

    @route("/my/privacy/consents/choose", type="http", auth="user", methods=["POST"], website=True)
    def privacy_choose(self, purpose="", choice="", shown="", lang=None, fragment=None, **kwargs):
        """Record one choice; the only way in the portal to change one.

        :param str purpose: key of a consent purpose
        :param str choice: one of ``CHOOSABLE``
        :param str shown: hash of the text the person had before their eyes
        :param str lang: language of that text
        :param str fragment: set by our JavaScript: answer with the one card instead of going back to the page
        """
        told = request.env["unicdo.purpose"]._told(request.env.user.partner_id)
        # compared, not searched for: a forged form may send a file for a key
        record = told.filtered(lambda item: item.key == purpose and item.basis == "consent")
        if not record or choice not in CHOOSABLE:
            raise NotFound()
        if lang in dict(request.env["res.lang"].get_installed()):
            record = record.with_context(lang=lang)
        saved = request.env["unicdo.consent"]._choose(
            request.env.user.partner_id, record, choice, shown, "portal", self._prepare_trace()
        )
        if fragment:
            item = self._prepare_consent_items(record, **{"saved" if saved else "changed": purpose})[0]
            return request.render("unicdo_privacy.portal_consent_card", {"item": item})
        query = f"?saved={purpose}" if saved else f"?changed={purpose}"
        return request.redirect(f"/my/privacy/consents{query}#{purpose}", code=303)

    def _prepare_trace(self):
        return {
            "address": request.httprequest.remote_addr,
            "user_agent": request.httprequest.user_agent.string,
        }

    def _own_event(self, event_id):
        """One of the signed-in person's own events, in sudo; not found for anybody else's, or none."""
        events_sudo = request.env["unicdo.consent.event"]._of_partner(request.env.user.partner_id)
        event_sudo = events_sudo.filtered(lambda event: event.id == event_id)
        if not event_sudo:
            raise NotFound()
        return event_sudo

    @route("/my/privacy/consents/<int:event_id>/seen", type="http", auth="user", website=True, readonly=True)
    def privacy_seen(self, event_id, **kwargs):
        """Show the exact words the person saw when they chose."""
        event_sudo = self._own_event(event_id)
        if not event_sudo.purpose_text_id:
            raise NotFound()
        values = self._prepare_privacy_values("privacy_seen", request.env._("What you saw"))
        return request.render("unicdo_privacy.portal_privacy_seen", values | {"event": event_sudo})

    @route("/my/privacy/consents/<int:event_id>/receipt", type="http", auth="user", readonly=True)
    def privacy_receipt(self, event_id, **kwargs):
        """Hand out the receipt of one choice as a JSON file."""
        event_sudo = self._own_event(event_id)
        if not event_sudo.purpose_id:
            raise NotFound()
        body = json.dumps(event_sudo._receipt(), ensure_ascii=False, indent=2)
        return request.make_response(body, [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Disposition", content_disposition(f"consent-receipt-{event_sudo.id}.json")),
            ("X-Content-Type-Options", "nosniff"),
        ])

    # ------------------------------------------------------------------ policies

    @route("/my/privacy/policies", type="http", auth="user", website=True, readonly=True)
    def privacy_policies(self, **kwargs):
        """Show the policies that apply, and which versions the person has read or accepted."""
        values = self._prepare_privacy_values("privacy_policies", request.env._("Policies"))
        return request.render("unicdo_privacy.portal_privacy_policies", values | {"policies": self._prepare_policies()})

    def _prepare_policies(self):
        """The policies that apply and what the person did about them, each a dict for the page."""
        events_sudo = request.env["unicdo.consent.event"]._of_partner(request.env.user.partner_id)
        acts_sudo = events_sudo.filtered("version_id").filtered(lambda event: not event.purpose_key)
        what_labels = dict(events_sudo._fields["what"]._description_selection(request.env))
        policies = []
        for kind, _label in KINDS:
            version = request.env["unicdo.policy"]._current(kind)
            if version:
                of_kind = acts_sudo.filtered(lambda event, kind=kind: event.policy_version_id.kind == kind)
                act = version._act_of(request.env.user.partner_id)
                policies.append({
                    "version": version, "act": act, "earlier": of_kind - act,
                    "what_labels": what_labels, "accepts": kind == "terms",
                })
        return policies

    @route("/my/privacy/policies/read", type="http", auth="user", methods=["POST"], website=True)
    def privacy_policy_read(self, version="", **kwargs):
        """Record that the person read a policy, or accepted the terms, in the version that applies now."""
        number = int(version) if isinstance(version, str) and version.isdecimal() else 0
        record = request.env["unicdo.policy.version"].browse(number).exists()
        current = record and record.kind in dict(KINDS) and request.env["unicdo.policy"]._current(record.kind)
        if not current or (current.policy_id, current.number) != (record.policy_id, record.number):
            raise NotFound()
        what = "accepted" if record.kind == "terms" else "acknowledged"
        request.env["unicdo.consent"]._record_policy_act(
            request.env.user.partner_id, what, record, "portal", self._prepare_trace()
        )
        return request.redirect(f"/my/privacy/policies#{record.kind}", code=303)
