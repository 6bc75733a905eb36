# SPDX-License-Identifier: LGPL-3.0-or-later
"""Numbers that the promises of POLICY.md fix."""

#: DSR-1: a download link, and the file behind it, live this long
PACKAGE_DAYS = 7
#: how often one link opens the package
OPENINGS = 3
#: an opening lasts this long in the session that made it, so that a slow download can be resumed
TICKET_HOURS = 24
#: a fresh link can be had for this long after the answer
RENEW_DAYS = 30
#: who confirmed their identity reads the records of one request's review for this long
REVIEW_MINUTES = 15

#: work is cut so that a row takes seconds
RECORDS_PER_ROW = 5000
FILES_PER_ROW = 500
BYTES_PER_ROW = 64 << 20
#: records read from the database at a time, and the bytes of their texts above which fewer are taken
BATCH = 500
BATCH_BYTES = 4 << 20
READ_CHUNK = 1 << 18
#: characters of one field that a reviewer's page shows: more would stop the browser
PREVIEW_CHARS = 100_000

#: while a request is in one of these, its review is read and decided on
REVIEW_STATES = ("working", "review", "failed")
OPEN_STATES = ("received", "working", "review", "ready", "failed")
#: categories of the data map in whose records a name is always somebody's
NAMED_CATEGORIES = ("account", "credentials", "company", "payment", "applications", "personnel")
