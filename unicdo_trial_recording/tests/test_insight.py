# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.unicdo_recording_view import UnicdoRecordingView
from ..tools.inside import inside
from .test_facts import click, meta, view
from .test_watch import SNAPSHOT, WatchCase


@tagged("post_install", "-at_install")
class TestInsight(WatchCase):
    def setUp(self):
        super().setUp()
        self._recorded([
            click(6000), view(7000), click(7500, 1280, 800), view(9000, kind="form", route="/odoo/sales/new"),
            view(9500, kind="form", route="/odoo/sales/:id"),
        ], 1)

    def _ask(self, method, **kwargs):
        self.authenticate(self.watcher.login, self.watcher.login)
        return self._rpc("/web/dataset/call_kw", model="unicdo.recording.insight", method=method, args=[], kwargs=kwargs)

    def _copies(self, count, persons):
        """More recordings just like it, of so many other people."""
        for number in range(count):
            with inside():
                made = self.env["unicdo.recording"]._begin(
                    self.recording.trial_id, f"{number % persons:064x}", "s", 1, {"surface": "backend", "width": 1280}
                )
                self.env.cr.execute(
                    "INSERT INTO unicdo_recording_chunk (recording_id, seq, received_at, state) VALUES (%s, 0, now(), 'clean')",
                    [made.id],
                )
                made._note_facts(0, [meta(0), SNAPSHOT, view(0), click(100)])
                made._sum_facts()

    def test_the_funnel_and_the_heat_map_count_what_happened(self):
        overview = self._ask("get_overview")
        self.assertEqual((overview["recordings"], overview["people"]), (1, 1))
        self.assertEqual([step["count"] for step in overview["steps"]], [1, 1, 1, 1, 0])
        places = {(place["model"], place["view"]): place for place in overview["places"]}
        self.assertEqual(places["sale.order", "list"]["visits"], 2)
        heat = self._ask("get_heat", model="sale.order", view="list")
        self.assertEqual(heat["cells"], [[39, 24, 1, 0]])
        self.assertEqual(self._ask("get_heat", model="sale.order", view="list", screen="phone")["clicks"], 0)

    def test_fewer_than_five_choices_are_not_counted_out(self):
        """REC-1: who agreed cannot be told from the counts."""
        [month] = self._ask("get_overview")["agreement"]
        self.assertEqual([month[name] for name in ("asked", "given", "refused", "withdrawn")], [None] * 4)
        for number in range(5):
            self._agree(self._user_with_role("internal", login=f"agrees{number}@example.com"))
        [month] = self._ask("get_overview")["agreement"]
        self.assertEqual([month[name] for name in ("asked", "given", "refused", "withdrawn")], [6, 6, None, None])

    def test_counts_outlive_recordings_only_of_five_people_and_more(self):
        """REC-4: what stays says nothing about anybody."""
        aggregate = self.env["unicdo.recording.aggregate"]
        self._copies(8, persons=3)
        aggregate._run_counting()
        with inside():
            self.assertFalse(aggregate.search([]), "three others and one do not make five")
        self._copies(4, persons=4)
        for _run in range(2):
            aggregate._run_counting()
        with inside():
            rows = {(row.kind, row.key): (row.persons, row.count) for row in aggregate.search([])}
            self.assertEqual(rows["visit", "sale.order|list"], (5, 14))
            self.assertEqual(rows["step", "app"], (5, 13))
            self.assertNotIn(("step", "created"), rows)
            self.assertEqual({row.month for row in aggregate.search([])}, {fields.Date.today().replace(day=1)})
        with inside(past=True):
            self.env["unicdo.recording"].search([])._destroy("date")
        with inside():
            self.assertTrue(aggregate.search([]))

    def test_style_sheets_are_kept_once_and_go_when_nobody_needs_them(self):
        self.env["ir.attachment"].create({
            "name": "a", "url": "/web/assets/1a2b3c4/web.assets_web.min.css", "type": "binary", "public": True,
            "res_model": "ir.ui.view", "res_id": 0, "mimetype": "text/css",
            "raw": b"a{background:url(/web/static/img/x.png)} "
                   b"b{src:url(/web/static/lib/odoo_ui_icons/fonts/odoo_ui_icons.woff2)}",
        })
        sheets = self.env["unicdo.recording.sheet"]
        path = "/web/assets/1a2b3c4/web.assets_web.min.css"
        for _time in range(2):
            sheets._keep([path, "/web/assets/0000000/web.assets_web.min.css"])
        css = sheets.search([("path", "=", path)]).css
        self.assertIn('a{background:url("data:,")} b{src:url("data:font/woff2;base64,', css)
        like = "/web/assets/fffffff/web.assets_web.min.css"
        self.assertEqual(sheets._texts([path, like, "/web/assets/1/other.css"]).keys(), {path, like})
        with inside():
            self.recording.write({"sheets": [path]})
        self.env.cr.execute("UPDATE unicdo_recording_sheet SET kept_at = kept_at - interval '2 days'")
        sheets._gc_unused()
        self.assertTrue(sheets.search([("path", "=", path)]))
        with inside():
            self.recording.write({"sheets": []})
        sheets._gc_unused()
        self.assertFalse(sheets.search([("path", "=", path)]))


@tagged("post_install", "-at_install")
class TestWatchTour(WatchCase):
    def setUp(self):
        super().setUp()
        self._recorded([view(4000), click(4500)], 1)

    def test_the_team_finds_its_way(self):
        """REC-2: list, summary and insights of the usability team."""
        self.start_tour("/odoo/recordings?view_type=list", "unicdo_recording_watch", login=self.watcher.login)

    def test_the_administrator_is_refused(self):
        """REC-2: by the address too."""
        admin = self._user_with_role("admin", login="builder@example.com")
        with mute_logger("odoo.http"):
            self.start_tour("/odoo/recordings", "unicdo_recording_refused", login=admin.login)

    def test_somebody_watches_and_notes(self):
        """REC-2: the player's own page in a real browser: plays to the end, notes without reload, jumps by marks."""
        with inside():
            viewing = self.env["unicdo.recording.view"].create({"recording_id": self.recording.id, "role": "x"})
        code = """
            const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
            const find = (selector) => document.querySelector(selector);
            const until = async (what, check) => {
                for (let i = 0; i < 100; i++) {
                    if (check()) return;
                    await wait(100);
                }
                throw new Error(`never: ${what}`);
            };
            (async () => {
                await until("ready", () => !find(".play").disabled);
                await until("the end", () => find(".range").value >= find(".range").max - 100);
                find(".view-list button.at").click();
                await until("back at the start", () => find(".range").value < 2000);
                find("#note-text").value = "<b>seen</b>";
                find(".new-note button[type=submit]").click();
                await until("the note", () => find(".note-list p")?.textContent === "<b>seen</b>");
                await until("its mark", () => find(".marks .note"));
                const remove = find(".note-list .meta button:last-child");
                remove.click();
                remove.click();
                await until("no note", () => find(".note-list .empty"));
                console.log("test successful");
            })().catch((error) => console.error(error.message));
        """
        with patch.object(UnicdoRecordingView, "_ticket", lambda model, recording, session: viewing):
            self.browser_js(self.url, code, login=self.watcher.login)
