# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import inspect
import time
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.unicdo_privacy.tests.common import PrivacyCase
from odoo.addons.unicdo_privacy.tests.vault_common import VaultMixin

from ..apps import mail_servers
from ..tools import sealing

GMAIL, OUTLOOK = "google_gmail", "microsoft_outlook"


class Connection:
    """What a mail server hears when somebody signs in."""

    def __init__(self):
        self.heard = []

    def ehlo(self):
        """Nothing to say."""

    def docmd(self, command, text):
        """SMTP."""
        self.heard.append(base64.b64decode(text.split()[1]).decode())

    def authenticate(self, mechanism, answer):
        """IMAP."""
        self.heard.append(answer(b""))

    def select(self, folder):
        """Nothing to say."""


@tagged("post_install", "-at_install")
class TestMailServers(VaultMixin, PrivacyCase):
    """TOK-2: tokens of mail servers at Google and Microsoft are sealed while their switch is on."""

    def setUp(self):
        super().setUp()
        if not mail_servers.is_installed(self.env):
            self.skipTest("neither of the apps is installed")
        for model in mail_servers.MODELS:
            self.env[model].with_context(active_test=False).search([]).unlink()
        self.officer = self._user_with_role("officer")
        self.switch = self.env.ref("unicdo_privacy.unicdo_token_switch_mail_servers").with_user(self.officer)
        self.servers = [
            (app, self._server(model, app))
            for app, field in ((GMAIL, "google_gmail_refresh_token"), (OUTLOOK, "microsoft_outlook_refresh_token"))
            for model in mail_servers.MODELS if field in self.env[model]._fields
        ]

    def _server(self, model, app):
        return self.env[model].create({
            **self._settings(model, app), f"{app}_refresh_token": f"refresh {model} {app}",
            f"{app}_access_token": f"access {model} {app}", f"{app}_access_token_expiration": int(time.time()) + 3600,
        })

    def _settings(self, model, app):
        kind = app.split("_")[1]
        if model == "ir.mail_server":
            return {
                "name": f"{model} {app}", "smtp_host": "mail.example.com", "smtp_authentication": kind,
                "smtp_user": "shop@example.com", "smtp_encryption": "starttls",
            }
        return {"name": f"{model} {app}", "server": "mail.example.com", "server_type": kind, "is_ssl": True,
                "user": "shop@example.com"}

    def _stored(self, server, app):
        """The two tokens as they stand in the database."""
        server.flush_recordset()
        names = f"{app}_refresh_token, {app}_access_token"
        self.env.cr.execute(f'SELECT {names} FROM "{server._table}" WHERE id = %s', [server.id])  # noqa: S608 - our names
        return self.env.cr.fetchone()

    def _plain(self, server, app):
        return (f"refresh {server._name} {app}", f"access {server._name} {app}")

    def _sign_in(self, server):
        """What the mail server hears."""
        connection = Connection()
        if server._name == "ir.mail_server":
            server._smtp_login__(connection, "shop@example.com", False)
        else:
            server._imap_login__(connection)
        return connection.heard[0]

    def test_off_at_first_and_counted(self):
        """TOK-2: and the health page says how many servers' tokens stand in clear."""
        for app, server in self.servers:
            self.assertEqual(self._stored(server, app), self._plain(server, app))
            self.assertIn(f"Bearer access {server._name} {app}\1", self._sign_in(server))
        self.assertEqual(self.switch.clear_count, len(self.servers))
        checks = self.env["unicdo.health"].with_user(self.officer).get_checks()
        check = next(check for check in checks if check["key"] == "app_tokens")
        self.assertEqual(check["state"], "warning")
        self.assertIn(f"Mail servers at Google and Microsoft: {len(self.servers)}", check["text"])

    def test_sealed_in_the_database_and_used_all_the_same(self):
        """TOK-2: of each app and way, archived ones too; nothing is disconnected, and off again restores all."""
        self.servers[0][1].active = False
        self.switch.action_switch_on()
        for app, server in self.servers:
            for text in self._stored(server, app):
                self.assertTrue(text.startswith(mail_servers.FORM))
            self.assertNotIn(app, str([base64.b64decode(text[len(mail_servers.FORM):]) for text in self._stored(server, app)]))
            self.assertIn(f"Bearer access {server._name} {app}\1", self._sign_in(server))
            self.assertTrue(server[f"{app}_refresh_token"], "the app sees that it is connected")
        self.assertEqual(self.switch.clear_count, 0)
        self.switch.action_switch_off()
        for app, server in self.servers:
            self.assertEqual(self._stored(server, app), self._plain(server, app))

    def test_a_fresh_access_token_is_sealed_too(self):
        """TOK-2: the app gets it with the sealed refresh token, uses it at once, and stores it sealed."""
        self.switch.action_switch_on()
        for app, server in self.servers:
            server[f"{app}_access_token_expiration"] = 1
            asked, later = [], int(time.time()) + 3600
            answer = ("later one", later) if app == GMAIL else ("later two", "later one", "id", later)

            def fetch(_server, token, asked=asked, answer=answer):
                asked.append(token)
                return answer

            name = "_fetch_gmail_access_token" if app == GMAIL else "_fetch_outlook_access_token"
            with patch.object(self.registry[server._name], name, fetch):
                self.assertIn("Bearer later one\1", self._sign_in(server))
                self.assertIn("Bearer later one\1", self._sign_in(server))
            self.assertEqual(asked, [f"refresh {server._name} {app}"])
            self.assertNotIn("later ", str(self._stored(server, app)))
            self.assertNotIn("later ", str(server.read()))
            self.assertEqual(server[f"{app}_access_token_expiration"], later)
        self.switch.action_switch_off()
        for app, server in self.servers:
            refresh = f"refresh {server._name} {app}" if app == GMAIL else "later two"
            self.assertEqual(self._stored(server, app), (refresh, "later one"))

    def test_what_is_connected_later_is_sealed(self):
        """TOK-2: by the app's own page, which writes, and by a new record; several at once."""
        self.switch.action_switch_on()
        for app, server in self.servers:
            new = self._server(server._name, app)
            (new | server).write({f"{app}_refresh_token": "new refresh"})
            for one in (new, server):
                self.assertTrue(self._stored(one, app)[0].startswith(mail_servers.FORM))
                self.assertEqual(mail_servers.opened(one, f"{app}_refresh_token"), "new refresh")
            self.assertNotEqual(self._stored(new, app)[0], self._stored(server, app)[0])
            server.write({f"{app}_refresh_token": False, f"{app}_access_token": False})
            self.assertEqual(self._stored(server, app), (None, None))

    def test_nobody_reads_them(self):
        """TOK-2: not an administrator, not an export, not code typed into the database."""
        self.switch.action_switch_on()
        admin = self._user_with_role("admin")
        admin.group_ids += self.env.ref("base.group_allow_export")
        for app, server in self.servers:
            shown = str(server.with_user(admin).read())
            shown += str(server.with_user(admin).export_data([f"{app}_refresh_token", f"{app}_access_token"]))
            for token in self._plain(server, app):
                self.assertNotIn(token, shown)
            step = "_generate_oauth2_string('a', 'b')" if app == GMAIL else "_generate_outlook_oauth2_string('a')"
            action = self.env["ir.actions.server"].create({
                "name": "x", "model_id": self.env["ir.model"]._get_id(server._name), "state": "code",
                "code": f"raise UserError(record.sudo().{step})",
            })
            with self.assertRaisesRegex(AccessError, "only to sign in"), mute_logger("odoo.addons.base.models.ir_actions"):
                action.with_context(active_model=server._name, active_id=server.id).run()
            with self.assertRaisesRegex(NameError, "forbidden name"):
                action.code = "record._smtp_login__(record, 'a', 'b')"

    def test_an_automation_on_the_server_reads_nothing(self):
        """TOK-2: storing a fresh access token sets off code typed into the database, while the app still works with it."""
        self.switch.action_switch_on()
        for app, server in self.servers:
            server[f"{app}_access_token_expiration"] = 1
            later, seen, write = int(time.time()) + 3600, [], self.registry[server._name].write
            answer = ("later one", later) if app == GMAIL else ("later two", "later one", "id", later)
            step = ("_generate_oauth2_string", "a", "b") if app == GMAIL else ("_generate_outlook_oauth2_string", "a")

            def automation(self_, vals, write=write, seen=seen, app=app, step=step):
                result = write(self_, vals)
                seen.append(str([self_[f"{app}_refresh_token"], self_[f"{app}_access_token"]]))
                with self.assertRaisesRegex(AccessError, "only to sign in"):
                    getattr(self_.browse(self_.id), step[0])(*step[1:])
                return result

            fetch = "_fetch_gmail_access_token" if app == GMAIL else "_fetch_outlook_access_token"
            with (
                patch.object(self.registry[server._name], fetch, lambda _server, _token, answer=answer: answer),
                patch.object(self.registry[server._name], "write", automation),
            ):
                self.assertIn("Bearer later one\1", self._sign_in(server))
            self.assertTrue(seen)
            for text in seen:
                self.assertNotRegex(text, "later|refresh ")

    def test_rows_and_fields_cannot_be_swapped(self):
        """TOK-2: a sealed text opens for its field of its server alone."""
        self.switch.action_switch_on()
        app, server = self.servers[0]
        other = self._server(server._name, app)
        strange = (f"{mail_servers.FORM}{text}" for text in ("", "%", "AAAA"))
        for text in (self._stored(other, app)[1], self._stored(server, app)[0], *strange):
            server[f"{app}_access_token"] = text
            with self.assertRaisesRegex(UserError, "stays closed"):
                self._sign_in(server)

    def test_without_a_vault_it_cannot_be_switched_on(self):
        """TOK-2: the vault's own message says what to do, and nothing changes."""
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}), self.assertRaisesRegex(UserError, "The vault has no valid key"):
            self.switch.action_switch_on()
        self.assertFalse(self.switch.is_on)
        for app, server in self.servers:
            self.assertEqual(self._stored(server, app), self._plain(server, app))

    def test_without_the_vault_no_mail_goes_and_nothing_is_lost(self):
        """TOK-2: it cannot be switched off meanwhile, which would lose the tokens."""
        self.switch.action_switch_on()
        for value in ("", sealing.format_key(sealing.new_key())):
            with patch.dict("os.environ", {"UNICDO_VAULT_KEY": value}):
                for _app, server in self.servers:
                    with self.assertRaises(UserError):
                        self._sign_in(server)
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}):
            with self.assertRaises(UserError):
                self.switch.action_switch_off()
            self.env.invalidate_all()
            self.assertIn("The vault has no valid key", self.switch.refusal)
        self.assertTrue(self.switch.is_on)
        for app, server in self.servers:
            self.assertIn(f"Bearer access {server._name} {app}\1", self._sign_in(server))

    def test_a_lost_key_is_said_and_ends_with_connecting_again(self):
        """TOK-2: that server alone; off again, its tokens are gone and the others' restored."""
        self.switch.action_switch_on()
        (app, lost), *others = self.servers
        self.env["unicdo.vault.key"].sudo().search([("res_model", "=", lost._name), ("res_id", "=", lost.id)])._destroy()
        with self.assertRaisesRegex(UserError, "Connect this mail server again"):
            self._sign_in(lost)
        self.env.invalidate_all()
        self.assertIn(lost.name, self.switch.refusal)
        lost.write({f"{app}_refresh_token": "again", f"{app}_access_token": "again"})
        self.assertIn("Bearer again\1", self._sign_in(lost))
        self.env["unicdo.vault.key"].sudo().search([("res_model", "=", lost._name), ("res_id", "=", lost.id)])._destroy()
        self.switch.action_switch_off()
        self.assertEqual(self._stored(lost, app), (None, None))
        for app, server in others:
            self.assertEqual(self._stored(server, app), self._plain(server, app))
        event = self.env["unicdo.ledger.event"].search([("kind", "=", "tokens.switched_off")], limit=1)
        self.assertEqual(event.detail, {"what": "mail_servers", "count": 1})

    def test_a_deleted_server_s_key_goes(self):
        """TOK-2: by the daily clean-up, so that a deletion rolled back loses nothing."""
        self.switch.action_switch_on()
        _app, server = self.servers[0]
        key = self.env["unicdo.vault.key"].search([("res_model", "=", server._name), ("res_id", "=", server.id)])
        others = self.env["unicdo.vault.key"].search([("purpose", "=", mail_servers.PURPOSE)]) - key
        server.unlink()
        for model in mail_servers.MODELS:
            self.env[model]._gc_token_keys()
        self.assertTrue(key.destroyed_at)
        self.assertFalse(any(others.mapped("destroyed_at")))

    def test_the_apps_are_as_we_know_them(self):
        """TOK-2: what is patched has the signature it had, and no other code of the apps reads a token."""
        known = {
            "_smtp_login__": ["self", "connection", "smtp_user", "smtp_password"], "_imap_login__": ["self", "connection"],
            "_generate_oauth2_string": ["self", "user", "refresh_token"], "_generate_outlook_oauth2_string": ["self", "login"],
        }
        self.assertEqual(set(known), {*mail_servers.LOGINS, *mail_servers.STEPS})
        for model in mail_servers.MODELS:
            servers = self.registry[model]
            self.assertIn("_unicdo_reading__", vars(servers))
            steps = [name for name in known if hasattr(servers, name)]
            self.assertEqual(len(steps), 3)
            for name in steps:
                origin = vars(servers)[name].__wrapped__
                self.assertEqual(list(inspect.signature(origin).parameters), known[name])
                self.assertFalse(hasattr(origin, "__wrapped__"), "patched once")
        mail_servers.patch(self.env)
        self.assertFalse(hasattr(vars(servers)["_imap_login__"].__wrapped__, "__wrapped__"))
