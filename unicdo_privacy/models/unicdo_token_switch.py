# SPDX-License-Identifier: LGPL-3.0-or-later
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..apps import auth_oauth, calendars, mail_servers

_logger = logging.getLogger(__name__)

#: apps that keep tokens in clear → what we do about it: ``is_installed``, ``patch``, ``in_clear``, ``refusal``, ``turn_on``
#: and ``turn_off``, each a function of an environment
APPS = {app.APP: app for app in (auth_oauth, mail_servers, *calendars.CALENDARS)}


class UnicdoTokenSwitch(models.Model):
    """Whether the tokens that an app of Odoo's keeps in clear are kept otherwise (POLICY TOK-2). Off until a privacy officer
    decides: each switch changes what people are used to, and says what."""

    _name = "unicdo.token.switch"
    _description = "Tokens of Another App"
    _log_access = False
    _order = "id"
    _rec_name = "app"

    app = fields.Selection(
        [
            ("auth_oauth", "Sign-in through another provider"),
            ("mail_servers", "Mail servers at Google and Microsoft"),
            ("google_calendar", "Google Calendar"),
            ("microsoft_calendar", "Outlook Calendar"),
        ],
        required=True, readonly=True,
    )
    is_on = fields.Boolean("Protected", readonly=True)
    is_installed = fields.Boolean(compute="_compute_is_installed", search="_search_is_installed")
    clear_count = fields.Integer("Tokens in clear", compute="_compute_state", help="Of how many users or servers.")
    what_changes = fields.Text(compute="_compute_state")
    refusal = fields.Text("What is wrong", compute="_compute_state")

    _app_uniq = models.Constraint("UNIQUE(app)", "There is one switch for each app.")

    def _register_hook(self):
        super()._register_hook()
        for app in APPS.values():
            app.patch(self.env)

    @api.model
    def _installed(self):
        """The apps that are there, by name."""
        return {name: app for name, app in APPS.items() if app.is_installed(self.env)}

    @api.depends("app")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = dict(self._fields["app"]._description_selection(self.env))
        for switch in self:
            switch.display_name = names.get(switch.app)

    def _compute_is_installed(self):
        installed = self._installed()
        for switch in self:
            switch.is_installed = switch.app in installed

    @api.model
    def _search_is_installed(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = fields.Domain("app", "in", list(self._installed()))
        return fields.Domain.OR([domain if wanted else ~domain for wanted in value])

    @api.depends("is_on", "app")
    @api.depends_context("lang")
    def _compute_state(self):
        installed, texts = self._installed(), self._texts()
        for switch in self:
            app = installed.get(switch.app)
            switch.what_changes = texts.get(switch.app)
            switch.clear_count = app.in_clear(self.env) if app else 0
            switch.refusal = app.refusal(self.env) if app and switch.is_on else ""

    @api.model
    def _texts(self):
        """What each switch changes, for who decides."""
        return {
            "auth_oauth": self.env._(
                "Odoo keeps the access token with which somebody signed in last through another provider (Google, Microsoft, "
                "your own). Switched on, a keyed digest is kept in its place and compared at sign-in.\n"
                "• Whoever steals the database no longer gets these tokens.\n"
                "• Tokens that are stored now become digests at once. The people concerned are signed out, and sign in again; "
                "nobody else is.\n"
                "• Without the vault, or if its key is lost, signing in this way is refused, and passwords go on working. Keep a "
                "password for at least one officer and one administrator.\n"
                "• Switched off again, nobody is signed out; the next sign-in of each person stores a token in clear again.\n"
                "• What it cannot change: the provider hands the token over in an address. Odoo's log masks it, but it stays in "
                "the history of the person's browser, and in the log of a proxy that writes addresses down."
            ),
            "mail_servers": self.env._(
                "To send and fetch mail at Google or Microsoft, Odoo keeps a token for each mail server, also for those that "
                "people set up for themselves. Switched on, these tokens are sealed by the vault.\n"
                "• Whoever steals the database no longer gets them. Settings administrators no longer read them.\n"
                "• Nothing is disconnected: tokens that are stored now are sealed at once, and opened only while Odoo signs in "
                "to the mail server. They do not end by themselves: they are credentials of the company.\n"
                "• Without the vault no mail goes out or comes in by these servers. If its key is lost, they have to be "
                "connected again.\n"
                "• Switched off again, the tokens stand in clear as before."
            ),
            "google_calendar": self._calendar_text("Google"),
            "microsoft_calendar": self._calendar_text("Microsoft"),
        }

    @api.model
    def _calendar_text(self, company):
        return self.env._(
            "To exchange a person's calendar with %(company)s, Odoo keeps their tokens for good. Switched on, the calendar "
            "works only while they are signed in: their tokens are sealed, open only in the session in which they connected "
            "the calendar, and are gone when they log off, after two days at the latest. They see this connection, and proof "
            "of its end, under Connections in the portal's privacy centre.\n"
            "• Tokens that are stored now are removed at once, because nobody can bind them to a session in a person's "
            "absence: everybody connects their calendar again, by the button in Odoo's calendar. Events stay.\n"
            "• The scheduled job leaves these people out. What changes while they are away is exchanged when they open the "
            "calendar in that session. What others change in their meetings waits until then; with Outlook, others may be "
            "told to let the organiser do it.\n"
            "• In another session of theirs the calendar is not exchanged; connecting it there moves it there.\n"
            "• The tokens are not revoked at %(company)s, because that would end everything this Odoo was allowed to do for "
            "that account. They expire there; people can withdraw the permission in their account.\n"
            "• Without the vault no calendar can be connected.\n"
            "• Switched off again, these connections end, and people connect their calendars once more.", company=company,
        )

    def action_switch_on(self):
        """Keep the app's tokens as :meth:`_texts` says, those that are there already too. Again: those that came since."""
        self._check_officer()
        self.env["unicdo.vault"]._require()
        self._switch(True, "turn_on")

    def action_switch_off(self):
        """Let the app keep its tokens in clear again."""
        self._check_officer()
        self._switch(False, "turn_off")

    def _check_officer(self):
        self.ensure_one()
        if not self.env.user._unicdo_has_role("officer"):
            raise AccessError(self.env._("Only a privacy officer decides how tokens are kept."))
        if self.app not in self._installed():
            raise UserError(self.env._("This app is not installed."))

    def _switch(self, is_on, step):
        # no role writes here: what is stored has to change with it
        switch_sudo = self.sudo()
        switch_sudo.is_on = is_on
        switch_sudo.flush_recordset()
        count = getattr(APPS[self.app], step)(self.env)
        kind = "tokens.switched_on" if is_on else "tokens.switched_off"
        self.env["unicdo.ledger.event"]._record(
            kind, model=self._name, res_ids=self.ids, detail={"what": self.app, "count": count},
        )
        self.env.invalidate_all()

    @api.model
    def _release(self):
        """Switch everything off, so that the apps go on without us: called when this module goes."""
        for switch_sudo in self.sudo().search([("is_on", "=", True), ("is_installed", "=", True)]):
            try:
                with self.env.cr.savepoint():
                    switch_sudo._switch(False, "turn_off")
            except UserError:
                _logger.warning("Tokens of %s cannot be given back, the vault is not ready: connect again.", switch_sudo.app)
