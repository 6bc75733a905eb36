# SPDX-License-Identifier: LGPL-3.0-or-later
import html
import inspect
import logging
import re
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.tests import HOST, tagged
from odoo.tools import mute_logger

from odoo.addons.auth_oauth.models.res_users import ResUsers
from odoo.addons.unicdo_privacy.apps import auth_oauth
from odoo.addons.unicdo_privacy.tests.common import PrivacyHttpCase
from odoo.addons.unicdo_privacy.tests.oauth_common import load_code_host
from odoo.addons.unicdo_privacy.tests.vault_common import VaultMixin

CONTROLLER = "odoo.addons.auth_oauth.controllers.main"
OCTO, GUEST = "octo@host.example", "guest@host.example"


class AuthOauthCase(VaultMixin, PrivacyHttpCase):
    """People sign in through a real OAuth 2 server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls.enterClassContext(load_code_host().CodeHost())
        app = cls.host.register("plain", f"{cls.base_url()}/auth_oauth/signin")
        # the host takes a token in a header only
        cls.env["ir.config_parameter"].set_param("auth_oauth.authorization_header", "1")
        cls.env["auth.oauth.provider"].search([]).enabled = False
        cls.provider = cls.env["auth.oauth.provider"].create({
            "name": "Host", "body": "Sign in at the host", "enabled": True, "scope": "profile", "client_id": app.client_id,
            "auth_endpoint": app.authorize_url, "validation_endpoint": f"{cls.host.url}/oauth2/userinfo",
        })

    def setUp(self):
        super().setUp()
        self.host.reset()
        self.officer = self._user_with_role("officer")
        self.octo = self._person(OCTO, "1")
        self.switch = self.env.ref("unicdo_privacy.unicdo_token_switch_auth_oauth").with_user(self.officer)

    def _person(self, login, oauth_uid):
        return self._user_with_role("portal", login, oauth_uid=oauth_uid, oauth_provider_id=self.provider.id)

    def _come_back(self, user="octo"):
        """Press the button on the sign-in page and agree at the host.

        :return: where the page that the browser is led to leads it in turn, the token in the query
        """
        self.authenticate(None, None)
        page = self.url_open("/web/login").text
        link = html.unescape(re.search(rf'href="({re.escape(self.host.url)}/oauth2/authorize[^"]+)"', page)[1])
        parts = urlsplit(self.host.authorize(link, user=user))
        return f"{parts.path}?{parts.fragment}"

    def _sign_in(self, user="octo"):
        answer = self.url_open(self._come_back(user), allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def _is_in(self):
        """Whether this browser's session is signed in."""
        return self.url_open("/my", allow_redirects=False).status_code == 200

    def _stored(self, user=None):
        self.env.flush_all()
        self.env.cr.execute("SELECT oauth_access_token FROM res_users WHERE id = %s", [(user or self.octo).id])
        return self.env.cr.fetchone()[0]

    def _token(self):
        """The newest token that the host gave."""
        return self.host.tokens()[-1]["access_token"]

    def _health(self):
        checks = self.env["unicdo.health"].with_user(self.officer).get_checks()
        return next(check for check in checks if check["key"] == "app_tokens")


