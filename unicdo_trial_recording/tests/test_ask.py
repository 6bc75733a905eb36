# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..const import ALLOWED, IS_TRIAL, PURPOSE, TRIAL_END
from ..models.unicdo_recording_trial import UnicdoRecordingTrial
from ..tools.inside import inside
from .common import RecordingCase

#: what no request may contain without consent: our routes, the recorder's bundle, its library, what it needs
OURS = re.compile(r"/recording/|assets_recorder|/static/lib/rrweb|/static/src/recorder")


class AskCase(RecordingCase):
    def setUp(self):
        super().setUp()
        self._watch_network()
        self._let_pieces_in()
        self.user = self._user_with_role("internal", tour_enabled=False)

    def _ours(self):
        """What the browser requested that has to do with recordings."""
        return [url for url in self.requested if OURS.search(url)]

    def _choice(self):
        """The states of all current choices."""
        self.env.invalidate_all()
        return self.env["unicdo.consent"].sudo().search([("purpose_id.key", "=", PURPOSE)]).mapped("state")

    def _rows(self):
        """How many recordings there are."""
        with inside(past=True):
            return self.env["unicdo.recording"].sudo().search_count([])


@tagged("post_install", "-at_install")
class TestNothingWithoutConsent(AskCase):
    """REC-1: the network is watched in a real browser, over four pages."""

    def _roam(self, tour="unicdo_recording_roam"):
        self.requested.clear()
        self.start_tour("/odoo", tour, login=self.user.login, timeout=180)
        self.assertTrue(self.requested, "what the browser requests has to be seen")
        self.assertEqual(self._ours(), [])
        self.assertEqual(self._rows(), 0)

    def test_nobody_who_was_not_asked_yet_is_recorded(self):
        """REC-1: no consent, no bundle, no request, no row: for a minute and three navigations."""
        self._roam("unicdo_recording_roam_minute")
        self.assertEqual(self._choice(), [])

    def test_nobody_who_refused_is_recorded(self):
        """REC-1"""
        self.authenticate(self.user.login, self.user.login)
        self._rpc("/recording/choice", choice="refused")
        self._roam()
        self.assertEqual(self._choice(), ["refused"])

    def test_nobody_who_closed_the_question_is_recorded(self):
        """REC-1: silence is no consent."""
        self.authenticate(self.user.login, self.user.login)
        self._rpc("/recording/choice", choice="asked")
        self._roam()
        self.assertEqual(self._choice(), ["asked"])

    def test_nobody_who_withdrew_is_recorded(self):
        """REC-1: for three navigations."""
        self._agree(self.user)
        self._rpc("/recording/choice", choice="withdrawn")
        self._roam()
        self.assertEqual(self._choice(), ["withdrawn"])

    def test_nobody_whose_consent_is_over_is_recorded(self):
        """REC-1: they are asked again, and until they answer it is a no."""
        self._agree(self.user)
        consent = self.env["unicdo.consent"].sudo().search([("purpose_id.key", "=", PURPOSE)])
        consent.valid_until = fields.Datetime.now() - timedelta(seconds=1)
        self._roam()

    def test_nobody_is_recorded_when_the_administrator_switched_it_off(self):
        """REC-1: two switches have to be on."""
        self._agree(self.user)
        self.env["ir.config_parameter"].sudo().set_param(ALLOWED, False)
        self._roam()

    def test_nobody_is_recorded_after_the_trial(self):
        """REC-1"""
        self._agree(self.user)
        self.env["ir.config_parameter"].sudo().set_param(TRIAL_END, "2020-01-01")
        self._roam()
        self.env["ir.config_parameter"].sudo().set_param(IS_TRIAL, False)
        self._roam()

    def test_nobody_is_asked_or_recorded_while_files_are_missing(self):
        """REC-1: the question is asked only where the answer can be kept."""
        self._agree(self.user)
        with patch.object(UnicdoRecordingTrial, "_missing_files", lambda _self: ["record.min.js"]):
            self._roam()
            self.authenticate(self.user.login, self.user.login)
            self.assertFalse(self._begin())
            self.assertNotIn("unicdo_recording", self.url_open("/odoo").text.split("__session_info__")[1][:4000])


