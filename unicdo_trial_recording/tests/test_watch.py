# SPDX-License-Identifier: LGPL-3.0-or-later
import socket
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import UNDERTAKING
from ..controllers.watch import RecordingWatch
from ..models.unicdo_recording_view import UnicdoRecordingView
from ..tools import clean
from ..tools.inside import inside
from .common import MODULE, RecordingCase, events_in
from .hostile import Ear, hostile_events
from .test_facts import START, meta, view

SNAPSHOT = {"type": 2, "timestamp": 1_790_000_000_100, "data": {"node": {"type": 0, "id": 1, "childNodes": [
    {"type": 1, "id": 2, "name": "html", "publicId": "", "systemId": ""},
    {"type": 2, "id": 3, "tagName": "html", "attributes": {}, "childNodes": [
        {"type": 2, "id": 4, "tagName": "head", "attributes": {}, "childNodes": []},
        {"type": 2, "id": 5, "tagName": "body", "attributes": {"class": "o_web_client"}, "childNodes": []},
    ]},
]}, "initialOffset": {"left": 0, "top": 0}}}


class WatchCase(RecordingCase):
    """A recording that was cleaned, and somebody of the usability team."""

    def setUp(self):
        super().setUp()
        self._agree(self._user_with_role("internal"))
        self.grant = self._begin()
        self.watcher = self._user_with_role("usability", module=MODULE)
        self._undertake(self.watcher)
        self.recording = self._recorded([meta(0), SNAPSHOT, view(0), view(3000, kind="form", route="/odoo/sales/:id")])
        self.url = f"/recording/watch/{self.grant['recording']}"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.undertaking = cls.env["unicdo.policy"].search([("kind", "=", UNDERTAKING)])
        if cls.undertaking.state != "published":
            cls.undertaking.action_publish()

    def _undertake(self, user):
        """Let somebody have acknowledged the confidentiality undertaking that applies now."""
        version = self.env["unicdo.policy"]._undertaking(user)
        self.env["unicdo.consent"].with_user(user)._record_policy_act(user.partner_id, "acknowledged", version, "portal")

    def _recorded(self, events, number=0):
        self._send(self.grant, number, events)
        recording = self._recording(self.grant)
        with inside():
            recording._clean_received()
        return recording

    def _open(self, user=None, confirm=True):
        """Sign in and press the button.

        :return: the answer of the button
        """
        user = user or self.watcher
        self.authenticate(user.login, user.login)
        page = self.url_open(self.url)
        if confirm:
            self._confirm_identity("recording.watch", user.login, self.url)
        return self.url_open(self.url, data={"csrf_token": self._csrf(page)}, allow_redirects=False)

    def _views(self):
        with inside():
            self.env.invalidate_all()
            return len(self.recording.view_ids)

    def _watched_events(self):
        return self.env["unicdo.ledger.event"].sudo().search([("kind", "=", "recording.watched")]).filtered(
            lambda event: event.detail["recording"] == self.grant["recording"]
        )


