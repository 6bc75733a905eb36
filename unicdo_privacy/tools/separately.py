# SPDX-License-Identifier: LGPL-3.0-or-later
import psycopg2.errors

from odoo.tools import SQL


def fetch_separately(registry, query):
    """Run one statement in a read/write transaction of its own, again when another process was faster.

    For counts that must stay although the request that they count is rolled back.

    :param registry: Odoo registry of the database
    :param query: ``odoo.tools.SQL`` that returns at most one row
    :return: that row as a tuple, or None
    """
    for _attempt in range(10):
        with registry.cursor() as cr:
            try:
                cr.execute(SQL("%s", query), log_exceptions=False)
                return cr.fetchone()
            except psycopg2.errors.SerializationFailure:
                cr.rollback()
    return None
