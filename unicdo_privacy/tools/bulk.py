# SPDX-License-Identifier: LGPL-3.0-or-later
"""Many rows in one statement, for tables without ORM side effects: a fraction of what ``create`` costs."""

from psycopg2 import sql


def insert_rows(cr, table, columns, rows, on_conflict=""):
    """Insert rows column by column, which PostgreSQL reads much faster than row by row.

    :param cr: a database cursor; flush the ORM before
    :param str table: table with a serial ``id``
    :param dict columns: column name → PostgreSQL type, in the order of the values
    :param rows: sequence of tuples
    :param str on_conflict: clause to add, such as ``ON CONFLICT DO NOTHING``
    :return: list of new ids, in the order of the rows (shorter where a conflict left rows out)
    """
    if not rows:
        return []
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    arrays = sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(kind)) for kind in columns.values())
    query = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {names} FROM unnest({arrays}) WITH ORDINALITY AS u({names}, place)"
        " ORDER BY place {on_conflict} RETURNING id"
    ).format(table=sql.Identifier(table), names=names, arrays=arrays, on_conflict=sql.SQL(on_conflict))
    # with a conflict clause a lost race is foreseen: whoever called is told, the log need not be
    cr.execute(query, [list(column) for column in zip(*rows, strict=True)], log_exceptions=not on_conflict)
    return [row[0] for row in cr.fetchall()]
