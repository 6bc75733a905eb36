# SPDX-License-Identifier: LGPL-3.0-or-later
from types import SimpleNamespace
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..controllers import hand_out as module
from ..tools import guard, sealing
from .common import PrivacyCase
from .vault_common import VaultMixin


@tagged("post_install", "-at_install")
class TestHandOut(VaultMixin, PrivacyCase):
    """Sealed content goes to a request's own session user only, under ``sudo`` too (DESIGN 7)."""

    def setUp(self):
        super().setUp()
        self.person = self._user_with_role("portal")
        self.officer = self._user_with_role("officer")
        self.key = self.env["unicdo.vault.key"]._new("res.partner", self.person.partner_id.id, "test")
        self.path = self.env["unicdo.vault"]._folder("test") / "one"
        with self.key._writer(self.path) as writer:
            writer.write(b"content")

    def session_of(self, user, db=None):
        session = SimpleNamespace(uid=user.id if user else None)
        return patch.object(module, "request", SimpleNamespace(session=session, db=db or self.env.cr.dbname))

    def handed_out(self, **allowed):
        with module.hand_out(self.key.sudo(), self.path, **allowed) as reader:
            return b"".join(reader.read_range())

    def test_the_person_gets_it(self):
        with self.session_of(self.person):
            self.assertEqual(self.handed_out(user_ids=self.person.ids), b"content")
            sealed = self.key._seal(b"word")
            self.assertEqual(module.hand_out_bytes(self.key, sealed, self.person.ids), b"word")

    def test_a_member_of_the_named_group_gets_it(self):
        group = "unicdo_privacy.unicdo_privacy_group_officer"
        with self.session_of(self.officer):
            self.assertEqual(self.handed_out(group=group), b"content")
        with self.session_of(self.person), self.assertRaises(AccessError):
            self.handed_out(group=group)

    def test_nobody_else_gets_it_whoever_the_code_runs_as(self):
        for user in (self.officer, self.env.ref("base.user_admin"), None):
            with self.session_of(user), self.assertRaises(AccessError):
                self.handed_out(user_ids=self.person.ids)

    def test_there_is_no_handing_out_without_a_request_or_to_another_database(self):
        with self.assertRaises(AccessError):
            self.handed_out(user_ids=[self.env.uid, self.person.id])
        with self.session_of(self.person, db="another"), self.assertRaises(AccessError):
            self.handed_out(user_ids=self.person.ids)

    def test_a_server_action_in_the_persons_own_request_gets_nothing(self):
        with self.session_of(self.person), guard.action_code(), self.assertRaises(AccessError):
            self.handed_out(user_ids=self.person.ids)

    def test_handing_out_one_file_leaves_the_others_closed(self):
        sealed = self.key._seal(b"word")
        with self.session_of(self.person), module.hand_out(self.key, self.path, self.person.ids):
            with self.assertRaises(AccessError):
                self.key._open(sealed)

    def test_a_destroyed_key_hands_nothing_out(self):
        self.key._destroy()
        with self.session_of(self.person), self.assertRaises(sealing.SealError):
            self.handed_out(user_ids=self.person.ids)