@tagged("post_install", "-at_install")
class TestWatch(WatchCase):
    @mute_logger("odoo.http")
    def test_looking_at_the_page_opens_nothing(self):
        """REC-2: a GET shows what is known and logs nothing; content needs the button."""
        self.authenticate(self.watcher.login, self.watcher.login)
        page = self.url_open(self.url)
        self.assertIn("Each viewing is logged", page.text)
        self.assertNotIn("<iframe", page.text)
        self.assertEqual(self.url_open(f"{self.url}/events").status_code, 403)
        self.assertEqual((self._views(), len(self._watched_events())), (0, 0))

    def test_the_button_asks_again_who_it_is(self):
        """REC-2: opening needs a fresh proof of identity."""
        answer = self._open(confirm=False)
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/my/privacy/confirm?action=recording.watch", answer.headers["Location"])
        self.assertEqual(self._views(), 0)

    def test_a_viewing_is_logged_once_and_shown_to_nobody_by_name(self):
        """REC-2: the person recorded sees when and by which role; who it was stands in the ledger."""
        self.assertEqual(self._open().status_code, 303)
        self.assertIn("<iframe", self.url_open(self.url).text)
        self.assertIn("<iframe", self.url_open(self.url).text)
        with inside():
            self.env.invalidate_all()
            [viewing] = self.recording.view_ids
            self.assertEqual(viewing.role, f"{MODULE}.{MODULE}_group_usability")
            self.assertNotIn("create_uid", viewing._fields)
        [event] = self._watched_events()
        self.assertEqual(event.actor_uid, self.watcher.id)

    def test_the_events_come_cleaned_and_whole(self):
        self._open()
        answer = self.url_open(f"{self.url}/events")
        self.assertEqual([event["type"] for event in events_in(answer.content)], [4, 2, 5, 5])
        self.assertEqual(answer.headers["Cache-Control"], "private, no-store, no-transform")

    @mute_logger("odoo.http")
    def test_another_session_of_the_same_person_has_to_open_it_too(self):
        self._open()
        self.authenticate(self.watcher.login, self.watcher.login)
        self.assertEqual(self.url_open(f"{self.url}/events").status_code, 403)

    @mute_logger("odoo.http")
    def test_a_viewing_ends_after_an_hour(self):
        self._open()
        self.env.cr.execute("UPDATE unicdo_recording_view SET viewed_at = viewed_at - interval '61 minutes'")
        self.assertEqual(self.url_open(f"{self.url}/events").status_code, 403)
        self.assertNotIn("<iframe", self.url_open(self.url).text)
        self.env["unicdo.recording.view"]._gc_sessions()
        self.env.cr.execute("SELECT count(session) FROM unicdo_recording_view")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_from_the_instant_of_its_date_nothing_is_shown(self):
        """REC-4: reading is refused at that very second, to whoever has it open as well."""
        self._open()
        self.assertEqual(self.url_open(f"{self.url}/events").status_code, 200)
        self.env.cr.execute(
            "UPDATE unicdo_recording SET destroy_at = %s WHERE id = %s", [fields.Datetime.now(), self.recording.id]
        )
        for path in ("", "/events", "/sheets"):
            answer = self.url_open(self.url + path)
            self.assertEqual(answer.status_code, 404, path)
            self.assertNotIn("<iframe", answer.text)
        with self.assertRaises(Exception), mute_logger("odoo.http"):
            self._rpc(f"{self.url}/notes", uuid=self.grant["recording"])

    def test_what_is_under_way_ends_at_its_date(self):
        """REC-4: an answer that is being sent stops there."""
        self._recorded([meta(5000)], 1)
        with inside():
            self.recording.write({"destroy_at": fields.Datetime.now() + timedelta(seconds=2)})
            pieces = RecordingWatch._pieces(self.recording)
        self.assertTrue(next(pieces))
        time.sleep(2)
        with self.assertRaises(ConnectionAbortedError):
            next(pieces)

    def test_a_changed_file_shows_nothing(self):
        self._open()
        with inside():
            path = self.recording._folder() / "0"
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        with mute_logger("odoo.addons.unicdo_trial_recording.controllers.watch", "werkzeug"), self.assertRaises(Exception):
            self.url_open(f"{self.url}/events")

    @mute_logger("odoo.http")
    def test_nobody_else_gets_in_by_any_page(self):
        """REC-2: administrator, officer, internal and portal people are refused, each page by itself."""
        self._open()
        for role in ("admin", "officer", "auditor", "internal", "portal"):
            user = self._user_with_role(role, login=f"other_{role}@example.com")
            self.authenticate(user.login, user.login)
            for path in ("", "/events", "/sheets"):
                self.assertEqual(self.url_open(self.url + path).status_code, 403, (role, path))
            self.assertEqual(self.url_open("/recording/frame").status_code, 403, role)
            page = self.url_open("/my")
            answer = self.url_open(self.url, data={"csrf_token": self._csrf_of(page)}, allow_redirects=False)
            self.assertIn(answer.status_code, (400, 403), role)
            with mute_logger("odoo.http"):
                for path in ("", "/save", "/delete"):
                    with self.assertRaises(Exception, msg=(role, path)):
                        self._rpc(f"{self.url}/notes{path}", text="x", note=1)
        self.assertEqual(self._views(), 1)

    @staticmethod
    def _csrf_of(page):
        return page.text.split('csrf_token: "')[1].split('"')[0] if 'csrf_token: "' in page.text else ""

    @mute_logger("odoo.http")
    def test_somebody_whose_role_is_suspended_is_refused(self):
        """REC-2: an administrator who resets a member's password gets in with it no further than anybody."""
        self._open()
        self.env["res.users"].with_user(self._user_with_role("admin")).browse(self.watcher.id).password = "new-Password-1"
        self.authenticate(self.watcher.login, "new-Password-1")
        self.assertEqual(self.url_open(self.url).status_code, 403)
        self.assertEqual(self.url_open(f"{self.url}/events").status_code, 403)

    def test_pages_let_nothing_in_and_nothing_out(self):
        """REC-2: what the player may do is said by its policy."""
        self._open()
        frame = self.url_open("/recording/frame").headers["Content-Security-Policy"]
        for rule in ("default-src 'none'", "connect-src 'none'", "form-action 'none'", "frame-src 'none'", "base-uri 'none'",
                     "sandbox allow-scripts allow-same-origin", "frame-ancestors 'self'"):
            self.assertIn(rule, frame)
        self.assertNotIn("'unsafe-inline'", frame.split("script-src")[1].split(";")[0])
        page = self.url_open(self.url)
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        self.assertNotIn("unsafe", page.headers["Content-Security-Policy"])
        self.assertNotIn("/web/assets/", page.text, "an administrator can put code into bundles")


