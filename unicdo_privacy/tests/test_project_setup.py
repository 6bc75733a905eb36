# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import hashlib
import hmac
import re
from datetime import date, timedelta
from html import unescape
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode, urlsplit

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.unicdo_project_setup import HOOK, hook_secret
from ..tools.deploy_key import same_key
from ..tools.http_call import Answer
from .oauth_common import OAuthCase

PROJECTS = "/my/privacy/projects"
REPOSITORY = "octo/shop"


@tagged("post_install", "-at_install")
class TestProjectSetup(OAuthCase):
    """TOK-1: a token makes a webhook and a deploy key, both are verified, and it is dropped at once."""

    def setUp(self):
        super().setUp()
        self.authenticate(self.person.login, self.person.login)
        self.setups = self.env["unicdo.project.setup"]
        # a delivery in the middle of a test's transaction would wait for it: these hooks lead nowhere, see _deliver
        self.enterContext(patch.object(
            type(self.setups), "_hook_url", lambda setup: f"https://odoo.example{HOOK}{setup.sudo().hook_name}"
        ))

    def _press(self, path, **data):
        """Press a button on a page of the person's projects.

        :return: the page it leads to
        """
        page = self.url_open(path.rpartition("/")[0] if path != f"{PROJECTS}/new" else PROJECTS)
        answer = self.url_open(path, data={"csrf_token": self._csrf(page), **data})
        self.env.invalidate_all()
        return answer

    def _project(self, kind="github_app", repository=REPOSITORY, **vals):
        """A project whose repository is chosen and whose code host is connected."""
        setup = self._begun(kind, **vals)
        page = self._press(f"{PROJECTS}/{setup.id}/choose", repository=repository)
        self.assertEqual(setup.state, "chosen", page.text)
        return setup

    def _run(self, setup):
        return self._press(f"{PROJECTS}/{setup.id}/run")

    def _deliver(self, setup, body=b'{"zen": "x"}', secret=None):
        """A first delivery, as from GitHub, or GitLab."""
        secret = hook_secret(setup) if secret is None else secret
        headers = {"X-GitHub-Event": "ping", "Content-Type": "application/json"}
        if setup.provider_id.kind == "gitlab":
            headers = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": secret, "Content-Type": "application/json"}
        else:
            signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature-256"] = f"sha256={signed}"
        self.env.flush_all()
        answer = self.url_open(f"/unicdo/project/hook/{setup.sudo().hook_name}", data=body, headers=headers)
        self.env.invalidate_all()
        return answer.status_code

    def _done(self, kind="github_app"):
        setup = self._project(kind)
        self._run(setup)
        self.assertEqual(self._deliver(setup), 204)
        self._press(f"{PROJECTS}/{setup.id}/verify")
        self.assertEqual(setup.state, "done")
        return setup

    def test_a_project_is_set_up_at_every_code_host(self):
        """TOK-1, TOK-2: hook and key stand and are known by number; the token is gone, and revoked where that harms nothing."""
        for kind, revocation in (("github_app", "done"), ("github_oauth", "spared"), ("gitlab", "done")):
            with self.subTest(kind):
                self.host.reset()
                setup = self._done(kind)
                hook, = self.host.hooks(REPOSITORY)
                key, = self.host.keys(REPOSITORY)
                self.assertEqual((str(hook["id"]), str(key["id"])), (setup.hook_ref, setup.key_ref))
                self.assertEqual(hook["secret"], hook_secret(setup))
                self.assertTrue(same_key(key["key"], setup.public_key))
                token = setup.token_id
                self.assertEqual((token.state, token.ended_how, token.revocation), ("ended", "used", revocation))
                self.assertEqual(self.host.tokens()[0]["revoked"], revocation == "done")
                self.assertEqual(len(token.use_ids), 2)
                self.assertFalse(self.env["unicdo.oauth.seal"].search([]))
                page = self.url_open("/my/privacy/connections").text
                self.assertIn(f"Made a webhook in {REPOSITORY}", page)
                self.assertIn("Its work was done", page)

    def test_the_private_key_is_sealed(self):
        """TOK-1: neither it nor the secret stands in the row, and nobody reads them."""
        setup = self._done()
        officer, admin = self._user_with_role("officer"), self._user_with_role("admin")
        self.assertNotIn("sealed_private", setup.with_user(officer).read()[0])
        with self.assertRaises(AccessError):
            setup.with_user(officer).read(["sealed_private"])
        with self.assertRaises(AccessError):
            setup.with_user(admin).read(["repository"])
        self.env.cr.execute("SELECT row_to_json(s)::text FROM unicdo_project_setup s WHERE id = %s", [setup.id])
        row = self.env.cr.fetchone()[0]
        self.assertNotIn(hook_secret(setup), row)
        self.assertNotIn("PRIVATE KEY", base64.b64decode(setup.sealed_private).decode("latin-1"))

    def _begun(self, kind="github_app", **vals):
        """A project whose code host is connected, and whose repository is to be chosen."""
        provider = self._provider(kind, **vals)
        self._press(f"{PROJECTS}/new", provider=provider.id)
        setup = self.setups.search([], limit=1)
        self._connect(provider)
        return setup

    def _offered(self, setup, **query):
        """Names of the repositories that the page offers, and the query of its way to more."""
        page = self.url_open(f"{PROJECTS}/{setup.id}?{urlencode(query)}").text
        more = re.search(r'href="\?([^"]*)">Look further', page)
        return re.findall(r'name="repository"[^>]* value="([^"]*)"', page), more and dict(parse_qsl(unescape(more[1])))

    def test_only_repositories_of_the_person_are_offered(self):
        """TOK-1: those they administer."""
        provider = self._provider()
        self._press(f"{PROJECTS}/new", provider=provider.id)
        setup = self.setups.search([], limit=1)
        self.assertIn("To go on, connect", self.url_open(f"{PROJECTS}/{setup.id}").text)
        self._connect(provider, user="guest")
        self.assertEqual(self._offered(setup), ([], None), "a member who does not administer it")
        self.assertEqual(self._offered(setup, search=REPOSITORY), ([], None))
        self._connect(provider)
        offered, more = self._offered(setup)
        self.assertIn(REPOSITORY, offered)
        self.assertEqual((len(offered), more), (42, None), "the last page leads to no other")
        for query in ("search=%00", "page=x", "page=99999999999", "search=<script>alert(1)</script>", "page=-1"):
            answer = self.url_open(f"{PROJECTS}/{setup.id}?{query}")
            self.assertEqual(answer.status_code, 200)
            self.assertNotIn("<script>alert(1)", answer.text)

    def test_all_repositories_are_searched(self):
        """TOK-1: whatever page of the code host's they stand on, a bounded number of pages at a time."""
        for kind in ("github_app", "gitlab"):
            with self.subTest(kind), patch("odoo.addons.unicdo_privacy.tools.code_host.PER_PAGE", 5):
                self.host.reset()
                setup = self._begun(kind)
                for search in ("SHOP", "octo sho", "  shop "):
                    self.assertEqual(self._offered(setup, search=search), ([REPOSITORY], None), search)
                self.assertEqual(self._offered(setup, search="part&#+"), ([], None))
                offered, more = self._offered(setup, search="part-")
                self.assertEqual((len(offered), more), (40, None))

    def test_what_is_searched_for_is_looked_for_in_steps(self):
        """TOK-1: whoever has very many goes on where the last step ended."""
        setup = self._begun()
        steps = "odoo.addons.unicdo_privacy.models.unicdo_project_steps"
        with patch("odoo.addons.unicdo_privacy.tools.code_host.PER_PAGE", 5), patch(f"{steps}.PAGES", 3):
            self.assertEqual(self._offered(setup, search="site"), ([], {"search": "site", "page": "4"}))
            self.assertIn("Nothing was found so far", self.url_open(f"{PROJECTS}/{setup.id}?search=site").text)
            self.assertEqual(self._offered(setup, search="site", page=4), ([], {"search": "site", "page": "7"}))
            self.assertEqual(self._offered(setup, search="site", page=7), (["octo/site"], None))
            self.assertEqual(self._offered(setup, search="octo/site"), (["octo/site"], None), "by its whole name at once")
            self.assertIn("From the beginning", self.url_open(f"{PROJECTS}/{setup.id}?search=site&page=4").text)
        with patch("odoo.addons.unicdo_privacy.tools.code_host.PER_PAGE", 5), patch(f"{steps}.ENOUGH", 5):
            self.assertEqual(len(self._offered(setup)[0]), 5)

    def test_a_repository_is_named_by_its_address_too(self):
        """TOK-1: as browsers show it and git takes it; an address elsewhere is refused in words."""
        for kind in ("github_app", "gitlab"):
            self.host.reset()
            setup = self._begun(kind)
            web, server = self.host.url, urlsplit(self.host.url).hostname
            for address in (
                f"{web}/{REPOSITORY}", f"{web}/{REPOSITORY}.git", f"{web}/{REPOSITORY}/", f"  {web}/{REPOSITORY}.git/ ",
                f"git@{server}:{REPOSITORY}.git", f"ssh://git@{server}:22/{REPOSITORY}", f"{REPOSITORY}/", f"{REPOSITORY}.git",
            ):
                with self.subTest(f"{kind} {address}"):
                    self.assertEqual(self._offered(setup, search=address), ([REPOSITORY], None))
                    self._press(f"{PROJECTS}/{setup.id}/choose", repository=address)
                    self.assertEqual((setup.state, setup.repository), ("chosen", REPOSITORY))
                    self._press(f"{PROJECTS}/{setup.id}/choose")
            for address in ("https://elsewhere.example/octo/shop", "git@elsewhere.example:octo/shop.git"):
                page = self._press(f"{PROJECTS}/{setup.id}/choose", repository=address)
                self.assertIn("an address at elsewhere.example", page.text)
                self.assertIn("an address at elsewhere.example", self.url_open(f"{PROJECTS}/{setup.id}?search={address}").text)
                self.assertEqual(setup.state, "draft")

    def test_a_repository_that_moved_is_told_so(self):
        """TOK-1: the code host redirects, which is not followed; the person names it anew."""
        setup = self._begun()
        self.host.fail("GET /repos/octo/shop", "redirect_same")
        page = self._press(f"{PROJECTS}/{setup.id}/choose", repository=REPOSITORY)
        self.assertIn("another name or owner now", page.text)

    def test_an_old_problem_does_not_outlive_a_new_connection(self):
        """TOK-1: what went wrong is told at once, and again as long as it says something of what is now."""
        setup = self._begun()
        page = self._press(f"{PROJECTS}/{setup.id}/choose", repository="octo/none")
        self.assertIn("does not let us", page.text)
        self.assertNotIn("does not let us", self.url_open(f"{PROJECTS}/{setup.id}").text, "the list has come meanwhile")
        self._press(f"{PROJECTS}/{setup.id}/choose", repository=REPOSITORY)
        self.host.fail("POST /repos/*/keys", 401)
        self.assertIn("any more. Please connect again", self._run(setup).text)
        with freeze_time(fields.Datetime.now() + timedelta(seconds=2)):
            token = self._connect(setup.provider_id)
            page = self.url_open(f"{PROJECTS}/{setup.id}").text
            self.assertNotIn("Please connect again", page)
            self.assertIn("Try again", page)
            self.host.fail("POST /repos/*/keys", 503)
            self._run(setup)
        # a test's transaction writes the time at which it began
        self.env.cr.execute(
            "UPDATE unicdo_project_setup SET write_date = %s", [token.created_at + timedelta(seconds=1)],
        )
        self.assertIn("does not answer", self.url_open(f"{PROJECTS}/{setup.id}").text, "met with this connection")
        self.authenticate(None, None)
        self.authenticate(self.person.login, self.person.login)
        self.assertNotIn("does not answer", self.url_open(f"{PROJECTS}/{setup.id}").text, "signed in again")

    def test_a_project_has_a_name_whatever_is_known_of_it(self):
        """TOK-3: also before a repository is chosen, and after the content is gone."""
        setup = self._begun()
        self.assertIn("New project", self.url_open(PROJECTS).text)
        self._press(f"{PROJECTS}/{setup.id}/choose", repository=REPOSITORY)
        self.assertEqual(setup.display_name, REPOSITORY)
        setup.write({"state": "removed"})
        setup._forget_content()
        page = self.url_open(f"{PROJECTS}/{setup.id}").text
        self.assertIn(f"Project {setup.id}", page)
        self.assertNotIn("New project", page)

    def test_no_other_repository_is_chosen(self):
        """TOK-1."""
        provider = self._provider()
        self._press(f"{PROJECTS}/new", provider=provider.id)
        setup = self.setups.search([], limit=1)
        self._connect(provider)
        for name in ("octo/none", "../user", "octo/shop/../../user", "", "x" * 500, "octo/shop?x=1"):
            page = self._press(f"{PROJECTS}/{setup.id}/choose", repository=name)
            self.assertIn("does not let us", page.text)
            self.assertEqual(setup.state, "draft")

    def test_each_step_is_done_once(self):
        """TOK-1: a second click, and an answer that was lost, make no second hook or key."""
        for pattern, mode in (
            ("POST /repos/*/hooks", "after:500"), ("POST /repos/*/hooks", "after:cut"),
            ("POST /repos/*/keys", "after:drop"), ("POST /repos/*/keys", "after:invalid_json"),
        ):
            with self.subTest(f"{pattern} {mode}"):
                self.host.reset()
                setup = self._project()
                self.host.fail(pattern, mode)
                page = self._run(setup)
                self.assertIn("does not answer", page.text)
                self.assertEqual((setup.state, setup.token_id.state), ("working", "alive"))
                self._run(setup)
                self._run(setup)
                self.assertEqual(len(self.host.hooks(REPOSITORY)), 1)
                self.assertEqual(len(self.host.keys(REPOSITORY)), 1)
                self.assertEqual(setup.state, "verifying")

    def test_it_goes_on_where_it_stopped(self):
        """TOK-1: whatever fails for a while, in every step."""
        for pattern, mode in (
            ("GET /repos/*/hooks", 500), ("POST /repos/*/hooks", 403), ("GET /repos/*/keys", 429),
            ("POST /repos/*/keys", "drop"), ("GET /repos/*/keys/*", "wrong_type"), ("POST /repos/*/pings", 503),
        ):
            with self.subTest(f"{pattern} {mode}"):
                self.host.reset()
                setup = self._project()
                self.host.fail(pattern, mode)
                self._run(setup)
                self.host.heal()
                self._run(setup)
                self._deliver(setup)
                self._press(f"{PROJECTS}/{setup.id}/verify")
                self.assertEqual(setup.state, "done", setup.problem)
                self.assertEqual((len(self.host.hooks(REPOSITORY)), len(self.host.keys(REPOSITORY))), (1, 1))

    def test_what_is_refused_is_undone(self):
        """TOK-1: nothing of ours is left at the code host."""
        for pattern, mode in (("POST /repos/*/keys", 422), ("GET /repos/*/keys/*", 404), ("POST /repos/*/hooks", 404)):
            with self.subTest(pattern):
                self.host.reset()
                setup = self._project()
                self.host.fail(pattern, mode)
                page = self._run(setup)
                self.assertIn("removed again", page.text)
                self.assertEqual((setup.state, setup.hook_ref, setup.key_ref), ("failed", False, False))
                self.assertFalse(self.host.hooks(REPOSITORY))
                self.assertFalse(self.host.keys(REPOSITORY))
                self._run(setup)
                self.assertIn(setup.state, ("verifying", "done"))

    def test_a_token_that_is_refused_means_connecting_again(self):
        """TOK-1, TOK-2: no error page; what was made stays, and the set-up goes on with another token."""
        setup = self._project()
        self.host.fail("POST /repos/*/keys", 401)
        page = self._run(setup)
        self.assertIn("Please connect again", page.text)
        self.assertEqual((setup.state, setup.token_id.ended_how), ("working", "refused"))
        self.assertTrue(setup.hook_ref)
        self._connect(setup.provider_id)
        self._run(setup)
        self.assertEqual((len(self.host.hooks(REPOSITORY)), len(self.host.keys(REPOSITORY))), (1, 1))

    def test_looking_at_a_project_changes_nothing(self):
        """TOK-1: whatever the code host says when its repositories are listed; a connection that it refuses is ended by the
        one that takes its place."""
        provider = self._provider()
        self._press(f"{PROJECTS}/new", provider=provider.id)
        setup = self.setups.search([], limit=1)
        token = self._connect(provider)
        for mode, text in ((401, "Please connect again"), (404, "does not let us"), (500, "does not answer")):
            self.host.fail("GET /user/repos", mode)
            page = self.url_open(f"{PROJECTS}/{setup.id}").text
            self.env.invalidate_all()
            self.assertIn(text, page)
            self.assertEqual("To go on, connect" in page, mode == 401)
            self.assertEqual((setup.state, setup.problem, token.state), ("draft", False, "alive"))
        self._connect(provider)
        self.assertEqual(token.ended_how, "replaced")
        self.assertIn(f'value="{REPOSITORY}"', self.url_open(f"{PROJECTS}/{setup.id}").text)

    def test_no_token_is_sent_to_another_host(self):
        """TOK-1: redirects are not followed."""
        for pattern, mode in (
            ("POST /repos/*/hooks", "redirect_port"), ("GET /repos/*/keys/*", "redirect_name"),
            ("POST /repos/*/keys", "redirect_same"),
        ):
            self.host.reset()
            setup = self._project()
            self.host.fail(pattern, mode)
            self._run(setup)
            self.assertEqual(setup.state, "failed")
        self.assertFalse(self.host.stray_calls)

    def test_only_genuine_deliveries_count(self):
        """TOK-1: signed with the secret of this very project; nothing else verifies the webhook."""
        setup = self._project()
        self._run(setup)
        self.assertEqual((setup.state, bool(setup.hook_verified_at)), ("verifying", False))
        self.assertEqual(self._deliver(setup, secret="x" * 43), 401)
        self.assertEqual(self._deliver(setup, secret=""), 401)
        self.assertEqual(self.url_open("/unicdo/project/hook/nobody", data=b"{}").status_code, 404)
        self.assertEqual(self.url_open(f"/unicdo/project/hook/{setup.hook_name}").status_code, 405)
        self.assertFalse(setup.hook_verified_at)
        self.assertIn("We wait for", self._press(f"{PROJECTS}/{setup.id}/verify").text)
        self.assertEqual(self._deliver(setup), 204)
        self.assertTrue(setup.hook_verified_at)
        self._press(f"{PROJECTS}/{setup.id}/verify")
        self.assertEqual((setup.state, setup.token_id.ended_how), ("done", "used"))

    def test_who_leaves_the_page_does_not_leave_the_token(self):
        """TOK-2: once both work, a job drops it."""
        setup = self._project()
        self._run(setup)
        self._deliver(setup)
        self.env["unicdo.oauth.token"]._sweep()
        self.assertEqual((setup.state, setup.token_id.state), ("verifying", "alive"), "the page still looks by itself")
        setup.delivery_ids.first_at = fields.Datetime.now() - timedelta(minutes=3)
        self.env["unicdo.oauth.token"]._sweep()
        self.assertEqual((setup.state, setup.token_id.ended_how), ("done", "used"))
        self.assertFalse(self.env["unicdo.oauth.seal"].search([]))

    def test_a_project_is_removed_with_a_connection(self):
        """TOK-1: hook and key by the numbers that were remembered."""
        setup = self._done()
        secret = hook_secret(setup)
        self._press(f"{PROJECTS}/{setup.id}/remove")
        self.assertEqual(setup.state, "removing")
        self.assertFalse(hook_secret(setup), "the secrets go without a connection")
        self.assertEqual(self._deliver(setup, secret=secret), 410)
        self.assertEqual(len(self.host.keys(REPOSITORY)), 1)
        self._connect(setup.provider_id)
        self.host.fail("DELETE /repos/*", 500)
        self.assertIn("does not answer", self._press(f"{PROJECTS}/{setup.id}/remove").text)
        self._press(f"{PROJECTS}/{setup.id}/remove")
        self.assertEqual(setup.state, "removed")
        self.assertFalse(self.host.hooks(REPOSITORY))
        self.assertFalse(self.host.keys(REPOSITORY))
        self.assertFalse(self.tokens.search([]).filtered(lambda token: token.state == "alive"))

    def test_who_removed_it_by_hand_says_so(self):
        setup = self._done("gitlab")
        self._press(f"{PROJECTS}/{setup.id}/remove")
        self._press(f"{PROJECTS}/{setup.id}/removed")
        self.assertEqual((setup.state, setup.hook_ref), ("removed", False))

    def test_others_projects_are_not_there(self):
        setup = self._project()
        other = self._user_with_role("portal", "bob@example.com")
        self.authenticate(other.login, other.login)
        self.assertEqual(self.url_open(f"{PROJECTS}/{setup.id}").status_code, 404)
        page = self.url_open("/my/privacy/connections")
        for act in ("choose", "run", "verify", "remove", "removed", "connect"):
            answer = self.url_open(f"{PROJECTS}/{setup.id}/{act}", data={"csrf_token": self._csrf_any(page)})
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(setup.state, "chosen")

    def _csrf_any(self, page):
        return page.text.split('csrf_token: "')[1].split('"')[0]

    def test_the_end_of_hosting_ends_its_projects(self):
        """TOK-3: removal begins, the content can be fetched until the day named, and is removed the day after."""
        setup = self._done()
        lifecycle, partner = self.env["unicdo.lifecycle"].sudo(), self.person.partner_id
        other = self._user_with_role("portal", "bob@example.com")
        lifecycle._hosting_ended(other.partner_id, "", date(2026, 12, 31))
        self.assertEqual(setup.state, "done", "somebody else's hosting")
        setup.database = "ann"
        lifecycle._hosting_ended(partner, "other", date(2026, 12, 31))
        self.assertEqual(setup.state, "done", "another database of the same customer")
        lifecycle._hosting_ended(partner, "ann", date(2026, 12, 31))
        self.assertEqual((setup.state, setup.content_until), ("removing", date(2026, 12, 31)))
        self.assertFalse(hook_secret(setup))
        self.assertFalse(setup.vault_key_id)
        with freeze_time("2026-12-31 23:59:59"):
            self.setups._drop_content()
            self.assertEqual(setup.repository, REPOSITORY)
        with freeze_time("2027-01-01 00:00:00"):
            self.setups._drop_content()
        self.assertFalse(setup.repository or setup.public_key or setup.hook_ref or setup.key_ref)
        self.assertTrue(setup.content_gone_at)
        kinds = self.env["unicdo.ledger.event"].search([("res_model", "=", setup._name)]).mapped("kind")
        self.assertEqual(sorted(kinds), ["project.content_gone", "project.removal"])

    def test_the_end_of_hosting_reaches_its_customer_only(self):
        """TOK-3: not a company of its own below the customer, nor a database with which another subscription goes on; an
        archived person's project too."""
        setup = self._done()
        family, daughter = self.env["res.partner"].create([{"name": "Mother", "is_company": True},
                                                           {"name": "Daughter", "is_company": True}])
        daughter.parent_id = family
        self.person.partner_id.parent_id = daughter
        lifecycle = self.env["unicdo.lifecycle"].sudo()
        lifecycle._hosting_ended(family, "", date(2026, 12, 31))
        self.assertEqual(setup.state, "done")
        setup.database = "ann"
        with patch.object(type(lifecycle), "_hosted_databases", lambda _self, _partner: ["ann"]):
            lifecycle._hosting_ended(daughter, "ann", date(2026, 12, 31))
            self.assertEqual(setup.state, "done")
        self.person.active = False
        lifecycle._hosting_ended(daughter, "ann", date(2026, 12, 31))
        self.assertEqual(setup.state, "removing")

    def test_what_is_begun_twice_is_one(self):
        """TOK-1: pressing the button makes no heap of empty projects; every one can be reached, however many there are."""
        provider = self._provider()
        for _number in range(3):
            self._press(f"{PROJECTS}/new", provider=provider.id)
        setup = self.setups.search([])
        self.assertEqual(len(setup), 1)
        setup.copy({"state": "removed", "hook_name": "x" * 32})
        with patch("odoo.addons.unicdo_privacy.controllers.project.SHOWN", 1):
            self.assertEqual(self.url_open(f"{PROJECTS}/{setup.id}").status_code, 200)
        self.assertEqual(self.url_open(f"{PROJECTS}/{'9' * 30}").status_code, 404)

    def test_a_person_does_not_begin_without_end(self):
        """TOK-1: what is begun and not set up is counted; what is discarded before anything was made leaves no row."""
        provider = self._provider()
        vals = {"user_id": self.person.id, "provider_id": provider.id, "state": "chosen"}
        first, _second, done = self.setups.create([
            {**vals, "repository": "octo/one"}, {**vals, "repository": "octo/two"}, {**vals, "state": "done"},
        ])
        with patch("odoo.addons.unicdo_privacy.models.unicdo_project_setup.MOST_BEGUN", 2):
            page = self._press(f"{PROJECTS}/new", provider=provider.id)
            self.assertIn("before you begin another", page.text)
            self.assertEqual(self.setups.search_count([]), 3)
            self._press(f"{PROJECTS}/{first.id}/remove")
            self.assertFalse(first.exists())
            self._press(f"{PROJECTS}/new", provider=provider.id)
        self.assertEqual(self.setups.search([]).mapped("state"), ["draft", "done", "chosen"])
        self.assertTrue(done.exists())

    def test_a_repository_is_set_up_once(self):
        """TOK-1: choosing it again, in whatever letters, leads to the project that is there; one that is over, or serves
        another hosted database, is another."""
        setup = self._project()
        self._press(f"{PROJECTS}/new", provider=setup.provider_id.id)
        draft = self.setups.search([], limit=1)
        for database, state, leads_to in (
            (False, "chosen", setup), (False, "done", setup), ("ann", "done", draft), (False, "removed", draft),
        ):
            setup.write({"database": database, "state": state})
            page = self._press(f"{PROJECTS}/{draft.id}/choose", repository="Octo/SHOP")
            self.assertTrue(page.url.endswith(f"/{leads_to.id}"), (database, state, page.url))
        for name in ("", "octo/none"):
            self.assertTrue(self._press(f"{PROJECTS}/{draft.id}/choose", repository=name).url.endswith(f"/{draft.id}/choose"))

    def test_the_address_of_deliveries_answers_briefly(self):
        """TOK-1: to strangers with any name, and without the vault."""
        for name in ("%00", "a" * 32, "%F0%9F%92%A9", "a" * 5000):
            self.assertEqual(self.url_open(f"{HOOK}{name}", data=b"{}").status_code, 404, name)
        setup = self._done()
        with patch.dict("os.environ", {"UNICDO_VAULT_KEY": ""}):
            self.assertEqual(self._deliver(setup, secret="x"), 503)
        self.assertEqual(self._deliver(setup, secret="x"), 401)

    def test_a_code_host_that_was_taken_over_breaks_nothing(self):
        """TOK-1: whatever it answers is a page, and no step away from its own addresses."""
        setup = self._project()
        for answer in (b"[1, null]", b'"x"', b"7", b'{"id": "../../x", "key": 7}', b'[{"id": {}, "config": "x"}]', b"[" * 9999):
            with patch(
                "odoo.addons.unicdo_privacy.models.unicdo_project_steps.call",
                lambda answer=answer, **_asked: Answer(200, {}, answer),
            ):
                page = self._run(setup)
            self.assertEqual(page.status_code, 200)
            self.assertFalse(setup.hook_ref or setup.key_ref)

    def test_two_requests_at_once_make_one(self):
        """TOK-1: the second is told to wait."""
        setup = self._project()
        with patch("odoo.addons.unicdo_privacy.models.unicdo_project_steps.is_free", return_value=False):
            self.assertIn("being set up just now", self._run(setup).text)
        self.assertFalse(self.host.hooks(REPOSITORY))

    def test_a_code_host_with_projects_stays_what_it_is(self):
        """TOK-1: its kind is not changed while projects need it; what stands elsewhere in the form can be written again."""
        setup = self._project()
        provider = setup.provider_id
        self.tokens.search([]).unlink()
        for kind in ("github_oauth", "gitlab", "oauth2"):
            with self.assertRaisesRegex(UserError, "its kind stays"):
                provider.kind = kind
        provider.write({"kind": "github_app", "name": "Renamed"})
        setup.state = "removed"
        provider.kind = "gitlab"

    def test_a_kind_changed_by_sql_is_told_in_words(self):
        """TOK-1: neither the page nor a delivery breaks."""
        setup = self._project()
        self._run(setup)
        self.env.cr.execute("UPDATE unicdo_oauth_provider SET kind = 'oauth2' WHERE id = %s", [setup.provider_id.id])
        self.env.invalidate_all()
        self.assertIn("is not known as a code host", self._run(setup).text)
        self.assertEqual(self._deliver(setup), 503)
        self.assertFalse(setup.hook_verified_at)
