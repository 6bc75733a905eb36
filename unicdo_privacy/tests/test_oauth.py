# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import tempfile
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import root
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..controllers import oauth as oauth_controller
from ..models import unicdo_oauth_token, unicdo_vault_key
from ..models.unicdo_oauth_provider import client_secret
from ..tools import guard, sealing, session_bond, warm_secret
from .oauth_common import CONNECTIONS, KINDS, OAuthCase


@tagged("post_install", "-at_install")
class TestOAuthConnect(OAuthCase):
    """TOK-1: a connection is made by authorisation code with PKCE, a state of its own, and no more scope than needed."""

    def setUp(self):
        super().setUp()
        self.authenticate(self.person.login, self.person.login)

    def _page_of(self, answer):
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["X-Frame-Options"], "DENY")
        return answer.text

    def test_every_kind_of_provider_is_connected(self):
        """TOK-1: against a real OAuth 2 server, which checks the verifier, the address and the client's secret."""
        for kind in KINDS:
            with self.subTest(kind):
                self.host.reset()
                provider = self._provider(kind)
                token = self._connect(provider)
                self.assertEqual((token.user_id, token.provider_id, token.state), (self.person, provider, "alive"))
                issued, = self.host.tokens()
                self.assertFalse(issued["revoked"])
                self.assertEqual(token.scopes or "", " ".join(sorted(issued["scopes"] or ())) if kind != "github_app" else "")
                ends = [token.created_at + timedelta(days=2), token.provider_expires_at or token.expires_at]
                self.assertEqual(token.expires_at, min(ends))

    def test_what_the_browser_is_sent_with(self):
        """TOK-1: PKCE by S256, our exact address, the least scope."""
        provider = self._provider("github_oauth")
        query = parse_qs(urlsplit(self._begin(provider)).query)
        self.assertEqual(query["code_challenge_method"], ["S256"])
        self.assertEqual(query["scope"], ["repo"])
        self.assertEqual(query["redirect_uri"], [provider.return_url])
        self.assertEqual(query["response_type"], ["code"])

    def test_a_token_travels_in_headers_and_bodies_only(self):
        """TOK-1: no address that was asked for holds one."""
        for kind in KINDS:
            self.host.reset()
            self._connect(self._provider(kind))
            secret = self.host.tokens()[0]["access_token"]
            for call in self.host.calls:
                self.assertNotIn(secret, f"{call.path} {call.query}")

    def test_a_state_is_used_once(self):
        """TOK-1: the same answer again, and a second one with its state, get nothing."""
        address = self.host.authorize(self._begin(self._provider()))
        self.assertEqual(self._return(address).status_code, 303)
        again = self._page_of(self._return(address))
        self.assertIn("Nothing was kept", again)
        self.assertEqual(self.tokens.search_count([]), 1)

    def test_a_state_belongs_to_its_session(self):
        """TOK-1: an attacker's answer is worth nothing in the person's browser (login CSRF), nor the person's elsewhere."""
        address = self.host.authorize(self._begin(self._provider()))
        self.authenticate(self.person.login, self.person.login)
        self.assertIn("Nothing was kept", self._page_of(self._return(address)))
        self.assertFalse(self.tokens.search([]))
        self.assertFalse(self.host.tokens())

    def test_forged_and_damaged_states_are_refused(self):
        """TOK-1."""
        address = self.host.authorize(self._begin(self._provider()))
        parts = urlsplit(address)
        code = parse_qs(parts.query)["code"][0]
        for state in ("", "x", "A" * 43 + "." + "B" * 43, "é", "%00", "a" * 9000):
            answer = self.url_open(f"{parts.path}?code={code}&state={state}", allow_redirects=False)
            self.assertIn("Nothing was kept", self._page_of(answer))
        self.assertFalse(self.tokens.search([]))

    def test_a_person_does_not_fill_the_database(self):
        """TOK-1: those begun last can be finished, the others are forgotten."""
        provider = self._provider()
        with patch("odoo.addons.unicdo_privacy.models.unicdo_oauth_flow.OPEN", 2):
            first, _second, third = [self._begin(provider) for _number in range(3)]
        self.assertEqual(self.env["unicdo.oauth.flow"].search_count([]), 2)
        self.assertIn("belongs to no connection", self._return(self.host.authorize(first)).text)
        self.assertEqual(self._return(self.host.authorize(third)).status_code, 303)

    def test_numbers_of_any_length_are_a_page(self):
        """TOK-1: Python refuses to read very long ones."""
        page = self.url_open(CONNECTIONS)
        for path, name in (("/unicdo/oauth/connect", "provider"), (f"{CONNECTIONS}/end", "token")):
            answer = self.url_open(path, data={"csrf_token": self._csrf_any(page), name: "9" * 5000})
            self.assertEqual(answer.status_code, 404)

    def _csrf_any(self, page):
        return page.text.split('csrf_token: "')[1].split('"')[0]

    def test_ten_minutes_are_enough(self):
        """TOK-1: who comes back later begins again."""
        address = self.host.authorize(self._begin(self._provider()))
        self.env["unicdo.oauth.flow"].search([]).begun_at = fields.Datetime.now() - timedelta(minutes=10, seconds=1)
        self.env.flush_all()
        self.assertIn("within ten minutes", self._page_of(self._return(address)))

    def test_who_says_no_is_left_alone(self):
        address = self.host.authorize(self._begin(self._provider()), agree=False)
        self.assertIn("you did not agree", self._page_of(self._return(address)))
        self.assertFalse(self.tokens.search([]))

    def test_less_than_was_asked_for_is_given_back(self):
        """TOK-1: a token without the scope it needs is revoked, not kept."""
        self.host.reset()
        address = self.host.authorize(self._begin(self._provider("oauth2")), scopes=["hooks"])
        self.assertIn("agree to all", self._page_of(self._return(address)))
        self.assertFalse(self.tokens.search([]))
        self.assertTrue(self.host.tokens()[0]["revoked"])

    def test_a_token_made_for_another_app_is_refused(self):
        """TOK-1: the audience is checked where the provider offers it."""
        for kind, check in (("github_app", "POST /applications/*"), ("gitlab", "GET /oauth/token/info"),
                            ("oauth2", "POST /oauth2/introspect")):
            with self.subTest(kind):
                self.host.reset()
                self.host.fail(check, 404)
                address = self.host.authorize(self._begin(self._provider(kind)))
                self.assertIn("Nothing was kept", self._page_of(self._return(address)))
                self.assertFalse(self.tokens.search([]))

    def test_every_way_a_provider_fails_is_a_page(self):
        """TOK-1: no error page, nothing kept, no token sent elsewhere."""
        provider = self._provider("github_oauth")
        modes = (204, 401, 404, 422, 500, "drop", "cut", "huge", "invalid_json", "wrong_json", "wrong_type",
                 "redirect_same", "redirect_port", "redirect_name")
        for mode in modes:
            with self.subTest(mode):
                self.host.reset()
                self.host.fail("POST /login/oauth/access_token", mode)
                self.assertIn("Nothing was kept", self._page_of(self._return(self.host.authorize(self._begin(provider)))))
                self.assertFalse(self.tokens.search([]))
        self.assertFalse(self.host.stray_calls)

    def test_a_wrong_issuer_is_refused(self):
        """TOK-1: RFC 9207, against mixing up two providers."""
        address = self.host.authorize(self._begin(self._provider(issuer="https://host.example")))
        self.assertIn("does not come from", self._page_of(self._return(f"{address}&iss=https://other.example")))
        self.assertFalse(self.tokens.search([]))

    def test_without_a_vault_nobody_is_sent_away(self):
        """TOK-2: a token that cannot be sealed must not come."""
        provider = self._provider()
        page = self.url_open(CONNECTIONS)
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}):
            answer = self.url_open("/unicdo/oauth/connect", data={"csrf_token": self._csrf(page), "provider": provider.id})
        self.assertIn("The vault has no valid key", answer.text)
        self.assertFalse(self.env["unicdo.oauth.flow"].search([]))

    def test_a_damaged_session_means_asking_again(self):
        """TOK-2: a half lost in a race is no error page."""
        token = self._connect(self._provider())
        for damage in ({}, {"x": 1}, [], "x", {str(token.id): 7}, {str(token.id): "%%"}, {str(token.id): "AAAA"}):
            session = root.session_store.get(self.session.sid)
            session[session_bond.HALVES] = damage
            root.session_store.save(session)
            self.assertEqual(self.url_open(CONNECTIONS).status_code, 200)

    def test_addresses_of_providers_are_checked(self):
        for name in ("authorize_url", "token_url", "api_url"):
            for address in ("ftp://host.example", "host.example", "https://user:word@host.example/", "https://host.example/#x"):
                with self.assertRaisesRegex(ValidationError, "complete address"):
                    self._provider(**{name: address})
        self.env["ir.config_parameter"].set_param("unicdo.oauth.allow_private", False)
        with self.assertRaisesRegex(ValidationError, "complete address"):
            self._provider()

    def test_plain_http_and_private_networks_are_not_called(self):
        """TOK-1: a provider's address is no way into the server's own network."""
        provider = self._provider()
        address = self.host.authorize(self._begin(provider))
        self.env["ir.config_parameter"].set_param("unicdo.oauth.allow_private", False)
        self.host.reset()
        self.assertIn("does not answer", self._page_of(self._return(address)))
        self.assertFalse(self.host.calls)

    def test_a_second_connection_takes_the_place_of_the_first(self):
        provider = self._provider()
        first = self._connect(provider)
        second = self._connect(provider)
        self.assertNotEqual(first, second)
        self.assertEqual((first.state, first.ended_how, first.revocation), ("ended", "replaced", "done"))
        self.assertEqual([issued["revoked"] for issued in self.host.tokens()], [True, False])

    def test_others_connections_are_not_there(self):
        """TOK-2: by page and button."""
        token = self._connect(self._provider())
        other = self._user_with_role("portal", "bob@example.com")
        self.authenticate(other.login, other.login)
        page = self.url_open(CONNECTIONS)
        self.assertNotIn(f"connection_{token.id}", page.text)
        answer = self.url_open(f"{CONNECTIONS}/end", data={"csrf_token": self._csrf(page), "token": token.id})
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(token.state, "alive")


