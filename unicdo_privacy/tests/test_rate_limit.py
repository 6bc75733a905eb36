# SPDX-License-Identifier: LGPL-3.0-or-later
from freezegun import freeze_time

from odoo.tests import tagged

from .common import PrivacyCase


@tagged("post_install", "-at_install")
class TestRateLimit(PrivacyCase):
    """Public forms are limited per source (DESIGN 8)."""

    def setUp(self):
        super().setUp()
        # the count is kept in a transaction of its own, which in tests is this one
        self.registry_enter_test_mode()

    def _take(self, source="203.0.113.7", what="form"):
        return self.env["unicdo.rate.limit"]._take(what, source, 2, 60)

    def test_two_uses_an_hour_then_the_minutes_to_wait(self):
        with freeze_time("2026-05-01 10:00"):
            self.assertEqual([self._take(), self._take(), self._take()], [0, 0, 60])
        with freeze_time("2026-05-01 10:30"):
            self.assertEqual(self._take(), 30, "being refused does not prolong it")
        with freeze_time("2026-05-01 11:00"):
            self.assertEqual(self._take(), 0)

    def test_sources_and_forms_count_apart(self):
        for _number in range(3):
            self._take()
        self.assertTrue(self._take())
        self.assertFalse(self._take("203.0.113.8"))
        self.assertFalse(self._take(what="other form"))

    def test_the_table_does_not_say_who_it_was(self):
        """GOV-9: keyed digests only, gone when their time is over."""
        others = self.env["unicdo.rate.limit"].search([])
        with freeze_time("2026-05-01 10:00"):
            self._take("ann@x.example")
        rows = self.env["unicdo.rate.limit"].search([]) - others
        self.assertFalse(rows.filtered(lambda row: "ann" in row.digest or len(row.digest) != 64))
        with freeze_time("2026-05-01 11:01"):
            self.env["unicdo.rate.limit"]._gc_over()
        self.assertFalse(rows.exists())
