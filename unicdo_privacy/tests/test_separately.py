# SPDX-License-Identifier: LGPL-3.0-or-later
from types import SimpleNamespace

from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged

from ..tools.separately import glance


@tagged("post_install", "-at_install")
class TestGlance(TransactionCase):
    """A look at what is committed now leaves the connection as core's cursors want it."""

    def setUp(self):
        super().setUp()
        self.connect = db_connect(self.env.cr.dbname).cursor
        # the tests' own cursors are in one transaction
        self.real = SimpleNamespace(cr=self.env.cr, registry=SimpleNamespace(cursor=self.connect))

    def _moments(self, cr):
        """The connection, and whether two statements stand in one transaction."""
        moments = set()
        for _statement in range(2):
            cr.execute("SELECT pg_backend_pid(), now()")
            pid, moment = cr.fetchone()
            moments.add(moment)
        return pid, len(moments) == 1

    def test_it_is_in_no_transaction_and_the_next_one_is(self):
        """The next who takes the same connection has a transaction again, of core's kind."""
        with glance(self.real) as cr:
            looked, is_one = self._moments(cr)
        self.assertFalse(is_one)
        with self.connect() as cr:
            taken, is_one = self._moments(cr)
            cr.execute("SHOW transaction_isolation")
            self.assertEqual(cr.fetchone(), ("repeatable read",))
        self.assertEqual(taken, looked, "the same connection")
        self.assertTrue(is_one)

    def test_an_error_leaves_nothing_behind(self):
        """A look that fails."""
        with self.assertRaises(ZeroDivisionError), glance(self.real) as cr:
            looked, _is_one = self._moments(cr)
            raise ZeroDivisionError
        with self.connect() as cr:
            self.assertEqual(self._moments(cr), (looked, True))