class TokenCase(OAuthCase):
    """A person with one token, and a page that opens it."""

    def setUp(self):
        super().setUp()
        self.authenticate(self.person.login, self.person.login)
        self.provider = self._provider()
        self.token = self._connect(self.provider)
        self.env.cr.execute("SELECT id, sealed FROM unicdo_oauth_seal")
        (self.seal_id, self.sealed), = self.env.cr.fetchall()
        # the pages do nothing with a token yet but show it: this one opens it, as a set-up does
        self.answers = {}
        original = oauth_controller.OAuthController._connections_page

        def open_all(controller, *args):
            for token in oauth_controller.own_tokens(oauth_controller.request.env):
                try:
                    self.answers[token.id] = unicdo_oauth_token.opened(token)
                except UserError as error:
                    self.answers[token.id] = error
            return original(controller, *args)

        self.enterContext(patch.object(oauth_controller.OAuthController, "_connections_page", open_all))

    def _try(self, token=None):
        """Open it, or another one, in a request of the person's session.

        :return: the token, or the word that says why not
        """
        self.env.flush_all()
        self.answers.clear()
        self.url_open(CONNECTIONS)
        answer = self.answers[(token or self.token).id]
        if isinstance(answer, UserError):
            self.assertNotIn(self._plain(), str(answer))
            return getattr(answer, "why", str(answer))
        return answer

    def _plain(self):
        return self.host.tokens()[-1]["access_token"]