@tagged("post_install", "-at_install")
class TestNotes(WatchCase):
    def setUp(self):
        super().setUp()
        self._open()

    def _note(self, path="", **params):
        return self._rpc(f"{self.url}/notes{path}", **params)

    def test_a_note_is_sealed_and_shown_to_the_team(self):
        """REC-2: words about a recording never stand in clear in the database."""
        tag = self.env["unicdo.recording.tag"].create({"name": "Test tag"})
        self._note("/save", text="canary in a note", at=1500, tag=tag.id)
        [note] = self._note()
        self.assertEqual((note["at"], note["tag_name"], note["text"], note["mine"]), (1500, "Test tag", "canary in a note", True))
        self.env.cr.execute("SELECT body FROM unicdo_recording_note WHERE id = %s", [note["id"]])
        self.assertNotIn(b"canary", bytes(self.env.cr.fetchone()[0]))

    def test_notes_are_changed_and_deleted_by_whoever_wrote_them(self):
        [note] = self._note("/save", text="first")
        [changed] = self._note("/save", text="second", note=note["id"])
        self.assertEqual((changed["id"], changed["text"]), (note["id"], "second"))
        colleague = self._user_with_role("usability", login="colleague@example.com", module=MODULE)
        self._undertake(colleague)
        self._open(colleague)
        [seen] = self._note()
        self.assertEqual((seen["text"], seen["mine"], seen["author"]), ("second", False, self.watcher.name))
        with mute_logger("odoo.http"):
            for path, params in (("/save", {"text": "x"}), ("/delete", {})):
                with self.assertRaises(Exception):
                    self._note(path, note=note["id"], **params)
        self._open()
        self.assertEqual(self._note("/delete", note=note["id"]), [])

    def test_a_note_says_something(self):
        with self.assertRaises(Exception), mute_logger("odoo.http"):
            self._note("/save", text="  ")
        with self.assertRaises(Exception), mute_logger("odoo.http"):
            self._note("/save", text="x" * 2001)
        self.assertEqual(self._note(), [])

    def test_notes_go_with_the_recording(self):
        """REC-4: notes and tags are destroyed along with it."""
        self._note("/save", text="first")
        with inside(past=True):
            self.recording._destroy("date")
        self.env.cr.execute("SELECT count(*) FROM unicdo_recording_note")
        self.assertEqual(self.env.cr.fetchone(), (0,))


