# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from base64 import b64decode

from odoo import Command
from odoo.tests import tagged

from ..const import GROUP, PURPOSE
from ..tools.inside import inside
from .common import RecordingCase, events_in

PAGE = "/my/privacy/recordings"


class OwnCase(RecordingCase):
    def setUp(self):
        super().setUp()
        self.user = self._user_with_role("portal")
        self.other = self._user_with_role("portal", "other@example.com")
        self.others = self._record(self.other)
        self.own = self._record(self.user)

    def _record(self, user):
        """A cleaned recording of somebody.

        :return: what ``/recording/begin`` granted
        """
        self._agree(user)
        grant = self._begin()
        self._send(grant)
        with inside():
            self._recording(grant)._clean_received()
        return grant

    def _post(self, path, **data):
        page = self.url_open(PAGE)
        return self.url_open(path, data={"csrf_token": self._csrf(page), **data}, allow_redirects=False)

    def _let_its_date_come(self, grant):
        self.env.cr.execute("UPDATE unicdo_recording SET destroy_at = now() WHERE uuid = %s", [grant["recording"]])
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestOwnRecordings(OwnCase):
    """REC-3: a person sees, gets and removes their own recordings, and nobody else's."""

    def test_the_page_lists_own_recordings_only(self):
        """REC-3"""
        page = self.url_open(PAGE).text
        self.assertIn(self.own["recording"], page)
        self.assertNotIn(self.others["recording"], page)

    def test_the_page_tells_when_and_by_which_role_it_was_watched(self):
        """REC-2: by the role, and not by whom."""
        watcher = self._user_with_role("usability", module="unicdo_trial_recording", name="Wanda Watcher")
        with inside():
            self.env["unicdo.recording.view"].with_user(watcher).sudo().create({
                "recording_id": self._recording(self.own).id, "role": GROUP,
            })
        page = self.url_open(PAGE).text
        self.assertIn("by the role R&amp;D usability", page)
        self.assertNotIn("Wanda", page)

    def test_nothing_is_handed_out_before_it_is_sure_who_asks(self):
        """REC-3"""
        answer = self._post(f"{PAGE}/get", recording=self.own["recording"])
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/my/privacy/confirm?action=recording.own", answer.headers["Location"])

    def _confirmed(self):
        self._confirm_identity("recording.own", self.user.login, PAGE)

    def test_a_person_gets_their_own_as_one_file(self):
        """REC-3: a package that replays offline."""
        self._confirmed()
        answer = self._post(f"{PAGE}/get", recording=self.own["recording"])
        self.assertEqual(answer.status_code, 200)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        packed = answer.text.split('id="events">')[1].split("</script>")[0]
        self.assertEqual([event["type"] for event in events_in(b64decode(packed))], [4])

    def test_a_row_that_names_somebody_else_hands_out_nothing(self):
        """REC-3: not even to whoever can change the database's rows, for it was sealed for its person."""
        self._confirmed()
        self.env.cr.execute(
            "UPDATE unicdo_recording SET person = (SELECT person FROM unicdo_recording WHERE uuid = %s) WHERE uuid = %s",
            [self.own["recording"], self.others["recording"]],
        )
        self.env.invalidate_all()
        self.assertIn("not there any more", self._post(f"{PAGE}/get", recording=self.others["recording"]).text)

    def test_a_person_does_not_get_anothers(self):
        """REC-3"""
        self._confirmed()
        for uuid in (self.others["recording"], "", "x", "../x", "0" * 32):
            answer = self._post(f"{PAGE}/get", recording=uuid)
            self.assertNotIn("Content-Disposition", answer.headers)
            self.assertIn("not there any more", answer.text)

    def test_nothing_is_shown_or_handed_out_past_its_date(self):
        """REC-4: from that instant on, for the person too."""
        self._confirmed()
        self._let_its_date_come(self.own)
        self.assertNotIn(self.own["recording"], self.url_open(PAGE).text)
        self.assertIn("not there any more", self._post(f"{PAGE}/get", recording=self.own["recording"]).text)

    def test_removing_one_destroys_it_at_once_with_a_certificate(self):
        """REC-3"""
        self.own_too = self._record(self.user)
        page = self._post(f"{PAGE}/remove", recording=self.own["recording"]).text
        [number] = re.findall(r"No\. (\d+)", page)
        event = self.env["unicdo.ledger.event"].sudo().browse(int(number))
        self.assertEqual((event.kind, event.detail["recording"]), ("recording.destroyed", self.own["recording"]))
        self.assertEqual(event.detail["why"], "requested")
        self.assertFalse(self._recording(self.own))
        self.assertTrue(self._recording(self.own_too))

    def test_removing_all_removes_nobody_elses(self):
        """REC-3"""
        self._post(f"{PAGE}/remove", recording="all")
        self.assertFalse(self._recording(self.own))
        self.assertTrue(self._recording(self.others))
        self._post(f"{PAGE}/remove", recording=self.others["recording"])
        self.assertTrue(self._recording(self.others))

    def test_looking_changes_nothing(self):
        for path in ("remove", "get", "choose", "again"):
            self.assertIn(self.url_open(f"{PAGE}/{path}").status_code, (404, 405))
        self.assertTrue(self._recording(self.own))

    def test_the_switch_works_without_javascript(self):
        """REC-1: off destroys what there is; on needs the text that applies."""
        answer = self._post(f"{PAGE}/choose", choice="withdrawn")
        self.assertEqual(answer.status_code, 303)
        self.assertFalse(self._recording(self.own))
        self.assertIn("changed=1", self._post(f"{PAGE}/choose", choice="given", shown="0" * 64).headers["Location"])
        self.assertFalse(self._begin())
        shown = self._rpc("/recording/notice")["hash"]
        self.assertNotIn("changed", self._post(f"{PAGE}/choose", choice="given", shown=shown).headers["Location"])
        self.assertTrue(self._begin())

    def test_withdrawing_stays_possible_when_nothing_is_offered_any_more(self):
        """REC-1"""
        self.env["ir.config_parameter"].sudo().set_param("unicdo_trial_recording.is_trial", False)
        self.assertIn("o_unicdo_card_recordings", self.url_open("/my/privacy").text)
        self._post(f"{PAGE}/choose", choice="withdrawn")
        self.assertFalse(self._recording(self.own))

    def test_the_whole_way_in_a_browser(self):
        """REC-3: from the privacy centre to the certificate."""
        self.user.tour_enabled = False
        with inside():
            self.env["unicdo.recording.view"].sudo().create({"recording_id": self._recording(self.own).id, "role": GROUP})
        self.start_tour("/my/privacy", "unicdo_recording_portal", login=self.user.login)
        self.assertFalse(self._recording(self.own))
        self.assertTrue(self._recording(self.others))