@tagged("post_install", "-at_install")
class TestQuestion(AskCase):
    def test_somebody_says_no(self):
        """REC-1: both answers weigh the same; a no is kept, and the question does not come back."""
        self.start_tour("/odoo", "unicdo_recording_refuse", login=self.user.login)
        self.assertEqual(self._choice(), ["refused"])
        self.assertEqual(self._rows(), 0)
        self.assertEqual([url.rpartition("/")[2] for url in self._ours()], ["choice"])

    def test_somebody_closes_the_question(self):
        """REC-1: it counts as asked, and does not come back by itself."""
        self.start_tour("/odoo", "unicdo_recording_close", login=self.user.login)
        self.assertEqual(self._choice(), ["asked"])

    def test_somebody_agrees_and_is_recorded_in_sight(self):
        """REC-1, REC-5: recorded only then, with a sign that pauses, from page to page; nothing goes to any other host."""
        self.start_tour("/odoo", "unicdo_recording_agree", login=self.user.login)
        self.assertEqual(self._choice(), ["given"])
        first = next(number for number, url in enumerate(self.requested) if OURS.search(url))
        self.assertIn("/recording/choice", self.requested[first], "before the answer nothing is requested")
        self.assertEqual(self._rows(), 1, "one recording goes on over two pages")
        self.env.cr.execute("SELECT count(*) FROM unicdo_recording_chunk")
        self.assertTrue(self.env.cr.fetchone()[0])
        self.assertEqual(self._hosts(), {self._own_host()})

    def test_somebody_stops_before_the_recorder_has_begun(self):
        """REC-1: what is still being fetched for it records nothing afterwards."""
        self.start_tour("/odoo", "unicdo_recording_regret", login=self.user.login)
        self.assertEqual([url for url in self._ours() if "/recording/chunk" in url], [])
        self.assertTrue([url for url in self._ours() if "allow_list" in url], "it was about to begin")

    def test_somebody_withdraws_and_all_is_destroyed(self):
        """REC-1: stops at once; what was sent is destroyed."""
        self._agree(self.user)
        self.start_tour("/odoo", "unicdo_recording_withdraw", login=self.user.login)
        self.assertEqual(self._choice(), ["withdrawn"])
        self.assertEqual(self._rows(), 0)
        destroyed = self.env["unicdo.ledger.event"].sudo().search([("kind", "=", "recording.destroyed")])
        self.assertIn("withdrawn", [event.detail["why"] for event in destroyed])

    def test_somebody_stops_for_this_session_only(self):
        """REC-1: the person's own stop holds for the session, and their choice stays."""
        self._agree(self.user)
        self.start_tour("/odoo", "unicdo_recording_stop", login=self.user.login)
        self.assertEqual(self._choice(), ["given"])

    def test_a_text_that_changed_has_to_be_read_again(self):
        """REC-1: consent is about the words that were shown."""
        self.authenticate(self.user.login, self.user.login)
        before = self._rpc("/recording/notice")
        self.env["unicdo.purpose"]._by_key(PURPOSE).what = "We record more now."
        answer = self._rpc("/recording/choice", choice="given", shown=before["hash"])
        self.assertTrue(answer["changed"])
        self.assertIn("We record more now.", answer["notice"]["html"])
        self.assertEqual(self._choice(), [])

    def test_the_session_ends_its_recordings_when_it_is_stopped(self):
        """REC-1: other tabs of the session stop too."""
        self._agree(self.user)
        grant = self._begin()
        self.assertEqual(self._rpc("/recording/stop", stopped=True)["state"], "stopped")
        self.assertEqual(self._send(grant), 410)
        self.assertFalse(self._begin())
        self.assertFalse(self._rpc("/recording/renew", resume=grant["resume"]))
        self.assertTrue(self._recording(grant), "what was recorded stays")
        self.assertEqual(self._rpc("/recording/stop", stopped=False)["state"], "on")
        self.assertTrue(self._begin())


@tagged("post_install", "-at_install")
class TestKeptElsewhere(AskCase):
    """REC-5: recordings go to the registered service provider, and to no other."""

    def setUp(self):
        super().setUp()
        self.provider = self._keep_elsewhere()

    def fetch_proxy(self, url):
        """The collector, as the browser sees it: it takes what comes."""
        return {"body": "", "responseCode": 204, "responseHeaders": [{"name": "Access-Control-Allow-Origin", "value": "*"}]}

    def test_what_is_recorded_goes_to_the_registered_provider_only(self):
        """REC-5: every request of a recorded session goes to this Odoo or to the collector in the register."""
        self.start_tour("/odoo", "unicdo_recording_agree", login=self.user.login)
        pieces = [url for url in self.requested if url.startswith("https://recordings.example.com/recording/chunk/")]
        self.assertTrue(pieces)
        self.assertEqual(self._hosts(), {self._own_host(), "recordings.example.com"})
        self.assertEqual(self._rows(), 0)

    def test_nobody_is_asked_or_recorded_once_the_provider_has_ended(self):
        """REC-5: who agreed before is recorded no more, and nothing goes to the collector."""
        self._agree(self.user)
        self.provider.action_end()
        self.requested.clear()
        self.start_tour("/odoo", "unicdo_recording_roam", login=self.user.login)
        self.assertEqual((self._ours(), self._hosts()), ([], {self._own_host()}))
