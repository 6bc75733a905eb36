# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..const import OPENINGS, PACKAGE_DAYS, RENEW_DAYS


class UnicdoRequestAnswer(models.Model):
    """From a finished package to the person who asked."""

    _inherit = "unicdo.request"

    # ---------------------------------------------------------------- steps

    def _package_ready(self, package):
        """A package was closed: go on to review, or to the answer. A package made anew moves nothing."""
        self.ensure_one()
        self._log("dsar.ready", package)
        if self.state not in ("working", "failed"):
            return
        self.state = "review" if package.part == "first" and self.review_ids else "ready"
        if self.state == "review":
            self._tell(
                self.env._(
                    "The first part is ready. Records that wait for review before the second part can follow: %s.",
                    len(self.review_ids),
                )
            )
            self._call_for_review()

    def _call_for_review(self):
        """Ask one privacy user of each company whose records wait; a company without one is named on the timeline."""
        handlers = self.env["res.users"]
        for company in self._review_waiting():
            handler = self._reviewer(company)
            handlers |= handler
            if not handler:
                self._tell(self.env._(
                    "Records of %s wait for review, but no privacy user works for that company. Have one allowed to.",
                    company.name,
                ))
        for handler in handlers:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.due_date - timedelta(days=3),
                user_id=handler.id,
                summary=self.env._("Review what goes into the second part"),
            )

    def _reviewer(self, company):
        """Who decides on a company's records: whoever handles the request, else an officer, else a privacy user.

        :return: ``res.users``, or none where nobody may
        """
        role = "unicdo_privacy.unicdo_privacy_group_%s"
        users = self.env.ref(role % "user").all_user_ids.filtered(
            lambda user: user.active and company in user.company_ids
        )
        officers = self.env.ref(role % "officer").all_user_ids & users
        return self.user_id & users or officers[:1] or users[:1]

    def action_release(self):
        """The review is done: prepare the second part."""
        self.check_access("write")
        for request in self:
            if request.state != "review":
                raise UserError(self.env._("There is nothing to release at this point."))
            if request.review_open_count:
                raise UserError(request._why_not_released())
            request_sudo = request.sudo()
            self.env["unicdo.vault"]._require()
            request_sudo.state = "working"
            request_sudo.activity_unlink(["mail.mail_activity_data_todo"])
            request_sudo._log("dsar.reviewed", None, records=len(request_sudo.review_ids))
            self.env["unicdo.recheck"]._end(request_sudo._review_action())
            self.env["unicdo.package"]._start(request_sudo, "second")

    def _why_not_released(self):
        """What still has to be decided before the second part can go out, and by whom."""
        text = self.env._(
            "Records still to be decided: %s. Include them, black out words, or leave them out.", self.review_open_count
        )
        if not self.review_elsewhere:
            return text
        return text + "\n" + self.env._(
            "Some belong to other companies, whose privacy users decide on them: %s. If you work for such a company too, "
            "choose it beside your name, then decide.",
            self.review_elsewhere,
        )

    def _announce(self, package):
        """Mail a link to the person, who needs an account to open it; without one, whoever handles it is asked."""
        self.ensure_one()
        if not self.has_account:
            self._tell(
                self.env._(
                    "The package is ready, but this person has no portal account. Grant access, then press “Send link”."
                )
            )
            return
        if not self._send_link(package):
            self._tell(self.env._("There is no e-mail address on file: the person finds the package in the portal."))
        self._answered()

    def _send_link(self, package):
        """Make a fresh link and mail it.

        :return: whether there is an address to mail to
        """
        if not self.partner_id.email_normalized:
            return False
        _link, token = self.env["unicdo.download.link"]._issue(package)
        url = f"{self.get_base_url()}/my/privacy/package/{token}"
        self._mail("unicdo_dsar.unicdo_request_mail_ready", link=url, days=PACKAGE_DAYS, openings=OPENINGS)
        self._tell(self.env._("A link to the package was mailed. It holds for %s days.", PACKAGE_DAYS))
        return True

    def action_send_link(self):
        """Mail a fresh link for the newest packages, for instance after portal access was granted."""
        self.check_access("write")
        for request_sudo in self.sudo():
            if not request_sudo.has_account:
                raise UserError(
                    self.env._("This person has no portal account yet. Grant portal access on the contact first.")
                )
            packages = request_sudo.package_ids.filtered(lambda package: package._is_open())
            if not packages:
                raise UserError(self.env._("There is no package to open at present."))
            for package in packages:
                request_sudo._send_link(package)
            request_sudo._answered()

    def _answered(self):
        """All parts were handed over: the answer is given. While the second part is due, it is not."""
        if self.state == "ready":
            self.write({"state": "answered", "answered_at": fields.Datetime.now()})
            self._log("dsar.answered")

    def _opened(self, package):
        """The person opened a package: counted and logged."""
        opened = sum(package.link_ids.mapped("opened_count"))
        self._log("dsar.download", package, opened=opened)
        self._tell(self.env._("The person opened the package. Times so far: %s.", opened))
        self._answered()

    def _may_renew(self):
        """Whether a fresh link can be had: until 30 days after the answer.

        :rtype: bool
        """
        self.ensure_one()
        if self.state in ("working", "review", "ready", "failed"):
            return True
        limit = fields.Datetime.now() - timedelta(days=RENEW_DAYS)
        return self.state == "answered" and bool(self.answered_at) and self.answered_at > limit

    def _renew(self, part):
        """A fresh link for the person who stands in front of us; the package is made anew if it has expired.

        :param str part: "first" or "second"
        :return: token, or "" while the package is being prepared
        """
        self.ensure_one()
        packages = self.package_ids.filtered(lambda package: package.part == part)
        current = packages.filtered(lambda package: package._is_open())[:1]
        if current:
            return self.env["unicdo.download.link"]._issue(current)[1]
        if not packages.filtered(lambda package: package.state == "building"):
            packages._destroy()
            self.env["unicdo.package"]._start(self, part)
        return ""

    def _package_failed(self):
        """Work on a package gave up: a person is needed."""
        if self.state == "working":
            self.state = "failed"
            self._tell(self.env._("Preparing the package failed several times. Please look at the background work."))

    def _not_announced(self):
        """The mail with the link failed for good: whoever handles it is told, for the person waits for it."""
        self._tell(self.env._(
            "The link could not be mailed. Please have the outgoing mail server checked, then press “Send link”."
        ))

    def _mail(self, template_xmlid, **values):
        """Send a mail at once, past the queue: a queued mail would keep the link's secret in clear.

        :param values: what the template reads from its context
        :raise UserError: it could not be sent
        """
        template_sudo = self.env.ref(template_xmlid).sudo().with_context(**values)
        rendered = template_sudo._generate_template(self.ids, ("subject", "body_html", "email_from"))[self.id]
        server_sudo = self.env["ir.mail_server"].sudo()
        try:
            message = server_sudo._build_email__(
                email_from=rendered["email_from"] or server_sudo._get_default_from_address(),
                # the bare address: a name with line breaks would add headers and recipients, and anybody may sign up as one
                email_to=[self.partner_id.email_normalized],
                subject=rendered["subject"],
                body=str(rendered["body_html"]),
                subtype="html",
                headers={"Auto-Submitted": "auto-generated"},
            )
            server_sudo.send_email(message)
        except Exception as error:  # noqa: BLE001 - libraries raise much here
            # the original text may quote the address
            raise UserError(self.env._(
                "The mail could not be sent (%s). Please have the outgoing mail server checked, then try again.",
                type(error).__name__,
            )) from None

    # ---------------------------------------------------------------- the first page of a package

    def _package_page_values(self, package, tables):
        """What ``index.html`` shows.

        :param package: ``unicdo.package``
        :param list tables: dicts ``source``, ``mode``, ``name``, ``count``
        """
        company_sudo = self.company_id.sudo()
        sources = self.env["unicdo.data.map"]._sources()
        used = {sources[table["source"]].purpose for table in tables}
        purposes = self.env["unicdo.purpose"].search([("active", "=", True)])
        return {
            "item": self,
            "package": package,
            "person": self.partner_id.name,
            "company": company_sudo,
            "contacts": self.env["unicdo.privacy.settings"].with_company(self.company_id)._article15_contacts(),
            "made_at": format_date(self.env, fields.Date.context_today(self), date_format="long"),
            "due": format_date(self.env, self.due_date, date_format="long"),
            "groups": self._page_groups(package, tables, sources),
            "file_count": len(package.file_ids or []),
            "record_count": sum(table["count"] for table in tables if table["mode"] != "acted"),
            "purposes": purposes.filtered(lambda purpose: purpose.key in used) or purposes._told(self.partner_id),
            "bases": dict(purposes._fields["basis"]._description_selection(self.env)),
            "left_out": self._page_left_out(package),
            "kept_apart": self.env["unicdo.data.map"]._kept_apart(),
            "base_url": self.get_base_url(),
            "waiting": len(self.review_ids) if package.part == "first" else 0,
            "policy": self._policy(),
        }

    def _page_groups(self, package, tables, sources):
        """Tables by category, in the catalogue's order of categories.

        :return: list of ``(category label, list of dicts label, count, name, retention)``
        """
        data_map = self.env["unicdo.data.map"]
        groups = {}
        for table in tables:
            source = sources[table["source"]]
            groups.setdefault(source.category, []).append(
                {
                    "label": package._table_title(source, table["mode"]),
                    "count": table["count"],
                    "name": table["name"],
                    "retention": data_map._retention_text(source),
                }
            )
        return [(label, groups[key]) for key, label in data_map._category_names().items() if key in groups]

    def _page_left_out(self, package):
        """Left out of this package, counted by place and reason."""
        lines = {}
        reasons = dict(self.left_out_ids._fields["reason"]._description_selection(self.env))
        for line in self.left_out_ids.filtered(lambda line: line.package_id == package):
            words = line.note if line.reason == "review" else ""
            key = (line.label, reasons[line.reason], words)
            lines[key] = lines.get(key, 0) + line.count
        return [{"label": key[0], "why": key[1], "words": key[2], "count": count} for key, count in lines.items()]

    def _policy(self):
        """The privacy policy in force, or none if none was published."""
        return self.env["unicdo.policy"].sudo()._current("privacy")