@tagged("post_install", "-at_install")
class TestNobodyLearnsWhoAgreed(OwnCase):
    """REC-1: neither the administrator nor the officer, nor code that acts with all rights, sees who agreed."""

    def _all_rows(self):
        """Every row of this database's tables that names the user or their contact, as code with all rights reads it.

        :return: dict of table → number
        """
        self.env.flush_all()
        found = {}
        for model in self.env.values():
            if model._abstract or model._transient or not model._auto:
                continue
            for name, field in model._fields.items():
                ids = {"res.users": self.user.ids, "res.partner": self.user.partner_id.ids}.get(field.comodel_name)
                if field.store and field.type == "many2one" and ids:
                    self.env.cr.execute(f'SELECT count(*) FROM "{model._table}" WHERE "{name}" IN %s', [tuple(ids)])  # noqa: S608
                    found[f"{model._table}.{name}"] = self.env.cr.fetchone()[0]
        return {table: count for table, count in found.items() if count}

    def test_no_row_names_who_chose_or_was_recorded(self):
        """REC-1: choosing, being recorded, looking, confirming, getting and removing leave no row that names the person."""
        quiet = self._user_with_role("portal", "quiet@example.com")
        self.user = quiet
        before = self._all_rows()
        self._record(quiet)
        self._confirm_identity("recording.own", quiet.login, PAGE)
        self.own = self._record(quiet)
        self._post(f"{PAGE}/get", recording=self.own["recording"])
        self._post(f"{PAGE}/remove", recording=self.own["recording"])
        after = self._all_rows()
        signing_in = {"res_device_log.user_id", "res_users_log.create_uid", "res_users_log.write_uid", "mail_presence.user_id",
                      "mail_presence.create_uid", "mail_presence.write_uid", "res_users_settings.user_id"}
        changed = {name for name in before | after if before.get(name) != after.get(name)} - signing_in
        self.assertFalse(changed)

    def test_events_name_nobody(self):
        """REC-1: not the person, and not who acted."""
        events = self.env["unicdo.consent.event"].sudo().search([("purpose_key", "=", PURPOSE)])
        self.assertTrue(events)
        self.assertFalse(events.partner_id)
        self.assertEqual(set(events.mapped("actor_id")), {1})
        ledger = self.env["unicdo.ledger.event"].sudo().search([("kind", "=like", "recording.%")])
        self._post(f"{PAGE}/remove", recording="all")
        ledger = self.env["unicdo.ledger.event"].sudo().search([("kind", "=like", "recording.%")]) - ledger
        self.assertTrue(ledger)
        self.assertEqual(set(ledger.mapped("actor_uid")), {1})
        self.assertFalse(any(ledger.mapped("subject")))

    def test_confirming_who_one_is_for_recordings_is_in_no_ledger(self):
        """REC-1: that somebody gets recordings would say that they agreed."""
        self._confirm_identity("recording.own", "wrong", PAGE)
        self._confirm_identity("recording.own", self.user.login, PAGE)
        events = self.env["unicdo.ledger.event"].sudo().search([("kind", "=like", "recheck.%")])
        self.assertFalse([event for event in events if (event.detail or {}).get("action") == "recording.own"])
        self.assertFalse(self.env["unicdo.recheck"].sudo().search([("action", "=", "recording.own")]))

    def test_staff_find_nothing_of_it_about_a_person(self):
        """REC-1: neither in the consents, nor where data was found, nor in an export."""
        officer = self._user_with_role("officer")
        for user in (officer, self._user_with_role("admin")):
            env = self.env(user=user)
            found = self.env["unicdo.data.map"]._count(self.user.partner_id)
            self.assertFalse([key for key in found if key.startswith("unicdo.recording")])
            consents = env["unicdo.consent"].sudo().search([("partner_id", "=", self.user.partner_id.id)])
            self.assertNotIn(PURPOSE, consents.purpose_id.mapped("key"))
        exported = self.env["unicdo.consent"].sudo().search([("purpose_id.key", "=", PURPOSE)]).export_data(
            ["partner_id/name", "subject_id/partner_id/name", "state"]
        )["datas"]
        self.assertEqual({row[0] or row[1] or "" for row in exported}, {""})

    def test_a_server_action_with_all_rights_learns_nothing(self):
        """REC-1, REC-2: by the module's own words neither."""
        admin = self._user_with_role("admin")
        code = """
recheck = env["unicdo.recheck"].with_user(UID).sudo()
found = [len(recheck._kept("pass", "recording.own")), recheck._session_digest()]
try:
    found.append(len(env["unicdo.recording"].sudo().search([])))
except Exception:
    found.append("refused")
action = {"type": "ir.actions.client", "tag": "x", "params": {"found": found}}
""".replace("UID", str(self.user.id))
        self._confirm_identity("recording.own", self.user.login, PAGE)
        action = self.env["ir.actions.server"].create({
            "name": "Curious", "model_id": self.env["ir.model"]._get_id("res.partner"), "state": "code", "code": code,
        })
        self.assertEqual(action.with_user(admin).sudo().run()["params"]["found"], [0, "", "refused"])

    def test_what_we_hold_says_where_recordings_are(self):
        """REC-3: in the same words for everybody, whether there is any or not."""
        pages = []
        for user in (self.user, self._user_with_role("portal", "never@example.com")):
            self.authenticate(user.login, user.login)
            page = self.url_open("/my/privacy/data").text
            pages.append(page.partition('<section class="o_unicdo_kept_apart')[2].partition("</section>")[0])
        self.assertIn(PAGE, pages[0])
        self.assertEqual(*pages)

    def test_the_card_is_the_persons_own(self):
        """REC-1: an administrator who looks at the privacy centre sees their own card."""
        admin = self._user_with_role("admin")
        admin.group_ids = [Command.link(self.env.ref("base.group_user").id)]
        self.authenticate(admin.login, admin.login)
        self.assertIn("To decide", self.url_open("/my/privacy").text)
        self.assertNotIn(self.own["recording"], self.url_open(PAGE).text)
