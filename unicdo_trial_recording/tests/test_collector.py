# SPDX-License-Identifier: LGPL-3.0-or-later
import secrets
import time
from base64 import b64decode
from contextlib import contextmanager
from unittest.mock import ANY, MagicMock, patch

import requests
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from ..const import COLLECTOR, PART, SESSION_MINUTES
from ..models import unicdo_recording_trial_remote as remote
from ..tools import signed, upload_token
from ..tools.inside import inside
from .common import MODULE, RecordingCase

ADDRESS = "https://trial.example.com"


@tagged("post_install", "-at_install")
class TestCollector(RecordingCase):
    """Another database uploads here, and asks for its people."""

    def setUp(self):
        super().setUp()
        self.seed = secrets.token_bytes(32)
        self.trial = self._register(ADDRESS, self.seed)
        self.person = secrets.token_hex(32)
        self.grant = self._granted()

    def _register(self, url, seed):
        return self.env["unicdo.recording.trial"].create({
            "name": "trial-db", "url": url, "public_key": signed.public_key(seed),
        })

    def _granted(self, trial=None, seed=None, recording=None, consent=5, **about):
        recording, now = recording or secrets.token_hex(16), int(time.time())
        known = {"person": self.person, "started": now, "part": 1, "surface": "backend", "lang": "en_US",
                 "odoo_version": "19.0", "modules": "crm", "width": 1280, "height": 800, **about}
        grant = upload_token.Grant((trial or self.trial).uuid, recording, "s", consent, now + 600, known)
        return {"recording": recording, "token": upload_token.sign(grant, seed or self.seed), "base": 0,
                "upload": "/recording/chunk"}

    def _ask(self, action, seed=None, at=0, database=None, **data):
        said = {"database": database or self.trial.uuid, "at": int(time.time()) + at, "action": action,
                "data": {"person": self.person, **data}}
        return self.opener.post(f"{self.base_url()}/recording/collector", data=signed.sign(said, seed or self.seed))

    def test_the_first_piece_makes_the_recording(self):
        self.assertEqual([self._send(self.grant), self._send(self.grant), self._send(self.grant, 1)], [204] * 3)
        with inside():
            made = self._recording(self.grant)
            self.assertEqual((made.trial_id, made.person), (self.trial, self.person))
            self.assertEqual(self.env["unicdo.recording.chunk"].search_count([("recording_id", "=", made.id)]), 2)
            self.assertEqual((made.lang, made.modules, made.width), ("en_US", "crm", 1280))

    def test_a_further_page_comes_with_its_token(self):
        self._send(self.grant)
        second = self._granted(recording=self.grant["recording"], part=2)
        self.assertEqual(self._send(self.grant, seq=PART), 400)
        self.assertEqual(self._send(second, seq=PART), 204)

    def test_only_registered_pages_read_the_answer(self):
        url = f"{self.base_url()}/recording/chunk/{self.grant['recording']}/0"
        body = self.grant["token"].encode() + b"\nx"
        answer = self.opener.post(url, data=body, headers={"Origin": ADDRESS})
        self.assertEqual((answer.status_code, answer.headers["Access-Control-Allow-Origin"]), (204, ADDRESS))
        other = self.opener.post(url, data=body, headers={"Origin": "https://other.example.com"})
        self.assertEqual(other.status_code, 403)
        self.assertNotIn("Access-Control-Allow-Origin", other.headers)

    def test_tokens_of_others_begin_nothing(self):
        strange = secrets.token_bytes(32)
        self.assertEqual(self._send(self._granted(seed=strange)), 401)
        self.assertEqual(self._send(self._granted(started=int(time.time()) - SESSION_MINUTES * 60 - 1)), 410)
        self.assertEqual(self._send(self._granted(started=int(time.time()) + 3600)), 410)
        self.assertEqual(self._send(self._granted(part=0)), 410)
        self.trial.active = False
        self.assertEqual(self._send(self.grant), 403)

    def test_a_withdrawal_destroys_and_lets_nothing_come_back(self):
        """REC-1: the database says that a person withdrew; what was sent is destroyed, what comes later gets 410."""
        self._send(self.grant)
        self.assertEqual(self._ask("remove", consent=9).json(), {"certificates": [ANY]})
        self.assertFalse(self._recording(self.grant))
        self.assertEqual(self._send(self.grant, 1), 410)
        self.assertEqual(self._send(self._granted()), 410)
        self.assertEqual(self._send(self._granted(consent=10)), 204, "agreed again")

    def test_one_that_was_removed_does_not_come_back(self):
        """REC-3: removal on request destroys at once; the tab that goes on recording gets 410."""
        self._send(self.grant)
        other = self._granted()
        self._send(other)
        self.assertEqual(self._ask("remove", recording=self.grant["recording"]).json(), {"certificates": [ANY]})
        self.assertEqual([self._send(self.grant, 1), self._send(other, 1)], [410, 204])

    def test_a_database_sees_its_own_people_only(self):
        """REC-3: whatever a database asks, it is answered from its own recordings."""
        seed = secrets.token_bytes(32)
        neighbour = self._register("https://neighbour.example.com", seed)
        self._send(self.grant)
        ours = self._ask("list").json()["recordings"]
        self.assertEqual([item["uuid"] for item in ours], [self.grant["recording"]])
        self.assertEqual(self._ask("list", seed=seed, database=neighbour.uuid).json(), {"recordings": []})
        self.assertEqual(self._ask("remove", seed=seed, database=neighbour.uuid).json(), {"certificates": []})
        self.assertEqual(self._ask("list", seed=seed).status_code, 401)
        own = self.env["unicdo.recording.trial"]._own()
        self.assertEqual(self._ask("list", database=own.uuid).status_code, 403)
        self.assertTrue(self._recording(self.grant))

    def test_questions_that_are_old_changed_or_nonsense_are_refused(self):
        self.assertEqual(self._ask("list", at=-400).status_code, 401)
        self.assertEqual(self._ask("list", at=400).status_code, 401)
        self.assertEqual(self._ask("list", database="f" * 32).status_code, 403)
        self.assertEqual(self._ask("destroy").status_code, 400)
        for wrong in (None, "\0" * 64, "A" * 64, ["a"], "0" * 63):
            self.assertEqual(self._ask("list", person=wrong).status_code, 400, wrong)
        self._send(self.grant)
        for wrong in (["a"], 5, "\0", "x" * 32, {"a": 1}):
            self.assertEqual(self._ask("remove", recording=wrong).status_code, 400, wrong)
            self.assertEqual(self._ask(wrong).status_code, 400, wrong)
            self.assertIn(self._ask("list", database=wrong).status_code, (401, 403), wrong)
        self.assertTrue(self._recording(self.grant), "a question that is not understood removes nothing")
        for message in (b"", b"x", b"W10.x", b"\xff" * 100):
            answer = self.opener.post(f"{self.base_url()}/recording/collector", data=message)
            self.assertEqual(answer.status_code, 401, message)

    def test_it_hands_out_a_recording_to_its_person_only(self):
        """REC-3: a file that replays, for the person whose database asks, and for nobody else."""
        self._send(self.grant)
        with inside():
            self._recording(self.grant)._clean_received()
        page = b64decode(self._ask("page", recording=self.grant["recording"]).json()["page"])
        self.assertIn(b"<!DOCTYPE html>", page)
        stranger = self._ask("page", recording=self.grant["recording"], person="f" * 64)
        self.assertEqual(stranger.json(), {"page": ""})

    def _jobs_ran(self, **hours):
        """Let the two jobs have run so many hours ago."""
        for name, ago in {"destruction": 0, "lateness": 0, **hours}.items():
            cron = self.env.ref(f"{MODULE}.unicdo_recording_{name}_cron")
            cron.lastcall = fields.Datetime.subtract(fields.Datetime.now(), hours=ago)

    def test_it_says_whether_recordings_of_that_database_are_late(self):
        """REC-4: one word about one's own recordings: in time, late, or nothing destroys them; never how many there are."""
        neighbour_seed = secrets.token_bytes(32)
        neighbour = self._register("https://neighbour.example.com", neighbour_seed)
        self._jobs_ran()
        self.assertEqual(self._ask("destruction", person="").json(), {"state": "fine"})
        self._send(self.grant)
        self.assertEqual(self._ask("destruction", person="").json(), {"state": "fine"}, "nothing tells that there is one")
        for jobs in ({"destruction": 3}, {"lateness": 14}):
            self._jobs_ran(**jobs)
            self.assertEqual(self._ask("destruction", person="").json(), {"state": "idle"})
        self._jobs_ran()
        self.env.ref(f"{MODULE}.unicdo_recording_destruction_cron").active = False
        self.assertEqual(self._ask("destruction", person="").json(), {"state": "idle"})
        self.env.cr.execute("UPDATE unicdo_recording SET destroy_at = now() AT TIME ZONE 'UTC' - interval '3 hours'")
        self.assertEqual(self._ask("destruction", person="").json(), {"state": "late"})
        self.env.ref(f"{MODULE}.unicdo_recording_destruction_cron").active = True
        theirs = self._ask("destruction", seed=neighbour_seed, database=neighbour.uuid, person="")
        self.assertEqual(theirs.json(), {"state": "fine"})
        self.assertEqual(self._ask("destruction", database=neighbour.uuid, person="").status_code, 401)

    def test_all_of_a_database_go_and_no_others(self):
        """REC-3: its administrator has all removed."""
        neighbour = self._register("https://neighbour.example.com", secrets.token_bytes(32))
        self._send(self.grant)
        self.assertEqual(self._ask("remove_all", database=neighbour.uuid).status_code, 401)
        self.assertTrue(self._recording(self.grant))
        self.assertEqual(self._ask("remove_all").status_code, 200)
        self.assertFalse(self._recording(self.grant))

    def test_a_database_is_registered_by_its_code(self):
        own = self.env["unicdo.recording.trial"]._own()._prepare_own()
        officer = self._user_with_role("officer")
        trials = self.env["unicdo.recording.trial"].with_user(officer)
        other = signed.public_key(secrets.token_bytes(32))
        code = trials.new({"name": "a", "url": ADDRESS, "uuid": "b" * 32, "public_key": other}).registration_code
        made = trials.create({"registration_code": code})
        self.assertEqual((made.name, made.uuid, made.public_key), ("a", "b" * 32, other))
        with self.assertRaises(UserError):
            trials.create({"registration_code": "nonsense"})
        with self.assertRaises(UserError):
            made.uuid = "c" * 32
        with self.assertRaises(ValidationError):
            made.url = "javascript:alert(1)"
        with self.assertRaises(ValidationError):
            made.public_key = "00"
        with self.assertRaises(ValidationError):
            trials.create({"name": "a", "url": ADDRESS, "uuid": "no id", "public_key": other})
        self.assertTrue(own.registration_code)