@tagged("post_install", "-at_install")
class TestKeyInMemory(TokenCase):
    """TOK-2: the vault's key of the day, once it is kept in memory, is gone with whatever it hangs on."""

    def setUp(self):
        super().setUp()
        self.found = []
        original = unicdo_vault_key.unwrapped
        self.enterContext(patch.object(unicdo_vault_key, "unwrapped", lambda *args: self.found.append(1) or original(*args)))
        # files that have just been written are read anew otherwise
        self.enterContext(patch.object(warm_secret, "SETTLES", -10**12))

    def _warm(self):
        """Open it until nothing is looked for any more."""
        self._try()
        self.found.clear()
        self.assertEqual(self._try(), self._plain())
        self.assertFalse(self.found, "it was in memory")

    def _vault_file(self, name):
        (path,) = self.env["unicdo.vault"]._root().rglob(name)
        return path

    def test_its_file_is_gone(self):
        """TOK-2: destroyed by another process, and back from somewhere."""
        path = self._vault_file(self.env["unicdo.vault.key"].search([("purpose", "=like", "oauth_%")]).name)
        content = path.read_bytes()
        self._warm()
        path.unlink()
        self.assertEqual(self._try(), "vault")
        path.write_bytes(content)
        self._warm()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        self.assertEqual(self._try(), "vault")

    def test_its_row_is_marked(self):
        """TOK-2: by SQL too."""
        self._warm()
        self.env.cr.execute("UPDATE unicdo_vault_key SET destroyed_at = now() WHERE purpose LIKE 'oauth_%'")
        self.assertEqual(self._try(), "vault")

    def test_another_key_is_configured(self):
        """TOK-2: none, a wrong one, and the right one again."""
        for text, why in (("", "no valid key"), (sealing.format_key(sealing.new_key()), "vault"), ("x", "no valid key")):
            with self.subTest(why=why):
                self._warm()
                with patch.dict("os.environ", {"UNICDO_VAULT_KEY": text}):
                    self.assertIn(why, self._try())

    def test_a_key_file_is_written_anew(self):
        """TOK-2: another key of the same length in the same file."""
        with tempfile.NamedTemporaryFile("w+") as file, patch.dict("os.environ", {
            "UNICDO_VAULT_KEY": "", "UNICDO_VAULT_KEY_FILE": file.name,
        }):
            file.write(self.vault_key)
            file.flush()
            self._warm()
            file.seek(0)
            file.write(sealing.format_key(sealing.new_key()))
            file.flush()
            self.assertEqual(self._try(), "vault")

    def test_the_vault_becomes_another_database_s(self):
        """TOK-2: the folder's note says so, or the database's own id changed."""
        path = self._vault_file("owner.json")
        content = path.read_bytes()
        self._warm()
        path.write_text('{"database": "other", "uuid": "11111111-2222-3333-4444-555555555555"}')
        self.assertIn("belongs to another database", self._try())
        path.write_bytes(content)
        self._warm()
        self.env.cr.execute("UPDATE ir_config_parameter SET value = 'x' WHERE key = 'database.uuid'")
        self.assertIn("belongs to another database", self._try())

    def test_a_copy_in_the_same_server_has_none_of_it(self):
        """TOK-2: a dump that was restored under another name, with all that the database knows of itself."""
        original = unicdo_oauth_token.derived

        def in_the_copy(env, *rest):
            with (
                patch.object(self.env.cr, "dbname", "copy"),
                patch.object(unicdo_vault_key, "fresh_cursor", lambda env: contextlib.nullcontext(env.cr)),
            ):
                return original(env, *rest)

        self._warm()
        with patch.object(unicdo_oauth_token, "derived", in_the_copy):
            self.assertIn("belongs to another database", self._try())

    def test_the_database_is_neutralized(self):
        """TOK-2: past Odoo, as its command does."""
        self._warm()
        self.env.cr.execute("INSERT INTO ir_config_parameter (key, value) VALUES ('database.is_neutralized', 'True')")
        self.assertIn("neutralized copy", self._try())

    def test_a_session_s_own_ends_hold(self):
        """TOK-2: what is in memory is the vault's part only."""
        self._warm()
        self.env.cr.execute("UPDATE res_users SET password = 'x' WHERE id = %s", [self.person.id])
        self.assertEqual(self._try(), "changed")
        self.env.cr.execute("INSERT INTO unicdo_session_end (session, ended_at) VALUES (%s, now())", [
            session_bond.digest(self.session.sid)])
        self.assertEqual(self._try(), "session")


