# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.tools import format_date, format_datetime

from odoo.addons.unicdo_privacy.tools.notice import text_hash

#: letters that say nothing about the contract, so they may go to an address nobody has verified
OPEN_LETTERS = ("receipt",)


class UnicdoCancellationLetters(models.Model):
    """What the customer is told, and when (POLICY CAN-5, CAN-8). Each letter goes out once and stays with its hash."""

    _inherit = "unicdo.cancellation"  # pylint: disable=consider-merging-classes-inherited

    def _acknowledge(self):
        """Receipt, at once: content, date and time, and what comes next."""
        self._write("receipt")

    def _confirm(self):
        """The end is scheduled: end date, refund, and how to fetch the data. Other administrators are told."""
        for kind in ("confirmation", "instructions", "colleagues"):
            self._write(kind)

    def _recipients(self, kind):
        """Addresses a letter goes to, normalised: an unverified sender gets the receipt, and nothing else.

        :param str kind: a value of the letter's ``kind``
        :return: list of str
        """
        deciders = self.subscription_id._deciders() if self.subscription_id else self.env["res.partner"]
        if kind == "colleagues":
            people = deciders - self.requester_id
        elif kind == "verify":
            people = deciders
        elif self.verified_at or kind not in OPEN_LETTERS:
            people = self.requester_id or self.partner_id
        else:
            return [address for address in [self.declared_email] if address] or self._recipients("verify")
        return sorted({partner.email_normalized for partner in people if partner.email_normalized})

    def _write(self, kind, **values):
        """Send one letter and keep it word for word; nothing if it was sent before or there is nobody to read it.

        :param str kind: a value of the letter's ``kind``; its template is ``unicdo_cancellation_mail_<kind>``
        :param values: more for the template, as ``ctx.get(name)``
        """
        self.ensure_one()
        addresses = self._recipients(kind)
        if kind in self.letter_ids.mapped("kind") or (kind == "colleagues" and not addresses):
            return
        template = self.env.ref(f"unicdo_hosting_cancel.unicdo_cancellation_mail_{kind}").sudo()
        page_lang = self.env.lang if self.channel == "public" else ""
        lang = self.partner_id.lang or page_lang or self.company_id.partner_id.lang or self.env.lang
        localised = self.with_context(lang=lang)
        letter = template.with_context(lang=lang, **localised._letter_values(kind), **values)._generate_template(
            self.ids, ["subject", "body_html", "email_from"]
        )[self.id]
        self.env["unicdo.cancellation.letter"].sudo().create({
            "cancellation_id": self.id, "kind": kind, "subject": letter["subject"], "body": letter["body_html"],
            "sha256": text_hash(letter["body_html"]),
        })
        self.env["mail.mail"].sudo().create([
            {**letter, "email_to": address, "auto_delete": True, "headers": {"Auto-Submitted": "auto-generated"}}
            for address in addresses
        ])
        # at once, and not with the hourly queue
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _letter_values(self, kind):
        """What letters say in the customer's language: texts, and the numbers of ``_terms`` as a table.

        :return: dict of str and ``Markup``
        """
        self.ensure_one()
        zone = self._zone()
        shows_terms = bool(self.subscription_id) and kind in ("confirmation", "ended", "statement")
        return {
            "received": format_datetime(self.env, self.received_at, tz=zone, dt_format="long"),
            "zone": zone,
            "kind_label": dict(self._fields["kind"]._description_selection(self.env))[self.kind],
            "end_day": self._day(self.end_date),
            "wanted_day": self._day(self.wanted_date),
            "data_day": self._day(self.subscription_id.data_until or self.end_date and fields.Date.add(
                self.end_date, days=self.company_id.unicdo_retrieval_days)),
            "service": self.subscription_id.name or self.declared_contract or "",
            "link": f"{self.get_base_url()}/my/hosting",
            "terms": self._letter_terms() if shows_terms else "",
        }

    def _day(self, day):
        """A day in words, "" for none."""
        return format_date(self.env, day, date_format="long") if day else ""

    def _letter_terms(self):
        """The refund, line by line and invoice by invoice, as the portal shows it."""
        return self.env["ir.qweb"]._render("unicdo_hosting_cancel.letter_terms", {"words": self._words()})