@tagged("post_install", "-at_install")
class TestTrialElsewhere(RecordingCase):
    """This database's recordings are kept by a collector: itself, registered under another name."""

    def setUp(self):
        super().setUp()
        self.provider = self._keep_elsewhere()
        self.user = self._user_with_role("internal")
        self._agree(self.user)

    def test_nothing_is_kept_here(self):
        granted = self._begin()
        self.assertEqual(granted["upload"], "https://recordings.example.com/recording/chunk")
        self.assertFalse(self._recording(granted))

    def test_the_token_says_what_the_collector_has_to_know(self):
        grant = upload_token.read(self._begin()["token"].encode())
        self.assertEqual((grant.about["part"], grant.about["lang"], grant.about["width"]), (1, "en_US", 1280))
        self.assertRegex(grant.about["person"], r"\A[0-9a-f]{64}\Z", "a digest, in which the user's number may stand by chance")
        upload_token.check(self._begin()["token"].encode(), self.env["unicdo.recording.trial"]._own().public_key, time.time())

    def test_a_further_page_goes_on(self):
        first = self._begin()
        second = self._begin(resume=first["resume"])
        self.assertEqual((second["recording"], second["base"]), (first["recording"], PART))
        self.assertTrue(self._rpc("/recording/renew", resume=second["resume"]))

    def test_what_a_tab_remembers_cannot_be_forged_or_given_away(self):
        first = self._begin()
        body, _dot, signature = first["resume"].partition(".")
        for resume in ("x.y", f"{body}.{signature[:-4]}AAAA", first["token"], 5, {"a": 1}):
            self.assertNotEqual(self._begin(resume=resume)["recording"], first["recording"])
            self.assertFalse(self._rpc("/recording/renew", resume=resume))
        self.authenticate(None, None)
        self._agree(self._user_with_role("internal", login="second@example.com"))
        self.assertNotEqual(self._begin(resume=first["resume"])["recording"], first["recording"])

    def test_a_withdrawal_is_told_to_the_collector_until_it_answers(self):
        """REC-1: the collector has to destroy what it has, and is told again until it says so."""
        self._begin()
        self._rpc("/recording/choice", choice="withdrawn")
        [work] = self.env["unicdo.work"].sudo().search([("kind", "=", "withdraw")])
        self.assertEqual(len(work.payload["person"]), 64)
        self.assertTrue(work.payload["consent"])
        self.assertEqual(work.create_uid.id, 1, "who withdrew must not show")
        self.assertFalse(self._begin())

    def _assert_nothing_begins(self, granted):
        trial = self.env["unicdo.recording.trial"]
        self.assertEqual((trial._problem(), trial._is_offered()), ("provider", False))
        self.assertFalse(self._begin(resume=granted["resume"]))
        self.assertFalse(self._rpc("/recording/renew", resume=granted["resume"]))
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self._rpc("/recording/notice")

    def test_only_a_registered_provider_keeps_recordings(self):
        """REC-5: in use, under confidentiality, at this address; otherwise nobody is asked, and nothing begins or goes on."""
        granted = self._begin()
        for broken in ({"confidentiality_on": False}, {"hosts": "recordings.example.org"}):
            with self.subTest(broken):
                before = {name: self.provider[name] for name in broken}
                self.provider.write(broken)
                self._assert_nothing_begins(granted)
                self.provider.write(before)
                self.assertTrue(self._begin(resume=granted["resume"]))
        self.provider.action_end()
        self._assert_nothing_begins(granted)

    def test_a_provider_for_other_purposes_keeps_no_recordings(self):
        """REC-5, GOV-2: it is used for its purposes only."""
        granted = self._begin()
        self.provider.action_end()
        self._used("Other Ltd", hosts="recordings.example.com")
        self._assert_nothing_begins(granted)

    def test_people_are_told_who_keeps_their_recordings(self):
        """REC-5: the question names the provider and its country (GDPR Art. 13(1)(e))."""
        self.assertIn("Recorder Ltd (Germany)", self._rpc("/recording/notice")["html"])

    def test_what_stands_there_is_removed_whether_the_provider_is_in_use_or_not(self):
        """REC-3: a withdrawal reaches a provider that has ended."""
        self.provider.action_end()
        self._rpc("/recording/choice", choice="withdrawn")
        self.assertTrue(self.env["unicdo.work"].sudo().search([("kind", "=", "withdraw")]))

    def test_this_odoo_itself_asks_the_collector_only(self):
        """REC-5: the one place where it sends something, which follows nobody elsewhere."""
        with patch.object(requests, "post", side_effect=requests.ConnectionError) as post, self.assertRaises(UserError):
            remote.ask_collectors(self.env, "list", person="0" * 64)
        [call] = post.call_args_list
        self.assertEqual(call.args, ("https://recordings.example.com/recording/collector",))
        self.assertFalse(call.kwargs["allow_redirects"])

    # ---------------------------------------------------------------- servers that do not answer, or have a successor

    @contextmanager
    def _answers(self, **bodies):
        """Let servers answer: host's first word → bytes, or a status; the others cannot be reached.

        :return: list of (host's first word, what was said), as they are asked
        """
        asked = []

        def post(url, data, **options):
            name = url.removeprefix("https://").partition(".")[0]
            asked.append((name, signed.read(data.encode())))
            if name not in bodies:
                raise requests.ConnectionError
            answer = MagicMock(status_code=200)
            answer.__enter__.return_value = answer
            answer.raw.read.side_effect = lambda longest, **options: bodies[name][:longest]
            return answer

        with patch.object(requests, "post", post):
            yield asked

    def _line(self, address="recordings.example.com"):
        """State and text of the health page about a server."""
        [check] = [
            check for check in self.env["unicdo.health"].sudo()._checks()
            if check["key"].startswith("collector_") and address in check["text"]
        ]
        return check["state"], check["text"]

    def test_the_health_page_says_what_became_of_recordings_elsewhere(self):
        """REC-4: fine, late, nothing destroys, or could not be asked since when; and an answer that is none says nothing."""
        self.env["unicdo.recording.trial"]._own()._prepare_own()
        self.assertEqual(self._line()[0], "warning", "not asked yet")
        watch = self.env["unicdo.recording"]._watch_lateness
        for said, state, words in (
            (b'{"state": "fine"}', "ok", "in time"), (b'{"state": "late"}', "error", "outlived their date"),
            (b'{"state": "idle"}', "warning", "have not run"), (b'{"state": "fine"}', "ok", "in time"),
            (b'{"state": "<b>"}', "warning", "could not be asked since"), (b'{"state": "fine"}', "ok", "in time"),
            (b'{"state": [1]}', "warning", "could not be asked since"), (b"[]", "warning", "could not be asked since"),
            (b"nonsense", "warning", "could not be asked since"),
            (b" " * 5 * 1024 * 1024 + b"{}", "warning", "could not be asked since"),
        ):
            with self._answers(recordings=said) as asked:
                watch()
                self.assertEqual((self._line()[0], asked[0][1]["data"]), (state, {}), said[:20])
                self.assertIn(words, self._line()[1])
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), hours=25)), self._answers():
            watch()
            self.assertEqual(self._line()[0], "error")

    def test_an_answer_that_is_not_asked_for_again_grows_old(self):
        """REC-4: the job that asks may stand still too."""
        self.env["unicdo.recording.trial"]._own()._prepare_own()
        with self._answers(recordings=b'{"state": "fine"}'):
            self.env["unicdo.recording"]._watch_lateness()
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), hours=14)):
            self.assertEqual(self._line()[0], "warning")

    def _works(self):
        return self.env["unicdo.work"].sudo().search([("kind", "=", "withdraw")], order="id")

    def test_a_withdrawal_waits_for_a_collector_that_is_away(self):
        """REC-1: as long as it takes: no number of tries ends it."""
        self._begin()
        self._rpc("/recording/choice", choice="withdrawn")
        [work] = self._works()
        with self._answers() as asked:
            for _try in range(10):
                work._perform()
                self.assertEqual((work.state, work.attempts), ("todo", 0))
                self.assertGreater(work.next_try, fields.Datetime.now())
        self.assertEqual(len(asked), 10)
        with self._answers(recordings=b'{"certificates": []}') as asked:
            work._perform()
        self.assertEqual(work.state, "done")
        [(_name, said)] = asked
        self.assertEqual(said["action"], "remove")
        self.assertEqual(said["data"].keys(), {"person", "consent"})

    def test_a_collector_that_was_replaced_is_told_too(self):
        """REC-1, REC-3: what was sent there before is found, and goes as well, until none of it can be left."""
        self._begin()
        collectors = self.env["unicdo.recording.collector"]
        with self._answers(recordings=b'{"state": "fine"}'):
            self.env["unicdo.recording"]._watch_lateness()
        self.env["ir.config_parameter"].set_param(COLLECTOR, "https://mistyped.example.com")
        self.env["ir.config_parameter"].set_param(COLLECTOR, "https://second.example.com/")
        self.assertEqual(collectors._known().mapped("address"), ["https://second.example.com", "https://recordings.example.com"])
        one = b'{"recordings": [{"uuid": "%s", "started_at": "2026-01-01 00:00:00", "destroy_at": "2026-03-01 00:00:00",' \
            b'"duration": 5, "lang": "en_US", "surface": "backend", "views": []}]}' % (b"a" * 32)
        with self._answers(recordings=one, second=b'{"recordings": []}'):
            self.assertIn("a" * 32, self.url_open("/my/privacy/recordings").text)
        self._rpc("/recording/choice", choice="withdrawn")
        with self._answers(recordings=b"{}", second=b"{}") as asked:
            for work in self._works():
                work._perform()
        self.assertEqual(sorted(name for name, _said in asked), ["recordings", "second"])
        self.env["ir.config_parameter"].set_param(COLLECTOR, False)
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), months=2, days=5)):
            self.assertFalse(collectors._known())
            collectors._gc_left()
        self.assertFalse(collectors.search([]))

    def test_the_row_is_nobodys(self):
        """REC-4: nobody reads or changes what is known of collectors but the program."""
        with self.assertRaises(AccessError):
            self.env["unicdo.recording.collector"].with_user(self._user_with_role("admin")).search([])