@tagged("post_install", "-at_install")
class TestOAuthToken(TokenCase):
    """TOK-2: a token opens in its session only, for two days at most."""

    def test_it_opens_in_its_session(self):
        """TOK-2."""
        self.assertEqual(self._try(), self._plain())

    def test_it_is_nowhere_in_clear(self):
        """TOK-2: not in the row, not in the session's file."""
        plain = self._plain().encode()
        self.assertNotIn(plain, bytes(self.sealed))
        path = root.session_store.get_session_filename(self.session.sid)
        with open(path, "rb") as file:
            self.assertNotIn(plain, file.read())

    def test_it_does_not_open_in_another_session_of_the_same_person(self):
        """TOK-2: not even with the first session's half."""
        half = root.session_store.get(self.session.sid)[session_bond.HALVES]
        self.authenticate(self.person.login, self.person.login)
        self.assertEqual(self._try(), "half")
        session = root.session_store.get(self.session.sid)
        session[session_bond.HALVES] = half
        root.session_store.save(session)
        self.assertEqual(self._try(), "changed")

    def test_two_days_are_the_end_to_the_second(self):
        """TOK-2: at 48 h 00 min 00 s it is refused, whether or not a job ran."""
        self.token = self._connect(self._provider("github_oauth"))
        self.assertFalse(self.token.provider_expires_at)
        end = self.token.created_at + timedelta(days=2)
        with patch.object(session_bond, "rested_too_long", return_value=False):
            with freeze_time(end - timedelta(seconds=1)):
                self.assertEqual(self._try(self.token), self._plain())
            with freeze_time(end):
                self.assertEqual(self._try(self.token), "expired")

    def test_its_life_is_not_prolonged(self):
        """TOK-2: not even by code with all rights."""
        self.token.expires_at += timedelta(days=1)
        self.assertEqual(self._try(), "changed")

    def test_a_clock_set_back_opens_nothing(self):
        """TOK-2."""
        with freeze_time(self.token.created_at - timedelta(hours=1)):
            self.assertEqual(self._try(), "clock")
        self.env["unicdo.ledger.event"]._record("policy.published")
        self.env.cr.execute("UPDATE unicdo_oauth_token SET created_at = created_at - interval '1 day'")
        with freeze_time(fields.Datetime.now() - timedelta(hours=1)):
            self.assertEqual(self._try(), "clock")

    def test_rows_cannot_be_swapped_between_people(self):
        """TOK-2: another user, provider or number, and a changed seal."""
        other = self._user_with_role("portal", "bob@example.com")
        self.env.cr.execute("UPDATE unicdo_oauth_token SET user_id = %s", [other.id])
        self.authenticate(other.login, other.login, session_extra={
            session_bond.HALVES: root.session_store.get(self.session.sid)[session_bond.HALVES],
        })
        self.assertEqual(self._try(), "changed")

    def test_its_time_is_not_prolonged(self):
        """TOK-2: not by SQL either, which a server action can run."""
        self.env.cr.execute("UPDATE unicdo_oauth_token SET expires_at = expires_at + interval '1 year'")
        self.assertEqual(self._try(), "changed")

    def test_it_goes_nowhere_but_where_its_person_sent_it(self):
        """TOK-2: addresses changed by SQL close it, so that log-off does not carry it there."""
        self.env.cr.execute("UPDATE unicdo_oauth_provider SET api_url = %s", [self.host.stray_url])
        self.assertEqual(self._try(), "changed")
        self.url_open("/web/session/logout", allow_redirects=False)
        self.assertEqual((self.token.state, self.token.revocation), ("ended", "none"))
        self.assertFalse(self.host.stray_calls)

    def test_who_looks_ahead_uses_nothing_up(self):
        """TOK-1: HEAD and OPTIONS at our return address change nothing."""
        parts = urlsplit(self.host.authorize(self._begin(self.provider)))
        for method in ("HEAD", "OPTIONS"):
            self.opener.request(method, f"{self.base_url()}{parts.path}?{parts.query}", allow_redirects=False)
        self.assertEqual(len(self.host.tokens()), 1)
        self.assertEqual(self._return(f"{parts.path}?{parts.query}").status_code, 303)

    def test_another_provider_opens_nothing(self):
        """TOK-2."""
        self.env.cr.execute("UPDATE unicdo_oauth_token SET provider_id = %s", [self._provider("gitlab").id])
        self.assertEqual(self._try(), "changed")

    def test_a_changed_seal_opens_nothing(self):
        """TOK-2."""
        self.env.cr.execute("UPDATE unicdo_oauth_seal SET sealed = set_byte(sealed, 50, get_byte(sealed, 50) # 1)")
        self.assertEqual(self._try(), "changed")
        self.env.cr.execute("UPDATE unicdo_oauth_seal SET sealed = ''")
        self.assertEqual(self._try(), "changed")

    def test_a_rotated_key_opens_as_long_as_it_is_known(self):
        """TOK-2: new first, old second opens; the old one gone, nothing does."""
        new = sealing.format_key(sealing.new_key())
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": f"{new},{self.vault_key}"}):
            self.assertEqual(self._try(), self._plain())
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": new}):
            self.assertEqual(self._try(), "vault")

    def test_a_lost_key_opens_nothing(self):
        """TOK-2: the key of that day is destroyed, or its file is gone."""
        self.env["unicdo.vault.key"].search([("purpose", "=like", "oauth_%")])._destroy()
        self.assertEqual(self._try(), "vault")

    def test_a_copy_of_the_database_opens_nothing(self):
        """TOK-2: neutralized, or with a vault of its own."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("database.is_neutralized", "True")
        self.assertIn("neutralized copy", self._try())
        parameters.search([("key", "=", "database.is_neutralized")]).unlink()
        parameters.set_param("database.uuid", "11111111-2222-3333-4444-555555555555")
        self.assertIn("belongs to another database", self._try())
        self.env["unicdo.vault"]._renew()
        self.assertEqual(self._try(), "vault")

    def test_password_login_and_archive_end_it(self):
        """TOK-2: whoever changes them."""
        for vals in ({"password": "another long word"}, {"login": "anna@example.com"}, {"active": False}):
            with self.subTest(vals):
                token = self._connect(self.provider) if self.token.state == "ended" else self.token
                self.person.write(vals)
                self.env.invalidate_all()
                self.assertEqual((token.state, token.ended_how), ("ended", "sign_in"))
                self.person.write({"active": True})
                self._settle(self.person)
                self.authenticate(self.person.login, self.person.login)

    def test_a_password_changed_by_sql_closes_it(self):
        """TOK-2: no hook runs, and core's cache does not know."""
        self.env.cr.execute("UPDATE res_users SET password = 'x' WHERE id = %s", [self.person.id])
        self.assertEqual(self._try(), "changed")

    def test_a_typed_expression_is_code_typed_into_the_database(self):
        """TOK-2: an action that only computes a value gets no token, as one that runs code."""
        partner = self.person.partner_id
        action = self.env["ir.actions.server"].create({
            "name": "x", "model_id": self.env["ir.model"]._get_id("res.partner"), "state": "object_write",
            "update_path": "ref", "evaluation_type": "equation", "value": "record._unicdo_probe()",
        })
        probe = patch.object(type(partner), "_unicdo_probe", lambda _self: str(guard.in_action_code()), create=True)
        with probe:
            action.with_context(active_model="res.partner", active_id=partner.id).run()
        self.assertEqual(partner.ref, "True")
        self.assertFalse(guard.in_action_code())

    def test_no_page_opens_it(self):
        """TOK-2: not even in its session: an administrator edits pages. What is opened before rendering is."""
        partner = self.person.partner_id
        self.env["ir.ui.view"].create({
            "name": "x", "type": "qweb", "mode": "extension",
            "inherit_id": self.env.ref("unicdo_privacy.portal_connections").id,
            "arch": """<xpath expr="//h1" position="after"><i t-out="request.env.user.partner_id._unicdo_probe()"/></xpath>""",
        })

        def probe(partner):
            try:
                return unicdo_oauth_token.opened(self.token.with_env(partner.env))
            except unicdo_oauth_token.TokenClosed as error:
                return f"closed: {error.why}"

        with patch.object(type(partner), "_unicdo_probe", probe, create=True):
            self.assertEqual(self._try(), self._plain())
            self.assertIn("<i>closed: session</i>", self.url_open(CONNECTIONS).text)

    def test_what_odoo_evaluates_is_code_typed_into_the_database(self):
        """TOK-2: wherever it stands, and where it leaves a function behind to be called later."""
        partner, mixin = self.person.partner_id, self.env["mail.render.mixin"]
        country = self.env["ir.model"]._get_id("res.country")
        action = self.env["ir.actions.server"].create({
            "name": "x", "model_id": self.env["ir.model"]._get_id("res.partner"), "state": "code",
            "code": "env.cr.precommit.add(lambda: record._unicdo_probe())",
        })
        seen = []
        probe = patch.object(
            type(partner), "_unicdo_probe", lambda _self: seen.append(guard.in_action_code()) or "x", create=True
        )

        def rule():
            self.env["ir.rule"].create({
                "name": "x", "model_id": country, "domain_force": "[('name', '!=', user.partner_id._unicdo_probe())]",
            })
            seen.clear()
            self.env["res.country"].with_user(self.person).search([], limit=1)

        def later():
            action.with_context(active_model="res.partner", active_id=partner.id).run()
            self.assertFalse(seen)
            self.env.cr.precommit.run()

        with probe:
            for run in (
                rule, later,
                lambda: mixin._render_template_inline_template("{{ object._unicdo_probe() }}", "res.partner", partner.ids),
                lambda: mixin._render_template_qweb("<t t-out='object._unicdo_probe()'/>", "res.partner", partner.ids),
                lambda: self.env["ir.qweb"]._render(etree.fromstring("<t t-out='x._unicdo_probe()'/>"), {"x": partner}),
            ):
                run()
                self.assertEqual(set(seen), {True})
                seen.clear()
            partner._unicdo_probe()
        self.assertEqual(seen, [False], "an addon's own code")

    def test_no_path_of_a_running_odoo_reads_it(self):
        """TOK-2: no role, no export, no server action with all rights."""
        admin, officer = self._user_with_role("admin"), self._user_with_role("officer")
        for user in (admin, officer, self.person):
            for model in ("unicdo.oauth.seal", "unicdo.oauth.flow", "unicdo.session.end"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search_read([])
        row = self.token.with_user(officer).read()[0]
        self.assertNotIn("session", row)
        self.assertNotIn(self._plain(), str(row))
        officer.group_ids += self.env.ref("base.group_allow_export")
        self.assertEqual(self.token.with_user(officer).export_data(["proof", "scopes"])["datas"], [["", ""]])
        self.assertNotIn("sealed", self.env["unicdo.oauth.seal"]._fields)
        action = self.env["ir.actions.server"].create({
            "name": "x", "model_id": self.env["ir.model"]._get_id("unicdo.oauth.token"), "state": "code",
            "code": "record._do_work_revoke(env['unicdo.work'])",
        })
        action.with_context(active_model=self.token._name, active_id=self.token.id).run()
        self.assertEqual(self.token.revocation, "failed", "it opens nothing that is not kept for revocation")

    def test_its_half_goes_from_its_session(self):
        """TOK-2: with the token, whichever way that ends there; other tokens keep theirs."""
        other = self._connect(self._provider("gitlab"))

        def held():
            return set(root.session_store.get(self.session.sid)[session_bond.HALVES])

        self.assertEqual(held(), {str(self.token.id), str(other.id)})
        newer = self._connect(self.provider)
        self.assertEqual((self.token.ended_how, held()), ("replaced", {str(newer.id), str(other.id)}))
        page = self.url_open(CONNECTIONS)
        self.url_open(f"{CONNECTIONS}/end", data={"csrf_token": self._csrf(page), "token": newer.id})
        self.assertEqual(held(), {str(other.id)})
        self.assertEqual(self._try(other), self.host.tokens()[1]["access_token"])

    def test_the_client_secret_is_sealed(self):
        """TOK-2: it is nobody's to read, and goes with its provider."""
        provider, app = self.provider, self.host.apps["github_app"]
        self.assertEqual(client_secret(provider), app.client_secret)
        admin = self._user_with_role("admin")
        shown = provider.with_user(admin).read()[0]
        self.assertNotIn(app.client_secret, str(shown))
        self.assertFalse(shown["new_secret"])
        with self.assertRaises(AccessError):
            provider.with_user(admin).read(["sealed_secret"])
        with self.assertRaisesRegex(UserError, "in use"):
            provider.with_user(admin).write({"token_url": "https://thief.example/token"})

    def test_the_client_secret_goes_nowhere_else(self):
        """TOK-2: who changes an address enters it again; changed by SQL, it is not sent there."""
        provider, secret = self._provider("gitlab"), self.host.apps["gitlab"].client_secret
        admin = self._user_with_role("admin")
        provider.with_user(admin).write({"name": "New name", "token_url": provider.token_url})
        self.assertEqual(client_secret(provider), secret)
        provider.with_user(admin).token_url = "https://thief.example/token"
        self.assertFalse(client_secret(provider) or provider.has_secret)
        provider.with_user(admin).write({"token_url": "https://host.example/token", "new_secret": secret})
        self.assertEqual(client_secret(provider), secret)
        self.env.cr.execute("UPDATE unicdo_oauth_provider SET api_url = 'https://thief.example' WHERE id = %s", [provider.id])
        provider.invalidate_recordset()
        self.assertEqual(client_secret(provider), "")


@tagged("post_install", "-at_install")
class TestOAuthEnd(OAuthCase):
    """TOK-2: a token goes with its session, is revoked where that harms nothing, and leaves proof."""

    def setUp(self):
        super().setUp()
        self.authenticate(self.person.login, self.person.login)

    def _log_off(self):
        self.url_open("/web/session/logout", allow_redirects=False)
        self.env.invalidate_all()

    def _seals(self):
        self.env.cr.execute("SELECT token_id, use FROM unicdo_oauth_seal")
        return self.env.cr.fetchall()

    def test_log_off_ends_and_revokes_it(self):
        """TOK-2: with every kind of provider."""
        for kind in KINDS:
            with self.subTest(kind):
                self.host.reset()
                token = self._connect(self._provider(kind))
                self._log_off()
                self.assertEqual((token.state, token.ended_how, token.revocation), ("ended", "logout", "done"))
                self.assertFalse(self._seals())
                self.assertTrue(self.host.tokens()[0]["revoked"])
                self.assertIn("no copy is left", token.proof)
                self.assertIn("Revoked at the provider", token.proof)
                self.authenticate(self.person.login, self.person.login)

    def test_the_proof_tells_time_as_its_reader_does(self):
        """TOK-2: in the language and the time zone of who reads it, and it names the zone."""
        self.env["res.lang"]._activate_lang("de_DE")
        token = self._connect(self._provider())
        self._log_off()
        token.write({"ended_at": "2026-07-01 22:30:05", "revoked_at": "2026-07-01 22:30:06"})
        for lang, tz, ended, revoked in (
            ("en_US", "America/New_York", "July 1, 2026, 6:30:05 PM EDT", "July 1, 2026, 6:30:06 PM EDT"),
            ("de_DE", "Europe/Berlin", "2. Juli 2026, 00:30:05 MESZ", "2. Juli 2026, 00:30:06 MESZ"),
            ("en_US", False, "July 1, 2026, 10:30:05 PM UTC", "July 1, 2026, 10:30:06 PM UTC"),
        ):
            first, second = token.with_context(lang=lang, tz=tz).proof.replace("\u202f", " ").split("\n")
            self.assertIn(ended, first)
            self.assertIn(revoked, second)

    def test_the_page_tells_time_as_its_reader_does(self):
        """TOK-2: none of its moments stands as the database has it."""
        self.person.tz = "Europe/Berlin"
        # a session keeps the zone with which it began; the language is the website's
        self.authenticate(self.person.login, self.person.login)
        token = self._connect(self._provider())
        token._note_use("Made a webhook")
        token.use_ids.done_at = "2026-07-01 22:30:05"
        page = self.url_open(CONNECTIONS).text
        self.assertRegex(page, r"July 2, 2026, 12:30:05\sAM \+0200")
        self.assertNotRegex(page.split("o_unicdo_connections")[1], r"20\d\d-\d\d-\d\d")

    def test_a_deploy_key_is_not_revoked_away(self):
        """TOK-2: a GitHub OAuth App's token that made a key is forgotten, and the proof says so."""
        token = self._connect(self._provider("github_oauth"))
        token.made_key = True
        self.env.flush_all()
        self._log_off()
        self.assertEqual(token.revocation, "spared")
        self.assertFalse(self._seals())
        self.assertFalse(self.host.tokens()[0]["revoked"])
        self.assertIn("would have removed the deploy key", token.proof)

    def test_a_provider_that_is_down_changes_nothing_here(self):
        """TOK-2: gone at once; what is kept for revoking opens for the job alone, and not beyond the two days."""
        for mode in (401, 422, 500, "drop", "timeout", "slow", "redirect_port"):
            with self.subTest(mode):
                self.host.reset()
                self.host.fail("DELETE /applications/*", mode)
                token = self._connect(self._provider())
                self._log_off()
                self.assertEqual((token.state, token.revocation), ("ended", "waiting"))
                self.assertEqual(self._seals(), [(token.id, "revoke")])
                self.assertIn("opens for nobody else", token.proof)
                self.host.heal()
                work = self.env["unicdo.work"].search([("res_model", "=", token._name), ("res_id", "=", token.id)])
                token._do_work_revoke(work)
                self.assertEqual(token.revocation, "done")
                self.assertFalse(self._seals())
                self.assertTrue(self.host.tokens()[0]["revoked"])
                self.assertFalse(self.host.stray_calls)
                self.authenticate(self.person.login, self.person.login)

    def test_revoking_is_given_up_after_two_days(self):
        """TOK-2: nothing is left then, and the proof says so."""
        self.host.fail("DELETE /applications/*", 500, times=None)
        token = self._connect(self._provider())
        self._log_off()
        with freeze_time(token.expires_at):
            token._do_work_revoke(self.env["unicdo.work"])
            self.env["unicdo.oauth.token"]._destroy_old_keys()
        self.assertEqual(token.revocation, "failed")
        self.assertFalse(self._seals())
        self.assertIn("did not confirm", token.proof)
        self.host.heal()

    def test_a_connection_is_ended_by_its_person(self):
        """TOK-2: in its own session it is revoked; from another it is gone, and the proof says that it was not revoked."""
        first = self._connect(self._provider())
        page = self.url_open(CONNECTIONS)
        self.url_open(f"{CONNECTIONS}/end", data={"csrf_token": self._csrf(page), "token": first.id})
        self.env.invalidate_all()
        self.assertEqual((first.ended_how, first.revocation), ("person", "done"))
        second = self._connect(self._provider("gitlab"))
        self.authenticate(self.person.login, self.person.login)
        page = self.url_open(CONNECTIONS)
        self.assertIn("Made in another session", page.text)
        self.url_open(f"{CONNECTIONS}/end", data={"csrf_token": self._csrf(page), "token": second.id})
        self.env.invalidate_all()
        self.assertEqual((second.ended_how, second.revocation), ("person", "none"))
        self.assertIn("Not revoked at the provider, unreadable here. It expires there on", second.proof)
        self.assertIn("Proof of its end", self.url_open(CONNECTIONS).text)

    def test_the_sweep_removes_what_is_over_and_its_keys(self):
        """TOK-2: a job removes it, a watch-dog tells when it is late, and the vault's key of the day is destroyed."""
        token = self._connect(self._provider())
        tokens = self.env["unicdo.oauth.token"]
        with freeze_time(token.expires_at + timedelta(hours=2)):
            self.assertTrue(tokens._late())
            check = next(check for check in self.env["unicdo.health"].sudo()._checks() if check["key"] == "tokens")
            self.assertEqual(check["state"], "error")
            self._user_with_role("officer")
            tokens._watch()
            self.assertTrue(self.env["mail.mail"].search([("subject", "=", "Tokens wait to be removed")]))
            self.env.ref("unicdo_privacy.unicdo_oauth_cron").method_direct_trigger()
            self.env.invalidate_all()
            self.assertFalse(self._seals())
            self.assertFalse(tokens._late())
            self.assertEqual(token.state, "ended")
            self.assertIn("Two days were over", token.proof)
        with freeze_time(fields.Datetime.now() + timedelta(days=3)):
            tokens._destroy_old_keys()
        self.assertFalse(self.env["unicdo.vault.key"].search([("purpose", "=like", "oauth_%"), ("destroyed_at", "=", False)]))

    def test_a_log_off_never_fails(self):
        """TOK-2: whatever goes wrong, the person gets out, and nothing opens any more."""
        self._connect(self._provider())
        with patch("odoo.addons.unicdo_privacy.models.ir_http.end_sessions", side_effect=ValueError), \
                mute_logger("odoo.addons.unicdo_privacy.models.ir_http"):
            self.assertEqual(self.url_open("/web/session/logout", allow_redirects=False).status_code, 303)
        self.assertNotIn(session_bond.HALVES, root.session_store.get(self.opener.cookies["session_id"]))

    def test_proofs_go_after_a_year(self):
        token = self._connect(self._provider())
        self._log_off()
        with freeze_time(fields.Datetime.now() + timedelta(days=364)):
            self.tokens._gc_old()
            self.assertTrue(token.exists())
        with freeze_time(fields.Datetime.now() + timedelta(days=366)):
            self.tokens._gc_old()
            self.env["unicdo.session.end"]._gc_old()
        self.assertFalse(token.exists())
        self.assertFalse(self.env["unicdo.session.end"].search([]))
