# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib

import psycopg2.errors

from odoo import SUPERUSER_ID, api
from odoo.sql_db import Cursor
from odoo.tools import SQL


@contextlib.contextmanager
def fresh_cursor(env):
    """A read/write cursor of its own, which sees what is committed now, also from a request that may only read.

    :param env: environment of the running transaction
    """
    if env.cr.readonly:
        # nothing can be lost, and the tests' stand-in for a read-only cursor wants it
        env.cr.rollback()
    with env.registry.cursor() as cr:
        yield cr


@contextlib.contextmanager
def glance(env):
    """:func:`fresh_cursor` for one statement that only reads: without a transaction around it, which would cost two journeys
    to the database. The pool puts the connection back into its usual state."""
    with fresh_cursor(env) as cr:
        if isinstance(cr, Cursor):  # the tests' stand-in is in a transaction
            cr.connection.autocommit = True
        yield cr


@contextlib.contextmanager
def fresh(record):
    """A record as it is committed now, with all rights, in a transaction of its own that is committed at the end of the
    block: for what has to stay whatever becomes of the request."""
    with fresh_cursor(record.env) as cr:
        yield record.with_env(api.Environment(cr, SUPERUSER_ID, {}))


def fetch_separately(env, query):
    """Run one statement in a read/write transaction of its own, again when another process was faster.

    For counts that must stay although the request that they count is rolled back.

    :param env: environment of the running transaction
    :param query: ``odoo.tools.SQL`` that returns at most one row
    :return: that row as a tuple, or None
    """
    for _attempt in range(10):
        with fresh_cursor(env) as cr:
            try:
                cr.execute(SQL("%s", query), log_exceptions=False)
                return cr.fetchone()
            except psycopg2.errors.SerializationFailure:
                cr.rollback()
    return None
