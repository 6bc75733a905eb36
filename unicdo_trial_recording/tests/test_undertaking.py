# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import GROUP, UNDERTAKING
from .common import MODULE
from .test_watch import WatchCase


@tagged("post_install", "-at_install")
class TestUndertaking(WatchCase):
    """REC-2: nobody watches before they have acknowledged that it is confidential; again when the text changes."""

    def setUp(self):
        super().setUp()
        self.newcomer = self._user_with_role("usability", login="newcomer@example.com", module=MODULE)

    def _shown(self, page):
        return page.text.split('name="shown" value="')[1].split('"')[0]

    def _press(self, page, **answers):
        return self.url_open(self.url, data={"csrf_token": self._csrf(page), **answers}, allow_redirects=False)

    def _sign_in(self, user=None):
        """Sign in and prove who it is.

        :return: the page of the recording
        """
        user = user or self.newcomer
        self.authenticate(user.login, user.login)
        self._confirm_identity("recording.watch", user.login, self.url)
        return self.url_open(self.url)

    def _publish(self, body):
        self.undertaking.body = body
        self.undertaking.action_publish()
        self.env.flush_all()

    def _acts(self, user):
        return self.env["unicdo.consent.event"]._of_partner(user.partner_id).filtered("version_id")

    def _refuses_everything(self):
        for path in ("/events", "/sheets"):
            self.assertEqual(self.url_open(self.url + path).status_code, 403, path)
        for path, params in (("", {}), ("/save", {"text": "x"}), ("/delete", {"note": 1})):
            with self.assertRaises(Exception, msg=path):
                self._rpc(f"{self.url}/notes{path}", **params)

    @mute_logger("odoo.http")
    def test_it_is_acknowledged_on_the_same_page_once(self):
        """REC-2: text, tick and button; then watching, without being asked again."""
        page = self._sign_in()
        self.assertIn("keep confidential what I see", page.text)
        answer = self._press(page, shown=self._shown(page), agreed="1")
        self.assertEqual((answer.status_code, self._views()), (303, 1))
        self.assertIn("<iframe", self.url_open(self.url).text)
        [act] = self._acts(self.newcomer)
        self.assertEqual((act.what, act.actor_id), ("acknowledged", self.newcomer.id))
        self.env.cr.execute("UPDATE unicdo_recording_view SET viewed_at = viewed_at - interval '61 minutes'")
        self.assertEqual(self._press(self.url_open(self.url)).status_code, 303)
        self.assertEqual(len(self._acts(self.newcomer)), 1)

    def test_the_ledger_says_who_acknowledged_which_text(self):
        """REC-2, GOV-9: person, version and hash."""
        page = self._sign_in()
        self._press(page, shown=self._shown(page), agreed="1")
        version = self.env["unicdo.policy"]._current(UNDERTAKING)
        event = self.env["unicdo.ledger.event"].sudo().search([("kind", "=", "recording.undertaking")], limit=1)
        self.assertEqual((event.actor_uid, event.detail), (
            self.newcomer.id, {"number": version.number, "texts": [version.sha256]}))

    @mute_logger("odoo.http")
    def test_without_it_nothing_opens(self):
        """REC-2: the button without the tick, with another text, and every address by itself are refused."""
        page = self._sign_in()
        for answers in ({}, {"agreed": "1"}, {"shown": self._shown(page)}, {"shown": "0" * 64, "agreed": "1"}):
            answer = self._press(page, **answers)
            self.assertEqual(answer.status_code, 422, answers)
            self.assertNotIn("<iframe", answer.text)
        self.assertIn('role="alert"', answer.text)
        self._refuses_everything()
        self.assertEqual((self._views(), len(self._acts(self.newcomer)), len(self._watched_events())), (0, 0, 0))

    @mute_logger("odoo.http")
    def test_without_it_notes_and_exports_are_refused_by_rpc(self):
        """REC-2: the list stays as it is; rows of notes and files do not leave."""
        def call(model, method, *args, **kwargs):
            return self._rpc("/web/dataset/call_kw", model=model, method=method, args=list(args), kwargs=kwargs)

        self.newcomer.group_ids += self.env.ref("base.group_allow_export")
        self.authenticate(self.newcomer.login, self.newcomer.login)
        self.assertEqual(call("unicdo.recording", "search", []), self.recording.ids)
        for model, method, args in (
            ("unicdo.recording.note", "search", [[]]), ("unicdo.recording.note", "search_read", [[]]),
            ("unicdo.recording", "export_data", [self.recording.ids, ["uuid"]]),
        ):
            with self.assertRaises(Exception, msg=method):
                call(model, method, *args)
        self._undertake(self.newcomer)
        self.assertEqual(call("unicdo.recording.note", "search", []), [])
        self.assertTrue(call("unicdo.recording", "export_data", self.recording.ids, ["uuid"]))

    @mute_logger("odoo.http")
    def test_a_new_version_is_acknowledged_anew(self):
        """REC-2: what is open ends when a new text is published, and opens after it was acknowledged."""
        self._open()
        self.assertEqual(self.url_open(f"{self.url}/events").status_code, 200)
        old = self.env["unicdo.policy"]._current(UNDERTAKING)
        self._publish("<p>Stricter than before.</p>")
        self._refuses_everything()
        page = self._sign_in(self.watcher)
        self.assertIn("Stricter than before.", page.text)
        self.assertEqual(self._press(page, shown=old.sha256, agreed="1").status_code, 422, "the text they had on the page")
        self.assertEqual(self._press(page, shown=self._shown(page), agreed="1").status_code, 303)
        self.assertEqual(self.url_open(f"{self.url}/events").status_code, 200)

    def test_nobody_acknowledges_for_somebody_else(self):
        """REC-2: what a colleague, or an administrator in their name, wrote down does not count."""
        version, other = self.env["unicdo.policy"]._current(UNDERTAKING), self._user_with_role("admin")
        self.env["unicdo.consent"].with_user(other)._record_policy_act(
            self.newcomer.partner_id, "acknowledged", version, "staff")
        self.assertFalse(self.env["unicdo.policy"]._has_undertaken(self.newcomer))

    @mute_logger("odoo.http")
    def test_nothing_opens_while_none_is_published(self):
        """REC-2: it fails closed, and the health page says what to do."""
        self.env.cr.execute("UPDATE unicdo_policy SET active = false WHERE kind = %s", [UNDERTAKING])
        self.env.invalidate_all()
        page = self._sign_in(self.watcher)
        self.assertIn("Nobody can watch yet", page.text)
        token = self.url_open("/my").text.split('csrf_token: "')[1].split('"')[0]
        answer = self.url_open(self.url, data={"csrf_token": token, "agreed": "1", "shown": ""}, allow_redirects=False)
        self.assertEqual((answer.status_code, self._views()), (422, 0))
        self._refuses_everything()
        [check] = [check for check in self.env["unicdo.health"]._checks() if check["key"] == "undertaking"]
        self.assertEqual(check["state"], "warning")

    def test_officers_and_auditors_see_who_acknowledged_what(self):
        """REC-2: in the list of roles: which version and when, or that the current one is missing."""
        grants = self.env["unicdo.role.grant"].search([("group_id", "=", self.env.ref(GROUP).id)])
        for role in ("officer", "auditor"):
            seen = grants.with_user(self._user_with_role(role))
            texts = {grant.user_id: grant.undertaking for grant in seen}
            number = self.env["unicdo.policy"]._current(UNDERTAKING).number
            self.assertRegex(texts[self.watcher], rf"^Version {number}, ")
            self.assertEqual(texts[self.newcomer], "Not acknowledged")
            [event] = seen.filtered(lambda grant: grant.user_id == self.watcher).undertaking_event_ids
            self.assertTrue(event.policy_version_id.display_name)
        self._publish("<p>Stricter than before.</p>")
        grants.invalidate_recordset()
        own = grants.filtered(lambda grant: grant.user_id == self.watcher)
        self.assertRegex(own.undertaking, rf"^Only version {number}, ")

    def test_the_text_is_for_staff(self):
        """It stands on a page for internal users, and among nobody's own policies."""
        version = self.env["unicdo.policy"]._current(UNDERTAKING)
        portal = self._user_with_role("portal")
        self.authenticate(portal.login, portal.login)
        self.assertEqual(self.url_open(version._url()).status_code, 404)
        self.assertNotIn(version.title, self.url_open("/my/privacy/policies").text)
        self.authenticate(self.watcher.login, self.watcher.login)
        self.assertIn("keep confidential what I see", self.url_open(version._url()).text)
