# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged
from odoo.tests.common import new_test_user


@tagged("post_install", "-at_install")
class TestDataMap(TransactionCase):
    """GOV-1, DSR-1: everything of one person is found, and nothing of anybody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.map = cls.env["unicdo.data.map"]
        partners = cls.env["res.partner"].create([
            {"name": "Acme", "is_company": True, "email": "info@acme.example"},
            {"name": "Ann Doe", "email": "Ann Doe <Ann@x.example>", "phone": "+32 471 23 45 67"},
            {"name": "Ann Doe", "email": "other.ann@x.example"},
            {"name": "Joann", "email": "joann@x.example"},
            {"name": "Bob", "email": "bob@x.example"},
        ])
        cls.company, cls.ann, cls.namesake, cls.joann, cls.bob = partners
        (cls.ann | cls.bob).parent_id = cls.company
        cls.delivery = cls.env["res.partner"].create(
            {"name": "Ann at home", "type": "delivery", "parent_id": cls.ann.id, "email": "neighbour@x.example"}
        )

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.flush()

    def _message(self, **values):
        return self.env["mail.message"].create({"body": "hello", "message_type": "email", **values})

    def _found(self, key, partner=None):
        return self.map._find(partner or self.ann, [key])[key]

    def test_identity_is_the_person_and_its_own_addresses(self):
        user = new_test_user(
            self.env, "ann@login.example", "base.group_portal", partner_id=self.ann.id, email="ann@x.example"
        )
        identity = self.map._identity(self.ann)
        self.assertEqual(identity.partner_ids, tuple(sorted((self.ann | self.delivery).ids)))
        self.assertEqual(identity.user_ids, (user.id,))
        self.assertEqual(identity.emails, ("ann@login.example", "ann@x.example"))
        self.assertIn("32471234567", identity.phones)
        self.assertFalse(identity.shared_emails)

    def test_an_address_typed_in_by_the_person_alone_hands_nothing_out(self):
        """DSR-1: who puts somebody else's address on their own account gets nothing found by it without a review."""
        mallory = new_test_user(self.env, "mallory", "base.group_portal", email="mallory@x.example")
        stray = self._message(author_id=False, email_from="victor@x.example")
        copied = self._message(author_id=self.bob.id, incoming_email_cc="victor@x.example")
        mallory.partner_id.with_user(mallory).sudo().email = "victor@x.example"
        self.flush_tracking()
        found = self._found("mail.message", mallory.partner_id)
        self.assertFalse({stray.id, copied.id} & set(found.ids))
        self.assertIn(stray.id, found.doubtful)
        mallory.partner_id.email = "mallory@x.example"
        self.flush_tracking()
        mallory.partner_id.email = "victor@x.example"  # now somebody of ours says so
        self.flush_tracking()
        self.assertIn(stray.id, self._found("mail.message", mallory.partner_id).ids)

    def test_a_visitor_who_signs_up_under_any_address_gets_nothing_found_by_it(self):
        """DSR-1: free sign-up proves no address."""
        stray = self._message(author_id=False, email_from="victor@x.example")
        public = self.env.ref("base.public_user")
        user = new_test_user(
            self.env(user=public, su=True), "victor@x.example", "base.group_portal", email="victor@x.example"
        )
        self.assertEqual(user.create_uid, public)
        found = self._found("mail.message", user.partner_id)
        self.assertNotIn(stray.id, found.ids)
        self.assertIn(stray.id, found.doubtful)

    def test_a_child_with_its_own_account_is_somebody_else(self):
        new_test_user(self.env, "neighbour", "base.group_portal", partner_id=self.delivery.id)
        self.assertEqual(self.map._identity(self.ann).partner_ids, tuple(self.ann.ids))

    def test_public_visitors_are_nobody(self):
        self.assertFalse(self.map._identity(self.env.ref("base.public_partner")).partner_ids)
        self.assertFalse(any(rows.ids for rows in self.map._find(self.env.ref("base.public_partner")).values()))

    def test_messages_by_author_recipient_and_address_are_found(self):
        own = self._message(author_id=self.ann.id)
        received = self._message(author_id=self.bob.id, partner_ids=[Command.link(self.ann.id)])
        by_mail = self._message(author_id=False, email_from='"Doe, Ann" <ANN@x.example>')
        copied = self._message(author_id=self.bob.id, incoming_email_cc="joe@y.example, Ann <ann@x.example>")
        self.assertEqual(self._found("mail.message").ids, sorted((own | received | by_mail | copied).ids))

    def test_joann_namesake_and_colleague_are_left_out(self):
        for partner in (self.joann, self.namesake, self.bob, self.company):
            self._message(author_id=partner.id)
            self._message(author_id=False, email_from=partner.email)
        found = self._found("mail.message")
        self.assertFalse(found.ids + found.doubtful)
        self.assertEqual(self._found("res.partner").ids, sorted((self.ann | self.delivery).ids))

    def test_a_shared_mailbox_is_doubtful(self):
        self.env["res.partner"].create({"name": "Twin", "email": "ann@x.example"})
        message = self._message(author_id=False, email_from="ann@x.example")
        found = self._found("mail.message")
        self.assertFalse(found.ids)
        self.assertEqual(found.doubtful, message.ids)

    def test_an_address_on_somebody_elses_row_is_doubtful(self):
        message = self._message(author_id=self.bob.id, email_from="ann@x.example")
        self.assertEqual(self._found("mail.message").doubtful, message.ids)

    def test_a_phone_number_alone_is_doubtful(self):
        other = self.env["res.partner"].create({"name": "Same phone", "phone": "0032471234567"})
        found = self._found("res.partner")
        self.assertNotIn(other.id, found.ids)
        self.assertEqual(found.doubtful, other.ids)

    def test_a_switchboards_number_says_nothing(self):
        self.env["res.partner"].create([{"name": f"Colleague {n}", "phone": self.ann.phone} for n in range(5)])
        self.assertFalse(self.map._identity(self.ann).phones)
        self.assertFalse(self._found("res.partner").doubtful)

    def test_what_stands_on_a_doubtful_contact_is_left_alone(self):
        twin = self.env["res.partner"].create({"name": "Twin", "email": "ann@x.example"})
        message = twin.message_post(body="to the twin", author_id=self.bob.id, subtype_xmlid="mail.mt_comment")
        found = self.map._find(self.ann, ["res.partner", "mail.message.thread"])
        self.assertEqual(found["res.partner"].doubtful, twin.ids)
        self.assertNotIn(message.id, found["mail.message.thread"].ids + found["mail.message.thread"].doubtful)

    def test_private_chats_with_both_sides_and_no_open_channels(self):
        chat, channel = self.env["discuss.channel"].create([
            {"name": kind, "channel_type": kind, "channel_member_ids": [
                Command.create({"partner_id": partner.id}) for partner in (self.ann, self.bob)
            ]}
            for kind in ("group", "channel")
        ])
        said = self._message(author_id=self.bob.id, model="discuss.channel", res_id=chat.id)
        public = self._message(author_id=self.bob.id, model="discuss.channel", res_id=channel.id)
        found = self.map._find(self.ann, ["discuss.channel", "mail.message.thread"])
        self.assertEqual(found["discuss.channel"].ids, chat.ids)
        self.assertIn(said.id, found["mail.message.thread"].ids)
        self.assertNotIn(public.id, found["mail.message.thread"].ids)

    def test_messages_on_the_persons_record_come_by_visibility(self):
        note = self.ann.message_post(body="internal", author_id=self.bob.id, subtype_xmlid="mail.mt_note")
        comment = self.ann.message_post(body="open", author_id=self.bob.id, subtype_xmlid="mail.mt_comment")
        found = self.map._find(self.ann, ["mail.message.thread", "mail.message.note"])
        self.assertIn(comment.id, found["mail.message.thread"].ids)
        self.assertNotIn(note.id, found["mail.message.thread"].ids)
        self.assertIn(note.id, found["mail.message.note"].ids)
        self.assertEqual(self.map._sources()["mail.message.note"].review, ("*",))

    def test_files_follow_their_message_or_record(self):
        attached = self.env["ir.attachment"].create({"name": "letter.txt", "raw": b"x"})
        self._message(author_id=self.ann.id, attachment_ids=[Command.link(attached.id)])
        kept = self.env["ir.attachment"].create(
            {"name": "scan.txt", "raw": b"y", "res_model": "res.partner", "res_id": self.ann.id}
        )
        foreign = self.env["ir.attachment"].create(
            {"name": "scan.txt", "raw": b"z", "res_model": "res.partner", "res_id": self.joann.id}
        )
        found = self.map._find(self.ann, ["ir.attachment", "ir.attachment.record"])
        self.assertIn(attached.id, found["ir.attachment"].ids)
        self.assertIn(kept.id, found["ir.attachment.record"].ids)
        self.assertNotIn(foreign.id, found["ir.attachment"].ids + found["ir.attachment.record"].ids)

    def test_files_a_customer_uploaded_are_theirs_and_an_employees_are_not(self):
        customer = new_test_user(self.env, "ann_customer", "base.group_portal", partner_id=self.ann.id)
        clerk = new_test_user(self.env, "bob_clerk", "base.group_user", partner_id=self.bob.id)
        files = [
            self.env["ir.attachment"].with_user(user).sudo().create({"name": user.login, "raw": b"x"})
            for user in (customer, clerk)
        ]
        self.assertEqual(self._found("ir.attachment.own").ids, files[0].ids)
        self.assertFalse(self._found("ir.attachment.own", self.bob).ids)

    def test_names_of_api_keys_are_found_without_the_key(self):
        user = new_test_user(self.env, "ann_api", "base.group_portal", partner_id=self.ann.id)
        self.env.cr.execute(
            "INSERT INTO res_users_apikeys (name, user_id, index, key) VALUES ('till', %s, '12345678', 'secret')"
            " RETURNING id", [user.id],
        )
        key_id = self.env.cr.fetchone()[0]
        self.assertEqual(self._found("res.users.apikeys").ids, [key_id])
        self.assertNotIn("key", self.map._sources()["res.users.apikeys"].fields)

    def test_archived_rows_are_found(self):
        self.delivery.action_archive()
        self.assertIn(self.delivery.id, self._found("res.partner").ids)

    def test_counts_leave_empty_sources_out(self):
        self._message(author_id=self.ann.id)
        counts = self.map._count(self.ann)
        self.assertEqual(counts["res.partner"], 2)
        self.assertEqual(counts["mail.message"], 1)
        self.assertNotIn(0, counts.values())

    def test_queries_do_not_grow_with_rows(self):
        self.map._find(self.ann)
        for number in range(20):
            self._message(author_id=self.ann.id, subject=str(number))
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.map._find(self.ann)
        first = self.env.cr.sql_log_count - before
        for number in range(100):
            self._message(author_id=self.ann.id, subject=str(number))
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.map._find(self.ann)
        self.assertLessEqual(self.env.cr.sql_log_count - before, first)
        self.assertLessEqual(first, 2 * len(self.map._sources()) + 10)

    def test_no_secret_is_ever_copied(self):
        for found in self.map._sources().values():
            for name in found.fields:
                self.assertNotRegex(name, r"password|token|secret|signup|totp|oauth|api_key")

    def test_provided_and_review_are_parts_of_the_copy(self):
        for found in self.map._sources().values():
            self.assertLessEqual(set(found.provided), set(found.fields), found.key)
            self.assertLessEqual(set(found.redact), set(found.fields), found.key)
            self.assertLessEqual(set(found.review) - {"*"}, set(found.fields), found.key)
