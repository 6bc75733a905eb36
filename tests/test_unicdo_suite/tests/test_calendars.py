# SPDX-License-Identifier: LGPL-3.0-or-later
import inspect
import json
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlencode

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import root
from odoo.tests import HOST, JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.google_calendar.models.res_users import ResUsers as GoogleUsers
from odoo.addons.google_calendar.utils.google_calendar import GoogleCalendarService
from odoo.addons.google_calendar.utils.google_event import GoogleEvent
from odoo.addons.microsoft_calendar.models.res_users import ResUsers as MicrosoftUsers
from odoo.addons.microsoft_calendar.utils.microsoft_calendar import MicrosoftCalendarService
from odoo.addons.microsoft_calendar.utils.microsoft_event import MicrosoftEvent
from odoo.addons.unicdo_privacy.apps import calendars
from odoo.addons.unicdo_privacy.tests.common import PrivacyHttpCase
from odoo.addons.unicdo_privacy.tests.vault_common import VaultMixin
from odoo.addons.unicdo_privacy.tools import session_bond

CONNECTIONS = "/my/privacy/connections"


class CalendarCase(VaultMixin, PrivacyHttpCase):
    """A person who connects a calendar; the provider's answers are ours, all between is real."""

    calendar = None

    def setUp(self):
        super().setUp()
        vendor = self.vendor = self.calendar.APP.split("_")[0]
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(f"{vendor}_calendar_client_id", "our id")
        parameters.set_param(f"{vendor}_calendar_client_secret", "our secret")
        self.officer = self._user_with_role("officer")
        self.ann = self._user_with_role("internal", "ann@example.com")
        self.ann.res_users_settings_id or self.env["res.users.settings"]._find_or_create_for_user(self.ann)
        self.switch = self.env.ref(f"unicdo_privacy.unicdo_token_switch_{self.calendar.APP}").with_user(self.officer)
        self.asked = []
        service = self.registry[f"{vendor}.service"]
        answer = ("access one", "refresh one", 3600)
        self.enterContext(patch.object(service, f"_get_{vendor}_tokens", lambda *_args, **_kwargs: answer))

        def refresh(_service, _name, token):
            self.asked.append(token)
            return ("access two", 3600)

        self.enterContext(patch.object(service, f"_refresh_{vendor}_token", refresh))
        self.used = []

        def get_events(_service, _sync_token=None, token=None, **_kwargs):
            self.used.append(token)
            return (GoogleEvent([]), None, ()) if vendor == "google" else (MicrosoftEvent([]), None)

        self.enterContext(patch.object(
            GoogleCalendarService if vendor == "google" else MicrosoftCalendarService, "get_events", get_events
        ))
        self.authenticate(self.ann.login, self.ann.login)

    def _row(self):
        return self.calendar._row(self.ann)

    def _connect(self):
        """Come back from the provider, having agreed."""
        state = json.dumps({"s": "calendar", "f": "/my"})
        query = urlencode({"code": "abc", "state": state})
        answer = self.url_open(f"/{self.vendor}_account/authentication?{query}", allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def _exchange(self):
        """Open the calendar.

        :return: what it says, and the tokens with which the provider was asked
        """
        self.used.clear()
        self.env.flush_all()
        answer = self.make_jsonrpc_request(
            f"/{self.vendor}_calendar/sync_data", {"model": "calendar.event", "fromurl": self.base_url()}
        )
        self.env.invalidate_all()
        return answer["status"], list(self.used)

    def _press(self):
        """The calendar's button to connect."""
        name = f"restart_{self.vendor}_synchronization"
        arguments = {"model": "res.users", "method": name, "args": [[self.ann.id]], "kwargs": {}}
        self.make_jsonrpc_request(f"/web/dataset/call_kw/res.users/{name}", arguments)
        self.env.invalidate_all()

    def _stored(self):
        row = self._row()
        row.flush_recordset()
        self.env.cr.execute(
            f"SELECT {self.calendar.refresh}, {self.calendar.access} FROM {row._table} WHERE id = %s", [row.id]
        )
        return self.env.cr.fetchone()

    def _connection(self):
        return self.env["unicdo.oauth.token"].search([("user_id", "=", self.ann.id)], limit=1)

    def _no_new(self):
        return f"no_new_event_from_{self.vendor}"


class CalendarTests:
    """TOK-2: a calendar works only while its owner is signed in, while its switch is on."""

    # the two apps below run these
    allow_inherited_tests_method = True

    def test_off_at_first_and_counted(self):
        """TOK-2: nothing changes before an officer decides."""
        self._connect()
        self.assertEqual(self._stored(), ("refresh one", "access one"))
        self.assertEqual(self._exchange(), (self._no_new(), ["access one"]))
        self.assertEqual(self.switch.clear_count, 1)
        checks = self.env["unicdo.health"].with_user(self.officer).get_checks()
        check = next(check for check in checks if check["key"] == "app_tokens")
        self.assertEqual(check["state"], "warning")
        self.assertIn(f"{self.calendar.title}: 1", check["text"])

    def test_switching_on_removes_what_is_there(self):
        """TOK-2: people connect again; the session goes on."""
        self._connect()
        self.switch.action_switch_on()
        self.assertEqual(self._stored(), (None, None))
        self.assertEqual(self._exchange(), ("need_auth", []))
        self._connect()
        self.assertEqual(self._exchange(), (self._no_new(), ["access one"]))
        event = self.env["unicdo.ledger.event"].search([("kind", "=", "tokens.switched_on")], limit=1)
        self.assertEqual(event.detail, {"what": self.calendar.APP, "count": 1})

    def test_sealed_and_used_in_its_session(self):
        """TOK-2: the app's own fields hold a number; no table holds the tokens."""
        self.switch.action_switch_on()
        self._connect()
        connection = self._connection()
        self.assertEqual(self._stored(), (f"{calendars.FORM}{connection.id}",) * 2)
        self.assertEqual(connection.expires_at - connection.created_at, timedelta(days=2))
        self.assertEqual(self._exchange(), (self._no_new(), ["access one"]))
        self.env.cr.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
                            " AND table_type = 'BASE TABLE'")
        for table, in self.env.cr.fetchall():
            query = f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE ANY(%s)'
            self.env.cr.execute(query, [["%refresh one%", "%access one%"]])
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)
        self.assertEqual(self.switch.clear_count, 0)
        page = self.url_open(CONNECTIONS).text
        self.assertIn(self.calendar.title, page)

    def test_a_fresh_access_token_is_sealed_in_its_place(self):
        """TOK-2: asked for once, then used from what is sealed."""
        self.switch.action_switch_on()
        self._connect()
        self._row()[self.calendar.validity] = fields.Datetime.now() - timedelta(hours=1)
        for _time in range(2):
            self.assertEqual(self._exchange(), (self._no_new(), ["access two"]))
        self.assertEqual(self.asked, ["refresh one"])
        self.assertEqual(self._stored(), (f"{calendars.FORM}{self._connection().id}",) * 2)

    def test_the_scheduled_job_leaves_them_out(self):
        """TOK-2: and says so, without an error."""
        self.switch.action_switch_on()
        self._connect()
        self.env.flush_all()
        self.used.clear()
        with self.registry.cursor() as cr, patch.object(calendars._logger, "info") as said, \
                self.assertNoLogs(f"odoo.addons.{self.calendar.APP}", "WARNING"):
            getattr(self.env(cr=cr)["res.users"], f"_sync_all_{self.vendor}_calendar")()
        self.assertFalse(self.used)
        self.assertIn("works only while they are signed in", said.call_args.args[0])

    def test_another_session_of_theirs_is_told_it_is_not_connected(self):
        """TOK-2: connecting there moves it there."""
        self.switch.action_switch_on()
        self._connect()
        first, session = self._connection(), root.session_store.get(self.session.sid)
        self.authenticate(self.ann.login, self.ann.login)
        root.session_store.save(session)  # signing in anew in these tests removes the file
        self.assertEqual(self._exchange(), ("sync_stopped", []))
        self.assertEqual(first.state, "alive")
        self._press()
        self.assertEqual(first.state, "ended")
        self.assertEqual(self._exchange(), ("need_auth", []))
        self._connect()
        self.assertEqual(self._exchange(), (self._no_new(), ["access one"]))
        self.opener.cookies.clear()
        self.opener.cookies.set("session_id", session.sid, domain=HOST)
        self.assertEqual(self._exchange(), ("sync_stopped", []))

    def test_log_off_ends_it_with_proof(self):
        """TOK-2."""
        self.switch.action_switch_on()
        self._connect()
        connection = self._connection()
        self.url_open("/web/session/logout", allow_redirects=False)
        self.env.invalidate_all()
        self.assertEqual((connection.state, connection.ended_how, connection.revocation), ("ended", "logout", "none"))
        self.assertIn("no copy is left", connection.proof)
        self.assertIn("Not revoked at the provider", connection.proof)
        self.authenticate(self.ann.login, self.ann.login)
        self.assertEqual(self._exchange(), ("sync_stopped", []))
        self._press()
        self.assertEqual(self._exchange(), ("need_auth", []))
        self._connect()
        self.assertEqual(self._exchange()[1], ["access one"])

    def test_two_days_are_the_end(self):
        """TOK-2: to the second."""
        self.switch.action_switch_on()
        self._connect()
        end = self._connection().created_at + timedelta(days=2)
        self._row()[self.calendar.validity] = end + timedelta(days=1)
        with patch.object(session_bond, "rested_too_long", return_value=False):
            with freeze_time(end - timedelta(seconds=1)):
                self.assertEqual(self._exchange()[1], ["access one"])
            with freeze_time(end):
                self.assertEqual(self._exchange(), ("sync_stopped", []))

    def test_their_own_button_in_the_portal_ends_it(self):
        """TOK-2."""
        self.switch.action_switch_on()
        self._connect()
        page = self.url_open(CONNECTIONS)
        data = {"csrf_token": self._csrf(page), "token": self._connection().id}
        self.url_open(f"{CONNECTIONS}/end", data=data, allow_redirects=False)
        self.assertEqual(self._exchange(), ("sync_stopped", []))

    def test_disconnecting_in_the_app_ends_it(self):
        """TOK-2."""
        self.switch.action_switch_on()
        self._connect()
        self._row().write(self.calendar._empty())
        self.assertEqual((self._connection().state, self._connection().ended_how), ("ended", "app"))

    def test_nobody_else_brings_or_reads_a_token(self):
        """TOK-2: neither by the row nor outside of the owner's own requests."""
        self.switch.action_switch_on()
        with self.assertRaisesRegex(UserError, "by its owner only"):
            self._row().write({self.calendar.refresh: "x", self.calendar.access: "y"})
        self._connect()
        admin = self._user_with_role("admin")
        names = [*self.calendar.names, self.calendar.validity]
        shown = str(self.ann.with_user(admin).read(names)) + str(self._row().with_user(admin).read(names))
        self.assertNotIn("access one", shown)
        self.assertFalse(getattr(self.ann, self.calendar.steps["token"])(), "outside of a request")
        self.assertEqual(self._exchange()[1], ["access one"])

    def test_rows_cannot_be_swapped_between_people(self):
        """TOK-2."""
        self.switch.action_switch_on()
        self._connect()
        bob = self._user_with_role("internal", "bob@example.com")
        self.env["res.users.settings"]._find_or_create_for_user(bob)
        self.calendar._row(bob).write(dict.fromkeys(self.calendar.names, self._stored()[0]))
        half = root.session_store.get(self.session.sid)[session_bond.HALVES]
        self.authenticate(bob.login, bob.login, session_extra={session_bond.HALVES: half})
        self.assertEqual(self._exchange(), ("sync_stopped", []))

    def test_switching_off_ends_it(self):
        """TOK-2: and the calendar works as before once connected again."""
        self.switch.action_switch_on()
        self._connect()
        connection = self._connection()
        self.switch.action_switch_off()
        self.assertEqual((connection.state, connection.ended_how), ("ended", "switched"))
        self.assertEqual(self._stored(), (None, None))
        self.assertEqual(self._exchange(), ("need_auth", []))
        self._connect()
        self.assertEqual(self._stored(), ("refresh one", "access one"))

    def test_without_the_vault_nobody_is_sent_to_the_provider(self):
        """TOK-2: the button says why; a token that comes all the same is not stored."""
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}), self.assertRaisesRegex(UserError, "The vault has no valid key"):
            self.switch.action_switch_on()
        self.switch.action_switch_on()
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}):
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self._press()
            with mute_logger("odoo.http"):
                self._connect()
            self.assertEqual(self._stored(), (None, None))
            self.env.invalidate_all()
            self.assertIn("The vault has no valid key", self.switch.refusal)
        self._connect()
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}):
            self.assertEqual(self._exchange(), ("sync_stopped", []))
        self.assertEqual(self._exchange()[1], ["access one"])

    def test_the_app_is_as_we_know_it(self):
        """TOK-2: what is patched has the signature it had, once."""
        users = GoogleUsers if self.vendor == "google" else MicrosoftUsers
        for name in self.calendar.steps.values():
            self.assertEqual(list(inspect.signature(getattr(users, name)).parameters), ["self"])
            patched = vars(self.registry["res.users"])[name]
            self.calendar.patch(self.env)
            self.assertIs(vars(self.registry["res.users"])[name], patched)
            self.assertEqual(patched.unicdo_app, self.calendar.APP)
            self.assertFalse(hasattr(getattr(users, name), "unicdo_app"))


@tagged("post_install", "-at_install")
class TestGoogleCalendar(CalendarTests, CalendarCase):
    """TOK-2: Google Calendar."""

    calendar = calendars.CALENDARS[0]


@tagged("post_install", "-at_install")
class TestOutlookCalendar(CalendarTests, CalendarCase):
    """TOK-2: Outlook Calendar."""

    calendar = calendars.CALENDARS[1]