@tagged("post_install", "-at_install")
class TestHostile(WatchCase):
    """REC-2: recordings that nobody cleaned neither run anything nor send anything where they are watched."""

    START = """
        const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        const until = async (what, check) => {
            for (let i = 0; i < 150; i++) {
                if (check()) return;
                await wait(100);
            }
            throw new Error(`never: ${what}`);
        };
        const checkQuiet = () => {
            for (const each of [window, frame, ...Array.from(frame.frames)]) {
                if (each.hacked || each.document.title === "hacked") throw new Error("a script ran");
            }
        };
        const frame = document.querySelector(".stage iframe").contentWindow;
        const find = (selector) => document.querySelector(selector);
        (async () => {
            await until("ready", () => !find(".play").disabled);
            %s
            checkQuiet();
            console.log("test successful");
        })().catch((error) => console.error(`found: ${error.message}`));
    """
    GUARDED = """
            await until("end", () => find(".range").value >= find(".range").max - 100);
            await wait(1000);
            const inner = frame.document.querySelector(".replayer-wrapper iframe");
            if (inner.sandbox.value !== "allow-same-origin") throw new Error("the inner frame is not closed");
            if (!inner.contentDocument.querySelectorAll("div").length) throw new Error("nothing was played");
            if (inner.contentDocument.querySelector("script, iframe, base, meta, object, [onclick], [href], [src]")) {
                throw new Error("something got through");
            }
    """
    #: plays what the server sent as it is; the player itself fails over media that play by themselves
    BARE = """
            const content = await (await fetch(`${location.pathname}/events`)).arrayBuffer();
            const first = 4 + new DataView(content).getUint32(0); // the second piece is the hostile one
            const stream = new Blob([content.slice(first + 4, -4)]).stream().pipeThrough(new DecompressionStream("gzip"));
            const text = await new Response(stream).text();
            const raw = JSON.parse(text.replaceAll(/"(rr_mediaState|autoplay)":/g, '"x":')).events
                .filter((event) => event.type !== 6 && event.data.source !== 7);
            const box = frame.document.createElement("div");
            frame.document.body.append(box);
            const player = new frame.rrwebPlayer.Player({ target: box, props: { events: raw, autoPlay: true, speed: 8 } });
            await wait(4000);
            const { contentDocument } = player.getReplayer().iframe;
            if (!contentDocument.querySelector("body p [onpointerover]")) throw new Error("nothing was played");
    """

    def _play(self, code):
        """Watch a hostile recording in a real browser.

        :return: list of bytes, what came to the address that it names
        """
        ear = Ear()
        self.addCleanup(ear.close)
        self._watch_network()
        with patch.object(clean.Cleaner, "clean", lambda cleaner, given: given), \
                patch.object(type(self.recording), "_note_facts"):
            self._recorded(hostile_events(ear.url, START + 4000), 1)
        with inside():
            viewing = self.env["unicdo.recording.view"].create({"recording_id": self.recording.id, "role": "x"})
        browser = f"{__name__}.{type(self).__name__}.{self._testMethodName}.browser"
        with patch.object(UnicdoRecordingView, "_ticket", lambda model, recording, session: viewing), mute_logger(browser):
            # the browser complains of all that it does not let through
            self.browser_js(
                self.url, self.START % code, login=self.watcher.login, timeout=90,
                error_checker=lambda text: "found:" in text,
            )
        return ear.heard

    def test_hostile_recordings_neither_run_nor_reach_out(self):
        """REC-2, REC-5: not one connection, and no request of the page that plays to any other host."""
        self.assertEqual(self._play(self.GUARDED), [])
        self.assertEqual(self._hosts(), {self._own_host()})

    def test_the_frames_policy_alone_lets_nothing_run_and_sends_nothing(self):
        """REC-2: even if the guard in front of it were gone. Opening a connection ahead of time, without a word, is the one
        thing that browsers keep out of policies."""
        self.assertEqual(b"".join(self._play(self.BARE)), b"")

    def test_the_ear_hears(self):
        ear = Ear()
        self.addCleanup(ear.close)
        host, port = ear.url.removeprefix("http://").removesuffix("/heard").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.send(b"word")
        for _try in range(20):
            if ear.heard:
                break
            time.sleep(0.1)
        self.assertEqual(ear.heard, [b"word"])