@tagged("post_install", "-at_install")
class TestAuthOauth(AuthOauthCase):
    """TOK-2: Odoo's own sign-in through another provider keeps no token in clear while its switch is on."""

    def test_off_at_first_and_counted(self):
        """TOK-2: nothing changes before an officer decides, and the health page says how many tokens stand in clear."""
        self.assertFalse(self.switch.is_on)
        self._sign_in()
        self.assertTrue(self._is_in())
        self.assertEqual(self._stored(), self._token())
        self.assertEqual(self.switch.clear_count, 1)
        check = self._health()
        self.assertEqual(check["state"], "warning")
        self.assertIn("Sign-in through another provider: 1", check["text"])
        self.assertNotIn(self._token(), str(check))

    def test_a_digest_is_stored_and_compared(self):
        """TOK-2: at the first sign-in and at the next, each with a token of its own."""
        self.switch.action_switch_on()
        digests = set()
        for _time in range(2):
            self._sign_in()
            self.assertTrue(self._is_in())
            digests.add(self._stored())
            self.assertEqual(self._stored(), auth_oauth.digest(self.env, self._token()))
            self.assertTrue(self._stored().startswith(auth_oauth.FORM))
        self.assertEqual(len(digests), 2)
        self.assertEqual(self._health()["state"], "ok")

    def test_the_token_stands_nowhere_in_the_database(self):
        """TOK-2."""
        self.switch.action_switch_on()
        self._sign_in()
        self._sign_in("guest")
        self.env.cr.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
                            " AND table_type = 'BASE TABLE'")
        for table, in self.env.cr.fetchall():
            for issued in self.host.tokens():
                self.env.cr.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{issued['access_token']}%"])
                self.assertEqual(self.env.cr.fetchone()[0], 0, table)

    def test_a_stolen_digest_signs_nobody_in(self):
        """TOK-2: neither the digest nor a token that looks like one."""
        self.switch.action_switch_on()
        self._sign_in()
        for token, fits in ((self._token(), True), (self._stored(), False), (auth_oauth.FORM, False)):
            credential = {"type": "oauth_token", "login": OCTO, "token": token}
            users = self.env["res.users"].with_user(self.octo)
            if fits:
                self.assertEqual(users._check_credentials(credential, {"interactive": True})["auth_method"], "oauth")
                continue
            with self.assertRaises(AccessDenied):
                users._check_credentials(credential, {"interactive": True})

    def test_who_signs_up_gets_a_digest(self):
        """TOK-2: a new account, made at the first sign-in."""
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        self.switch.action_switch_on()
        self._sign_in("guest")
        self.assertTrue(self._is_in())
        guest = self.env["res.users"].search([("login", "=", GUEST)])
        self.assertEqual(self._stored(guest), auth_oauth.digest(self.env, self._token()))

    def test_switching_on_converts_and_signs_those_people_out(self):
        """TOK-2: at once, also where another process has not heard of it; nobody else is signed out."""
        self._sign_in()
        token, session = self._token(), self.opener.cookies["session_id"]
        other = self._user_with_role("portal", "bob@example.com")
        self.authenticate(other.login, other.login)
        self.assertTrue(self._is_in())
        kept = self.opener.cookies["session_id"]
        for is_on in (False, True):
            if is_on:
                self.switch.action_switch_on()
                self.assertEqual(self._stored(), auth_oauth.digest(self.env, token))
            for sid, is_in in ((session, not is_on), (kept, True)):
                self.opener.cookies.clear()
                self.opener.cookies.set("session_id", sid, domain=HOST)
                self.assertEqual(self._is_in(), is_in)
        self._sign_in()
        self.assertTrue(self._is_in())

    def test_archived_people_s_tokens_are_converted_too(self):
        """TOK-2."""
        self._sign_in()
        self.octo.active = False
        self.assertEqual(self.switch.clear_count, 1)
        self.switch.action_switch_on()
        self.assertTrue(self._stored().startswith(auth_oauth.FORM))

    def test_the_officer_s_own_session_goes_on(self):
        """TOK-2: who switches and signed in that way is not thrown out of the page."""
        officer = self._user_with_role("officer", GUEST, oauth_uid="2", oauth_provider_id=self.provider.id)
        self._sign_in("guest")
        url = "/web/dataset/call_kw/unicdo.token.switch/action_switch_on"
        arguments = {"model": "unicdo.token.switch", "method": "action_switch_on", "args": [self.switch.ids], "kwargs": {}}
        self.make_jsonrpc_request(url, arguments)
        self.env.invalidate_all()
        self.assertTrue(self._stored(officer).startswith(auth_oauth.FORM))
        self.assertTrue(self._is_in())

    def test_switching_off_signs_nobody_out(self):
        """TOK-2: and says that later sign-ins are kept in clear."""
        self.switch.action_switch_on()
        self._sign_in()
        self.switch.action_switch_off()
        self.assertTrue(self._is_in())
        self.assertTrue(self._stored().startswith(auth_oauth.FORM))
        self.assertIn("stores a token in clear again", self.switch.what_changes)
        self._sign_in()
        self.assertEqual(self._stored(), self._token())
        self.assertTrue(self._is_in())

    def test_tokens_that_came_past_us_are_protected_by_a_second_click(self):
        """TOK-2: from a restored table, say."""
        self.switch.action_switch_on()
        self.env.cr.execute("UPDATE res_users SET oauth_access_token = 'past us' WHERE id = %s", [self.octo.id])
        self.env.invalidate_all()
        self.assertEqual((self.switch.clear_count, self._health()["state"]), (1, "warning"))
        self.switch.action_switch_on()
        self.assertEqual(self._stored(), auth_oauth.digest(self.env, "past us"))

    def test_odoo_s_own_button_removes_it(self):
        """TOK-2: core's field and method know a digest as they know a token."""
        self.switch.action_switch_on()
        self._sign_in()
        admin = self._user_with_role("admin", "admin@host.example")
        self.assertTrue(self.octo.with_user(admin).has_oauth_access_token)
        self.octo.with_user(self.octo).remove_oauth_access_token()
        self.assertFalse(self._stored())
        self.assertFalse(self.octo.with_user(admin).has_oauth_access_token)
        self.assertFalse(self._is_in())

    def test_only_an_officer_switches(self):
        """TOK-2: with an entry in the ledger, which names the app and a number."""
        for role in ("user", "auditor", "admin", "portal"):
            user = self._user_with_role(role, f"switch_{role}@example.com")
            for step in ("action_switch_on", "action_switch_off"):
                with self.assertRaises(AccessError):
                    getattr(self.switch.with_user(user), step)()
            with self.assertRaises(AccessError):
                self.switch.with_user(user).is_on = True
        with self.assertRaises(AccessError):
            self.switch.is_on = True
        with self.assertRaises(AccessError):
            self.switch.sudo().with_user(1).action_switch_on()
        self._sign_in()
        self.switch.action_switch_on()
        self.switch.action_switch_off()
        events = self.env["unicdo.ledger.event"].search([("kind", "=like", "tokens.%")], limit=2)
        self.assertEqual(
            [(event.kind, event.actor_uid, event.detail) for event in events],
            [("tokens.switched_off", self.officer.id, {"what": "auth_oauth", "count": 0}),
             ("tokens.switched_on", self.officer.id, {"what": "auth_oauth", "count": 1})],
        )

    def test_without_a_vault_it_cannot_be_switched_on(self):
        """TOK-2: the vault's own message says what to do."""
        self._sign_in()
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}), self.assertRaisesRegex(UserError, "The vault has no valid key"):
            self.switch.action_switch_on()
        self.assertFalse(self.switch.is_on)
        self.assertEqual(self._stored(), self._token())

    def _assert_closed(self):
        with mute_logger(CONTROLLER):
            answer = self._sign_in()
        self.assertIn("oauth_error", answer.headers["Location"])
        self.assertFalse(self._is_in())
        page = self.url_open(answer.headers["Location"]).text
        self.assertIn("Please sign in with your password, or tell an administrator.", html.unescape(page))
        self.assertNotEqual(self._stored(), self._token())
        self.assertEqual(self._health()["state"], "error")
        self.authenticate(OCTO, OCTO)
        self.assertTrue(self._is_in())

    def test_a_lost_key_closes_this_way_in_and_says_so(self):
        """TOK-2: passwords go on working, and switching off, or on again, opens it again."""
        self.switch.action_switch_on()
        self._sign_in()
        self.env["unicdo.vault.key"].sudo().search([("purpose", "=", "auth_oauth")])._destroy()
        self._assert_closed()
        self.assertIn("switch this on again", self.switch.refusal)
        for step in ("action_switch_on", "action_switch_off"):
            getattr(self.switch, step)()
            self._sign_in()
            self.assertTrue(self._is_in())
            self.assertEqual(self._stored().startswith(auth_oauth.FORM), step == "action_switch_on")

    def test_without_the_vault_this_way_in_is_closed(self):
        """TOK-2: no key-encryption key, another one, or a neutralized copy."""
        self.switch.action_switch_on()
        for value in ("", auth_oauth.sealing.format_key(auth_oauth.sealing.new_key())):
            with patch.dict("os.environ", {"UNICDO_VAULT_KEY": value}):
                self._assert_closed()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self._assert_closed()

    def test_no_log_shows_the_token(self):
        """TOK-2: the address with the token comes by the request log, and is masked there in any case; switched on, it
        stands in no line of any logger at its most talkative, SQL included."""
        for is_on in (False, True):
            if is_on:
                self.switch.action_switch_on()
            address = self._come_back()
            token = parse_qs(urlsplit(address).query)["access_token"][0]
            lines = self._lines_of(lambda address=address: self.url_open(address, allow_redirects=False))
            asked = [line for line in lines if "GET /auth_oauth/signin?access_token=[masked]" in line]
            self.assertTrue(asked, "the request log has such a line")
            self.assertFalse([line for line in (lines if is_on else asked) if token in line])

    def _lines_of(self, act):
        lines, loggers = [], [logging.getLogger(), logging.getLogger("werkzeug"), logging.getLogger("urllib3")]
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(logging.Formatter().format(record))
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        loggers[0].addHandler(handler)
        try:
            act()
        finally:
            loggers[0].removeHandler(handler)
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
        return lines

    def test_the_app_is_as_we_know_it(self):
        """TOK-2: what is patched has the signature it had, and the session still hangs on what is stored."""
        self.assertEqual(list(inspect.signature(ResUsers._check_credentials).parameters), ["self", "credential", "env"])
        for name in ("_auth_oauth_signin", "_generate_signup_values"):
            parameters = list(inspect.signature(getattr(ResUsers, name)).parameters)
            self.assertEqual(parameters, ["self", "provider", "validation", "params"])
        self.assertIn(auth_oauth.FIELD, self.env["res.users"]._get_session_token_fields())

    def test_a_registry_is_patched_once(self):
        """TOK-2: and nothing but this registry's own class."""
        users = self.registry["res.users"]
        before = users._check_credentials
        auth_oauth.patch(self.env)
        self.assertIs(users._check_credentials, before)
        self.assertIn("_check_credentials", vars(users))
        self.assertFalse(hasattr(ResUsers._check_credentials, "unicdo_origin"))
