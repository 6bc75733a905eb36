# SPDX-License-Identifier: LGPL-3.0-or-later
"""Packages downloaded from workers that are ended in the middle, and destroyed ones beside an old dump (DSR-1)."""
import hashlib
import html
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException, IncompleteRead
from http.cookiejar import CookieJar

import pytest

from tests.faults.conftest import listening, until_done, wake
from tests.support.odoo_process import free_ports, rows, wait_until

ONE_CRON = ("--no-http", "--max-cron-threads=1")
MESSAGES = 1_000
#: more than the network holds back by itself while the reader dawdles
FILES, FILE_BYTES = 3, 20 << 20
#: seconds for the whole at the dawdling reader's pace, beside the ten that a worker has
DAWDLING = 25

#: a person with much data and no address, so that nothing has to be mailed, asks for it
PERSON = f"""
import os

user = env["res.users"].with_context(no_reset_password=True).create({{
    "name": "Heavy", "login": "heavy", "password": "heavy", "group_ids": [(6, 0, [env.ref("base.group_portal").id])],
}})
partner = user.partner_id
env.cr.execute('''
    INSERT INTO mail_message (message_type, model, res_id, author_id, body, date, create_date, write_date, subtype_id,
                              is_internal, message_id, reply_to)
    SELECT 'comment', 'res.partner', %(partner)s, %(partner)s, '<p>Message ' || i || '</p>', now(), now(), now(),
           %(subtype)s, false, 'fault-' || i, 'nobody@example.com'
      FROM generate_series(1, {MESSAGES}) i
''', {{"partner": partner.id, "subtype": env.ref("mail.mt_comment").id}})
for number in range({FILES}):
    env["ir.attachment"].with_user(user).sudo().create({{
        "name": f"file-{{number}}.bin", "res_model": "res.partner", "res_id": partner.id, "raw": os.urandom({FILE_BYTES}),
    }})

env["unicdo.request"]._ask(partner, "access", channel="portal", identity_checked="session")
env.cr.commit()
"""
#: the secret of a link, and what the package is to the last byte
LINK = """
import hashlib
from odoo.addons.unicdo_privacy.tools.guard import opening

package = env["unicdo.package"].search([("state", "=", "ready")], limit=1)
digest = hashlib.sha256()
with opening():
    for chunk in package._span_reader()(0, int(package.size)):
        digest.update(chunk)

print(env["unicdo.download.link"]._issue(package)[1], digest.hexdigest())
env.cr.commit()
"""


@pytest.fixture(scope="module")
def database(bench):
    name = bench.copy("download")
    rows(name, "UPDATE unicdo_work SET state = 'cancelled' WHERE state = 'todo'")
    rows(name, "UPDATE ir_cron SET active = false WHERE id NOT IN (SELECT res_id FROM ir_model_data"
               " WHERE module = 'unicdo_privacy' AND name LIKE 'unicdo_work_cron_%')")
    bench.shell(name, PERSON)
    with bench.server(name, "maker", *ONE_CRON) as process:
        # a scheduler that does not listen yet would come by a minute later
        assert wait_until(lambda: listening([process]), 120), "Odoo did not start"
        wake(name)
        assert set(until_done(name, 180, "unicdo.package")) == {"done"}
    return name


class Browser:
    """Enough of a browser: cookies, forms, redirects."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, url, data=None, **headers):
        url = url if url.startswith("http") else self.base + url
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.opener.open(urllib.request.Request(url, body, names), timeout=60)  # noqa: S310

    def post(self, page, url, **data):
        """Send the form of a page."""
        text = self.get(page).read().decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', text) or re.search(r'csrf_token: "([^"]+)"', text)
        return self.get(url, {"csrf_token": html.unescape(token[1]), **data})


def is_up(browser):
    try:
        return browser.get("/web/login").status == 200
    except (OSError, HTTPException):
        return False


def read_on(answer, content, seconds=0):
    """Read an answer to its end, or to where it breaks off.

    :param seconds: take so long for the whole, by dawdling
    :return: whether it ended whole
    """
    size, before = int(answer.headers["Content-Length"]), len(content)
    pause = seconds / max(size / (1 << 20), 1)
    try:
        while chunk := answer.read(1 << 20):
            content += chunk
            time.sleep(pause)
    except (IncompleteRead, OSError) as error:
        content += getattr(error, "partial", b"")
    return len(content) - before == size


def test_download_goes_on_where_the_worker_was_ended(bench, database):
    """DSR-1: a download longer than limit_time_real resumes by range."""
    token, digest = bench.shell(database, LINK).split()[-2:]
    port, events = free_ports(2)
    options = (f"--http-port={port}", f"--gevent-port={events}", "--workers=2", "--limit-time-real=10",
               "--max-cron-threads=0")
    with bench.server(database, "workers", *options):
        browser = Browser(port)
        assert wait_until(lambda: is_up(browser), 90)
        browser.post("/web/login", "/web/login", login="heavy", password="heavy")
        answer = browser.post(f"/my/privacy/package/{token}", f"/my/privacy/package/{token}")
        url, etag, size = answer.url, answer.headers["ETag"], int(answer.headers["Content-Length"])
        content, breaks = bytearray(), 0
        whole = read_on(answer, content, DAWDLING)
        while not whole and breaks < 40:
            breaks += 1
            wait_until(lambda: is_up(browser), 30)
            rest = browser.get(url, Range=f"bytes={len(content)}-", If_Range=etag)
            assert rest.status == 206
            whole = read_on(rest, content)
        assert len(content) == size
        assert breaks >= 1, "no worker was ended in the middle: the test proves nothing"
    assert hashlib.sha256(content).hexdigest() == digest
    assert rows(database, "SELECT max(opened_count) FROM unicdo_download_link") == [(1,)]


def test_an_old_dump_does_not_open_what_was_destroyed(bench, database):
    """DSR-1: the file is destroyed at expiry; the row of an older dump finds neither key nor file."""
    older = f"{database}_older"
    bench.made.append(older)
    bench.create(older, database)
    bench.shell(database, """
env["unicdo.package"].search([("state", "=", "ready")])._destroy()
env.cr.commit()
""")
    bench.drop(database)
    bench.rename(older, database)
    said = bench.shell(database, """
from odoo.addons.unicdo_privacy.tools.guard import opening
from odoo.addons.unicdo_privacy.tools.sealing import SealError

package = env["unicdo.package"].search([("state", "=", "ready")], limit=1)
try:
    with opening():
        next(package._span_reader()(0, 10))

except SealError:
    print("closed")

""")
    assert said.split()[-1] == "closed"
