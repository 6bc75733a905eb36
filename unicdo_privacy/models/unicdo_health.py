# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import config


class UnicdoHealth(models.AbstractModel):
    """What an administrator or officer has to see to before the suite keeps its promises, on one page."""

    _name = "unicdo.health"
    _description = "Privacy Health"

    @api.model
    def get_checks(self):
        """What the health page shows.

        :return: list of dicts as :meth:`_checks` gives them, errors first, then warnings
        """
        if not (self.env.user._is_system() or self.env.user._unicdo_has_role("officer")):
            raise AccessError(self.env._("The health page is for Settings administrators and privacy officers."))
        order = ("error", "warning", "ok")
        return sorted(self.sudo()._checks(), key=lambda check: order.index(check["state"]))

    @api.model
    def _checks(self):
        """Look at everything that has to be set up. Called for the health page, in sudo; modules add ``super() + […]``.

        :return: list of dicts: ``key``; ``name`` (what is looked at); ``state`` ("ok", "warning", "error"); ``text`` (what
            was found and what to do, plain text); ``action`` (dict of an Odoo action that leads to the place, or None);
            ``ask`` (who can see to it, for those who cannot; "" if there is nothing to see to)
        """
        return [
            self._check_officer(),
            self._check_suspended(),
            self._check_vault(),
            self._check_ledger(),
            self._check_address(),
            self._check_proxy(),
            self._check_mail_server(),
            self._check_mail_alias(),
            self._check_jobs(),
            self._check_work(),
            self._check_contacts(),
            self._check_enforcement(),
            self._check_tokens(),
            self._check_app_tokens(),
        ]

    @api.model
    def _result(self, key, name, state, text, way=None):
        """One line of the page; ``way`` is what :meth:`_for_officer` or :meth:`_for_admin` returns."""
        way = way or {"action": None, "ask": ""}
        return {
            "key": key, "name": name, "state": state, "text": text,
            "action": way["action"], "ask": "" if state == "ok" else way["ask"],
        }

    @api.model
    def _open(self, name, model, domain=(), view="list"):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "domain": list(domain),
            "views": [(False, view), (False, "form")] if view != "form" else [(False, view)],
        }

    @api.model
    def _for_officer(self, xmlid):
        """The way to a place where officers decide: an action for them, for others the words whom to ask."""
        if self.env.user._unicdo_has_role("officer"):
            return {"action": self.env["ir.actions.actions"]._for_xml_id(xmlid), "ask": ""}
        return {"action": None, "ask": self.env._("A privacy officer sees to this.")}

    @api.model
    def _for_admin(self, action):
        """The way to a place of Odoo's settings: an action for administrators, for others the words whom to ask."""
        if self.env.user._is_system():
            return {"action": action, "ask": ""}
        return {"action": None, "ask": self.env._("Please ask a Settings administrator to see to this.")}

    @api.model
    def _check_officer(self):
        name = self.env._("Privacy officer")
        officers = self.env["unicdo.role.grant"]._working_officers().user_id
        if not officers:
            return self._result(
                "officer", name, "error",
                self.env._("Nobody is privacy officer, so nobody decides on people's data. Name the first one."),
                self._for_admin(self.env["ir.actions.actions"]._for_xml_id("unicdo_privacy.unicdo_name_officer_action")),
            )
        if len(officers) == 1:
            return self._result(
                "officer", name, "warning",
                self.env._("%s is the only officer. A second one can confirm or stand in for them.", officers.name),
                self._for_officer("unicdo_privacy.unicdo_role_grant_action"),
            )
        return self._result("officer", name, "ok", self.env._("%s officers are in office.", len(officers)))

    @api.model
    def _check_suspended(self):
        name = self.env._("Suspended roles")
        count = self.env["unicdo.role.grant"].search_count(
            [("suspended_at", "!=", False), ("state", "in", ("waiting", "effective"))]
        )
        if not count:
            return self._result("suspended", name, "ok", self.env._("No privacy role is suspended."))
        return self._result(
            "suspended", name, "warning",
            self.env._(
                "Suspended, because somebody else changed how the member signs in: %s. "
                "An officer asks the member, and confirms the role or takes it back.", count,
            ),
            self._for_officer("unicdo_privacy.unicdo_role_grant_action"),
        )

    @api.model
    def _check_vault(self):
        vault = self.env["unicdo.vault"]
        status = vault._status()
        state = {"ready": "ok", "neutralized": "warning"}.get(status, "error")
        return self._result(
            "vault", self.env._("Vault"), state, vault._status_text(status),
            self._for_officer("unicdo_privacy.unicdo_vault_panel_action"),
        )

    @api.model
    def _check_ledger(self):
        name = self.env._("Audit ledger")
        blocks = self.env["unicdo.ledger.block"]
        action = self._for_officer("unicdo_privacy.unicdo_ledger_block_action")
        if missing := blocks._anchor_problem():
            text = self.env._(
                "Block %s had been sealed and is not here: removed, or an older dump was restored.", missing
            )
            return self._result("ledger", name, "error", text, action)
        pending = blocks._pending()
        if pending["oldest"] and pending["oldest"] < fields.Datetime.now() - timedelta(days=1):
            text = self.env._(
                "Events that wait to be sealed, some for more than a day: %s. A change to them would not be noticed. "
                "Check the vault and the scheduled action “Privacy: seal the audit ledger”.", pending["count"],
            )
            return self._result("ledger", name, "warning", text, action)
        return self._result("ledger", name, "ok", self.env._("What happens is sealed in time."), action)

    @api.model
    def _check_address(self):
        name = self.env._("Address of this Odoo")
        url = self.env["ir.config_parameter"].get_param("web.base.url") or ""
        action = self._open(self.env._("System parameters"), "ir.config_parameter", [("key", "like", "web.base.url")])
        if url.startswith("https://"):
            return self._result("address", name, "ok", self.env._("Links in mails lead to %s.", url))
        return self._result(
            "address", name, "warning",
            self.env._(
                "Links in mails lead to %s, without encryption. Serve Odoo by HTTPS and set web.base.url to that address.",
                url or "?",
            ),
            self._for_admin(action),
        )

    @api.model
    def _check_proxy(self):
        name = self.env._("Proxy")
        url = self.env["ir.config_parameter"].get_param("web.base.url") or ""
        if config["proxy_mode"]:
            return self._result("proxy", name, "ok", self.env._("proxy_mode is on: visitors' addresses are the real ones."))
        if url.startswith("https://"):
            return self._result(
                "proxy", name, "error",
                self.env._(
                    "This Odoo is reached by HTTPS, so through a proxy, but proxy_mode is off: every visitor seems to have "
                    "the proxy's address, and limits on wrong tries hit everybody. Set proxy_mode = True in odoo.conf."
                ),
            )
        return self._result("proxy", name, "ok", self.env._("No proxy is expected, and proxy_mode is off."))

    @api.model
    def _check_mail_server(self):
        name = self.env._("Outgoing mail")
        servers = self.env["ir.mail_server"].search_count([])
        if servers or config["smtp_server"] != "localhost":
            return self._result("mail_server", name, "ok", self.env._("An outgoing mail server is set up."))
        return self._result(
            "mail_server", name, "warning",
            self.env._("No outgoing mail server is set up: codes, links and answers may not reach people. Set one up."),
            self._for_admin(self._open(self.env._("Outgoing mail servers"), "ir.mail_server")),
        )

    @api.model
    def _check_mail_alias(self):
        name = self.env._("Incoming mail")
        if self.env["mail.alias.domain"].search_count([]):
            return self._result("mail_alias", name, "ok", self.env._("An alias domain is set, so requests by mail can arrive."))
        return self._result(
            "mail_alias", name, "warning",
            self.env._("No alias domain is set: people's requests by mail cannot reach Odoo. Set one."),
            self._for_admin(self._open(self.env._("Alias domains"), "mail.alias.domain")),
        )

    @api.model
    def _our_crons(self):
        """The scheduled jobs of the privacy modules, archived ones too."""
        data = self.env["ir.model.data"].search([("model", "=", "ir.cron"), ("module", "=like", "unicdo\\_%")])
        return self.env["ir.cron"].with_context(active_test=False).browse(data.mapped("res_id")).exists()

    @api.model
    def _check_jobs(self):
        name = self.env._("Scheduled jobs")
        crons = self._our_crons()
        now = fields.Datetime.now()
        off = crons.filtered(lambda cron: not cron.active)
        late = crons.filtered(lambda cron: cron.active and cron.nextcall < now - timedelta(hours=2))
        action = self._for_admin(self._open(
            self.env._("Scheduled jobs"), "ir.cron", [("id", "in", (off | late).ids), ("active", "in", (True, False))]
        ))
        if off:
            return self._result(
                "jobs", name, "error", self.env._("Switched off: %s. Activate them again.", ", ".join(off.mapped("name"))), action
            )
        if late:
            return self._result(
                "jobs", name, "error",
                self.env._("Late by more than two hours: %s. Check that Odoo runs with scheduled jobs (max_cron_threads).",
                           ", ".join(late.mapped("name"))),
                action,
            )
        return self._result("jobs", name, "ok", self.env._("%s jobs are active and on time.", len(crons)))

    @api.model
    def _check_work(self):
        name = self.env._("Background work")
        failed = self.env["unicdo.work"].search_count([("state", "=", "failed")])
        if failed:
            return self._result(
                "work", name, "error",
                self.env._("Tasks that failed after several tries and wait for an officer: %s.", failed),
                self._for_officer("unicdo_privacy.unicdo_work_action"),
            )
        return self._result("work", name, "ok", self.env._("No task has failed."))

    @api.model
    def _check_contacts(self):
        name = self.env._("Contacts people are told")
        contacts = self.env["unicdo.privacy.settings"]._article15_contacts()
        missing = [
            label for key, label in (
                ("controller_address", self.env._("the company's address")),
                ("controller_email", self.env._("an e-mail address for privacy questions")),
                ("authority_name", self.env._("the supervisory authority")),
            ) if not contacts[key]
        ]
        if not missing:
            return self._result("contacts", name, "ok", self.env._("Company, mailbox and authority are filled in."))
        return self._result(
            "contacts", name, "warning",
            self.env._(
                "People are told whom to turn to. Missing for %(company)s: %(what)s.",
                company=self.env.company.name, what=", ".join(missing),
            ),
            self._for_officer("unicdo_privacy.unicdo_privacy_settings_action"),
        )

    @api.model
    def _check_enforcement(self):
        name = self.env._("Installed, not enforced")
        watching = self._not_enforced()
        if not watching:
            return self._result("enforcement", name, "ok", self.env._("What people choose is enforced."))
        return self._result(
            "enforcement", name, "warning",
            self.env._("What people choose is not enforced yet for: %s.", ", ".join(watching)),
            self._for_officer("unicdo_privacy.unicdo_purpose_action"),
        )

    @api.model
    def _not_enforced(self):
        """Names of the purposes where a person's choice stops nothing yet."""
        places = self.env["unicdo.purpose"]._enforced_by()
        chosen = self.env["unicdo.purpose"].search(["|", ("basis", "=", "consent"), ("key", "in", list(places))])
        return chosen.filtered(
            lambda purpose: purpose.enforcement != "enforce" or not places.get(purpose.key)
        ).mapped("name")

    @api.model
    def _check_tokens(self):
        name = self.env._("End of connections")
        if not self.env["unicdo.oauth.token"]._late():
            return self._result("tokens", name, "ok", self.env._("No token has outlived its two days."))
        return self._result(
            "tokens", name, "error",
            self.env._("Tokens outlived their two days. They open for nobody, but have to be removed: see the scheduled jobs."),
            self._for_admin(self._open(
                self.env._("Scheduled jobs"), "ir.cron",
                [("model_id.model", "=", "unicdo.oauth.token"), ("active", "in", (True, False))],
            )),
        )

    @api.model
    def _check_app_tokens(self):
        name = self.env._("Tokens of other apps")
        found = self.env["unicdo.token.switch"].search([("is_installed", "=", True)])
        way = self._for_officer("unicdo_privacy.unicdo_token_switch_action")
        if closed := found.filtered("refusal"):
            return self._result("app_tokens", name, "error", "\n".join(closed.mapped("refusal")), way)
        clear = found.filtered("clear_count")
        if not clear:
            return self._result("app_tokens", name, "ok", self.env._("No app that is installed keeps tokens in clear."))
        counts = ", ".join(f"{switch.display_name}: {switch.clear_count}" for switch in clear)
        return self._result(
            "app_tokens", name, "warning",
            self.env._("Users or servers whose tokens stand in the database in clear: %s. A switch changes that.", counts), way,
        )

    @api.model
    def _tell_officers(self, subject, text):
        """Mail the officers in office.

        :param str subject: one line
        :param str text: one paragraph, without personal data
        """
        officers = self.env["unicdo.role.grant"]._working_officers().user_id
        self.env["mail.mail"].sudo().create([
            {
                "subject": subject, "email_to": officer.email_formatted, "body_html": Markup("<p>%s</p>") % text,
                "auto_delete": True,
            }
            for officer in officers if officer.email
        ])
