# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import csv
import hashlib
import io
import json
import os
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.unicdo_privacy.tools.guard import opening
from odoo.addons.unicdo_privacy.tools.sealing import SealError

from ..models import unicdo_package_build
from .common import PIXEL, STRANGER, DsarCase, memory_grown


@tagged("post_install", "-at_install")
class TestPackage(DsarCase):
    def test_package_holds_what_is_hers_and_nothing_of_anybody_else(self):
        """DSR-1: her contact, messages and files; not those of a near-namesake, a namesake or a colleague."""
        self._say(self.ann, "Hello, where is my order?", author=self.ann)
        message = self._say(self.ann, "It is on its way", attachments=[("answer.txt", b"on its way")])
        self._attach(self.ann, "mine.txt", "my own file", user=self.user)
        self.ann.image_1920 = base64.b64encode(PIXEL)
        file = self._zip(self._answer().package_ids)
        self.assertEqual([row["name"] for row in self._records(file, "res-partner")], ["Ann Lee"])
        bodies = " ".join(
            row["body"]
            for name in ("mail-message", "mail-message-thread")
            if f"data/{name}.json" in file.namelist()
            for row in self._records(file, name)
            if row["body"]
        )
        self.assertIn("where is my order", bodies)
        self.assertIn("It is on its way", bodies)
        contents = {name.rpartition("-")[2]: file.read(name) for name in file.namelist() if name.startswith("files/")}
        self.assertEqual(contents["answer.txt"], b"on its way")
        self.assertEqual(contents["mine.txt"], b"my own file")
        self.assertIn("image_1920.png", contents)
        text = self._text(file)
        self.assertNotIn(STRANGER, text)
        self.assertNotIn("joann@", text)
        self.assertNotIn("carl@", text)
        self.assertNotIn("staff@corp.example", text)
        self.assertTrue(message)

    def test_every_file_is_in_the_manifest_with_its_sha256(self):
        """DSR-1: the package can be checked."""
        self._say(self.ann, "Hello", author=self.ann)
        file = self._zip(self._answer().package_ids)
        listed = {item["path"]: item for item in json.loads(file.read("manifest.json"))["files"]}
        self.assertEqual(set(listed), set(file.namelist()) - {"manifest.json"})
        for path, item in listed.items():
            self.assertEqual(item["sha256"], hashlib.sha256(file.read(path)).hexdigest(), path)

    def test_what_nobody_but_the_person_may_find_is_named_with_its_page(self):
        """DSR-1: the copy says what it may not hold, and where the person gets it."""
        kept = {"key": "x", "category": "usage", "title": "Secret choices", "text": "Only you see them.", "url": "/my/x"}
        with patch.object(type(self.env["unicdo.data.map"]), "_kept_apart", lambda _self: [kept]):
            page = self._zip(self._answer().package_ids).read("index.html").decode()
        for words in ("What only you can get", "Secret choices", "Only you see them.", f'{self.ann.get_base_url()}/my/x"'):
            self.assertIn(words, page)

    def test_first_page_stands_alone(self):
        """DSR-1: readable by a person offline: no script, nothing from outside, every link inside leads somewhere."""
        self._say(self.ann, "Hello", author=self.ann)
        file = self._zip(self._answer().package_ids)
        page = file.read("index.html").decode()
        self.assertTrue(page.startswith("<!DOCTYPE html>"))
        self.assertNotIn("<script", page)
        for part in page.split('href="')[1:]:
            link = part.split('"')[0]
            self.assertTrue(link.startswith(("#", "https://")) or link in file.namelist(), link)
        self.assertNotIn("src=", page)
        for words in (
            "What we use your data for",
            "GDPR Art. 6(1)",
            "Who receives it",
            "How long we keep it",
            "Automated decisions",
            "Your rights",
            "Complaints",
            "Where your data comes from",
        ):
            self.assertIn(words, page)

    def test_csv_and_json_say_the_same(self):
        """DSR-1: readable by a machine."""
        self._say(self.ann, "=1+1", author=self.ann)
        self.ann.street = "=HYPERLINK(1)"
        file = self._zip(self._answer().package_ids)
        table = list(csv.reader(io.StringIO(file.read("data/res-partner.csv").decode("utf-8-sig"))))
        labels = json.loads(file.read("data/res-partner.json"))["fields"]
        row = dict(zip(table[0], table[1], strict=True))
        self.assertEqual(row[labels["name"]["label"]], "Ann Lee")
        self.assertEqual(row[labels["street"]["label"]], "'=HYPERLINK(1)")

    def test_internal_notes_wait_for_review(self):
        """DSR-1: what employees wrote among themselves is read before it goes out, and the first part says so."""
        self._say(self.ann, "She is difficult, says Carl", note=True)
        request = self._answer()
        self.assertEqual(request.state, "review")
        file = self._zip(request.package_ids)
        self.assertNotIn("difficult", self._text(file))
        self.assertIn("first part of our answer", file.read("index.html").decode())
        self.assertTrue(request.review_ids.filtered(lambda line: line.source_key == "mail.message.note"))

    def test_what_odoo_itself_writes_into_a_field_is_nothing_to_review(self):
        """DSR-1: a field that is reviewed, still as it was when the record was made, says nothing about the person."""
        self.env["ir.default"].set("res.partner", "comment", "<p>Standard</p>")
        self.ann.comment = "<p>Standard</p>"
        self.joann.comment = "<p>Pays late</p>"
        source = self.env["unicdo.data.map"]._sources()["res.partner"]
        found = self.env["unicdo.request"]._with_content(source, (self.ann | self.joann).ids)
        self.assertEqual(found, self.joann.ids)

    def test_shared_mailbox_is_left_to_a_person(self):
        """DSR-1: what an address shared by two people leads to is never taken for hers without somebody's decision."""
        self.env["res.partner"].create({"name": "Bob", "email": "ann@x.example", "comment": STRANGER})
        self.env["mail.message"].create(
            {
                "model": self.joann._name,
                "res_id": self.joann.id,
                "body": f"{STRANGER} shared",
                "message_type": "email",
                "email_from": "ann@x.example",
                "author_id": False,
                "subtype_id": self.env.ref("mail.mt_comment").id,
            }
        )
        request = self._answer()
        self.assertIn("doubtful", request.review_ids.mapped("why"))
        self.assertNotIn(STRANGER, self._text(self._zip(request.package_ids)))

    def test_portability_holds_what_she_gave_and_a_schema(self):
        """DSR-4: what she gave or made, in JSON and CSV with a schema; no message that others wrote, no note."""
        self._say(self.ann, "Mine, to take along", author=self.ann)
        self._say(self.ann, "An answer of ours")
        self._say(self.ann, "Internal", note=True)
        request = self._answer("portability")
        self.assertEqual(request.state, "answered")
        file = self._zip(request.package_ids)
        text = self._text(file)
        self.assertNotIn("An answer of ours", text)
        self.assertNotIn("Internal", text)
        schema = json.loads(file.read("schema.json"))["$defs"]
        for name in file.namelist():
            if name.startswith("data/") and name.endswith(".json"):
                known = schema[name]["properties"]["records"]["items"]["properties"]
                for row in json.loads(file.read(name))["records"]:
                    self.assertLessEqual(set(row), set(known), name)
        self.assertIn("name", schema["data/res-partner.json"]["properties"]["records"]["items"]["properties"])

    def test_what_was_killed_is_written_again(self):
        """DSR-1: each row of work may run twice and ends as if it had run once."""
        self._say(self.ann, "Hello", author=self.ann)
        self._attach(self.ann, "mine.txt", "x" * 1000, user=self.user)
        request = self._ask()
        package = request.package_ids
        for _round in range(3):
            works = self.env["unicdo.work"].search([("res_id", "=", package.id), ("res_model", "=", package._name)])
            for work in works.sorted("stage").filtered(lambda work: work.kind != "announce"):
                getattr(package, f"_do_work_{work.kind}")(work)
        file = self._zip(package)
        self.assertEqual(len(file.namelist()), len(set(file.namelist())))
        self.assertFalse(request.left_out_ids)

    def test_large_tables_are_cut_and_complete(self):
        """DSR-1: nothing is silently cut."""
        self.patch(unicdo_package_build, "RECORDS_PER_ROW", 7)
        for number in range(20):
            self._say(self.ann, f"number {number:02}.", author=self.ann)
        file = self._zip(self._answer().package_ids)
        pieces = sorted(
            name for name in file.namelist() if name.startswith("data/mail-message-0") and name.endswith(".json")
        )
        self.assertGreater(len(pieces), 2)
        text = " ".join(file.read(name).decode() for name in pieces)
        self.assertTrue(all(f"number {number:02}." in text for number in range(20)))
        self.assertTrue(
            all(name.removesuffix(".json").removeprefix("data/") in file.read("index.html").decode() for name in pieces)
        )

    def test_a_missing_file_is_named_and_stops_nothing(self):
        """DSR-1: what cannot be read is listed with its reason, in the package too."""
        attachment = self._attach(self.ann, "gone.txt", "content nobody else has", user=self.user)
        self.patch(type(self.env["ir.attachment"]), "_full_path", lambda self, path: f"/nonexistent/{path}")
        request = self._answer()
        self.assertEqual(request.left_out_ids.mapped("reason"), ["missing"])
        self.assertEqual(request.left_out_ids.res_id, attachment.id)
        self.assertIn("stored file is missing", self._zip(request.package_ids).read("index.html").decode())

    def test_a_broken_record_is_named_and_stops_nothing(self):
        """DSR-1: one record that cannot be read keeps her from no other."""
        good = self._say(self.ann, "fine", author=self.ann)
        bad = self._say(self.ann, "broken", author=self.ann)
        copy = type(self.env["unicdo.copy"])
        cell = copy._heading

        def heading(self, record, values):
            if record == bad:
                raise ValueError("private text")
            return cell(self, record, values)

        self.patch(copy, "_heading", heading)
        request = self._answer()
        self.assertEqual(request.left_out_ids.mapped(lambda line: (line.reason, line.res_id)), [("unreadable", bad.id)])
        self.assertNotIn("private text", str(request.left_out_ids.mapped("note")))
        self.assertIn(good.id, [row["id"] for row in self._records(self._zip(request.package_ids), "mail-message")])

    def test_a_model_without_a_name_is_shown_by_kind_and_number(self):
        """DSR-1: custom models need no name field."""
        log = self.env["res.users.log"].with_user(self.user).sudo().create({})
        file = self._zip(self._answer().package_ids)
        page = file.read("data/res-users-log.html").decode()
        self.assertNotIn("res.users.log,", page)
        self.assertIn(f" {log.id}</h2>", page)

    def test_a_large_file_and_a_long_field_arrive_whole(self):
        """DSR-1: no size limit."""
        self.ann.website = "https://x.example/" + "y" * 3_000_000
        self._attach(self.ann, "big.bin", b"\0" * 100_000_000, user=self.user)
        file = self._zip(self._answer().package_ids)
        name = next(name for name in file.namelist() if name.endswith("big.bin"))
        self.assertEqual(file.getinfo(name).file_size, 100_000_000)
        self.assertGreater(len(self._records(file, "res-partner")[0]["website"]), 3_000_000)

    def test_an_internal_note_of_hundred_megabytes_is_reviewed_and_released(self):
        """DSR-1: a reviewer's page stays short and says so; the person gets the note whole, and no process dies of it."""
        self.env.cr.execute(
            "UPDATE res_partner SET comment = '<p>' || repeat('note ', 20000000) || '</p>' WHERE id = %s", [self.ann.id]
        )
        self.ann.invalidate_recordset()
        request = self._answer()
        with self._reading(request) as lines:
            line = lines.filtered(lambda line: line.source_key == "res.partner")
            self.assertIn("more characters", line.preview)
            self.assertLess(len(line.preview), 110_000)
        request.review_ids.decision = "include"
        request.action_release()
        with memory_grown() as grown:
            self._run_jobs()
        # Odoo ends a process at 2.5 GB; a few copies are the ORM's own
        self.assertLess(grown[0], 6 * 100_000_000)
        second = request.package_ids.filtered(lambda package: package.part == "second")
        file = self._zip(second)
        self.assertGreaterEqual(file.getinfo("data/res-partner-reviewed.json").file_size, 100_000_000)

    def test_many_records_with_long_texts_are_read_few_at_a_time(self):
        """DSR-1: what a person may write without limit does not end the process that copies it."""
        notes = [self._say(self.ann, f"note {number}", author=self.ann).id for number in range(40)]
        self.env.cr.execute("UPDATE mail_message SET body = '<p>' || repeat('note ', 500000) WHERE id = ANY(%s)", [notes])
        self.env.invalidate_all()
        request = self._ask()
        with memory_grown() as grown:
            self._run_jobs()
        # 100 MB in all
        self.assertLess(grown[0], 60_000_000)
        records = self._records(self._zip(request.package_ids), "mail-message")
        self.assertEqual(sum(len(row["body"]) > 2_500_000 for row in records), 40)

    def test_expired_is_refused_at_once_and_destroyed_next(self):
        """DSR-1: refused from the instant of expiry, though no job ran; then the key and the files go."""
        package = self._answer().package_ids
        folder = package._folder()
        with freeze_time(package.expires_at + timedelta(seconds=1)):
            self.assertFalse(package._is_open())
            self.assertTrue(folder.exists())
            with self.enter_registry_test_mode():
                self.env.ref("unicdo_dsar.unicdo_package_cron").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(package.state, "destroyed")
        self.assertFalse(folder.exists())
        self.assertTrue(package.key_id.destroyed_at)

    def test_tampered_package_does_not_open(self):
        """GOV-9: a changed byte is noticed before it is handed out."""
        package = self._answer().package_ids
        path = package._folder() / "rows-0.json"
        data = bytearray(path.read_bytes())
        data[60] ^= 1
        path.write_bytes(data)
        with self.assertRaises(SealError):
            self._bytes(package)
        path.unlink()
        with self.assertRaises(SealError), opening():
            package._check_segments()

    @mute_logger("odoo.addons.unicdo_privacy.models.unicdo_work")
    def test_what_is_typed_into_the_first_page_opens_nothing(self):
        """GOV-9: the first page is a template that website designers edit; its expressions read no sealed package."""
        page = self.env.ref("unicdo_dsar.package_index")
        theft = "<t t-out=\"package._read_entry('data/res-partner.json')\"/>"
        page.arch = page.arch.replace("<main>", f"<main>{theft}")
        package = self._answer().package_ids
        self.assertEqual(package.state, "building")
        work = self.env["unicdo.work"].search([("res_id", "=", package.id), ("kind", "=", "assemble")])
        self.assertEqual((work.state, work.error), ("todo", "AccessError"))

    def test_nothing_lies_on_disk_in_clear(self):
        """GOV-9: packages are sealed, names of files included."""
        self._attach(self.ann, "diary.txt", "dear diary", user=self.user)
        package = self._answer().package_ids
        stored = b"".join(path.read_bytes() for path in package._folder().iterdir())
        for words in (b"dear diary", b"diary.txt", b"Ann Lee", b"index.html"):
            self.assertNotIn(words, stored)

    @mute_logger("odoo.addons.unicdo_privacy.models.unicdo_work")
    def test_without_a_vault_the_request_waits_and_nothing_is_lost(self):
        """DSR-1: the day of receipt counts, the request goes on by itself once the vault is there."""
        with self._no_key():
            request = self._answer()
            self.assertEqual(request.state, "received")
            self.assertFalse(request.package_ids)
            self.assertTrue(request.due_date)
        self.env["unicdo.request"]._cron_go_on()
        self._run_jobs()
        self.assertEqual(request.package_ids.state, "ready")

    def _no_key(self):
        return patch.dict(os.environ, {"UNICDO_VAULT_KEY": "", "UNICDO_VAULT_KEY_FILE": ""})

    def test_release_without_a_vault_says_what_to_do(self):
        self._say(self.ann, "note", note=True)
        request = self._answer()
        request.review_ids.action_include()
        with self._no_key(), self.assertRaisesRegex(UserError, "keygen"):
            request.action_release()
        self.assertEqual(request.state, "review")

    def test_no_policy_published_is_no_obstacle(self):
        self.env["unicdo.policy"].search([]).active = False
        self.assertEqual(self._answer().package_ids.state, "ready")

    def test_deleting_the_row_destroys_the_content(self):
        """GOV-9: no content outlives its row."""
        package = self._answer().package_ids
        key, folder = package.key_id, package._folder()
        package.unlink()
        self.assertTrue(key.destroyed_at)
        self.assertFalse(folder.exists())

    def test_memory_and_queries_do_not_grow_with_the_number_of_records(self):
        """DSR-1: batches, not records, cost queries."""
        partner = self.ann
        source = self.env["unicdo.data.map"]._sources()["mail.message"]
        ids = [self._say(partner, f"m{number}", author=partner).id for number in range(60)]
        package = self._answer().package_ids._for_person()
        columns = package._table_columns(source, "about")
        copy = package.env["unicdo.copy"]

        def count(ids):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(len(list(copy._rows(source, ids, columns, package._discretion()))), len(ids))
            return self.cr.sql_log_count - before

        count(ids[:5])
        self.assertLessEqual(abs(count(ids) - count(ids[:5])), 2)

    def test_today_is_the_day_of_the_answer(self):
        request = self._answer("portability")
        self.assertEqual(request.answered_at.date(), fields.Date.today())
