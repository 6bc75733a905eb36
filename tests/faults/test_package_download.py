# SPDX-License-Identifier: LGPL-3.0-or-later
"""Packages downloaded from workers that are ended in the middle, and destroyed ones beside an old dump (DSR-1)."""
import hashlib
import html
import re
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException, IncompleteRead
from http.cookiejar import CookieJar

import pytest

from tests.faults.conftest import wake
from tests.support.odoo_process import rows, wait_until

ONE_CRON = ("--no-http", "--max-cron-threads=1")
MESSAGES = 1_000
FILES = 6

#: a person with much data and no address, so that nothing has to be mailed
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
        "name": f"file-{{number}}.bin", "res_model": "res.partner", "res_id": partner.id, "raw": os.urandom(40 << 20),
    }})

env.cr.commit()
"""
ASK = """
user = env["res.users"].search([("login", "=", "heavy")])
request = env["unicdo.request"]._ask(user.partner_id, "access", channel="portal", identity_checked="session")
env.cr.commit()
"""

@pytest.fixture(scope="module")
def database(bench):
    name = bench.copy("download")
    rows(name, "UPDATE unicdo_work SET state = 'cancelled' WHERE state = 'todo'")
    rows(name, "UPDATE ir_cron SET active = false WHERE id NOT IN (SELECT res_id FROM ir_model_data"
               " WHERE module = 'unicdo_privacy' AND name LIKE 'unicdo_work_cron_%')")
    bench.shell(name, PERSON)
    return name


def progress(database):
    """How many rows of work on packages are done, and how many wait."""
    counts = dict(rows(database, "SELECT state, count(*) FROM unicdo_work WHERE res_model = 'unicdo.package' GROUP BY 1"))
    return counts.get("done", 0), counts.get("todo", 0)


def finished(database):
    return wait_until(lambda: progress(database)[1] == 0 and progress(database)[0], 180)


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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_up(browser):
    try:
        return browser.get("/web/login").status == 200
    except (OSError, HTTPException):
        return False


def slowly(answer, seconds, content):
    """Read an answer no faster than its worker lives.

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
    bench.shell(database, ASK)
    with bench.server(database, "maker", *ONE_CRON):
        wake(database)
        assert finished(database)
    token = bench.shell(database, """
package = env["unicdo.package"].search([("state", "=", "ready")], limit=1)
print(env["unicdo.download.link"]._issue(package)[1])
env.cr.commit()
""").split()[-1]
    expected = hashlib.sha256()
    port = free_port()
    options = ("--http-port", str(port), "--gevent-port", str(free_port()), "--workers=2", "--limit-time-real=10",
               "--max-cron-threads=0")
    with bench.server(database, "workers", *options):
        browser = Browser(port)
        assert wait_until(lambda: is_up(browser), 90, pause=1)
        browser.post("/web/login", "/web/login", login="heavy", password="heavy")
        answer = browser.post(f"/my/privacy/package/{token}", f"/my/privacy/package/{token}")
        url, etag, size = answer.url, answer.headers["ETag"], int(answer.headers["Content-Length"])
        content, breaks = bytearray(), 0
        whole = slowly(answer, 25, content)
        while not whole and breaks < 40:
            breaks += 1
            wait_until(lambda: is_up(browser), 30, pause=0.5)
            rest = browser.get(url, Range=f"bytes={len(content)}-", If_Range=etag)
            assert rest.status == 206
            whole = slowly(rest, 25 * (size - len(content)) / size, content)
        assert len(content) == size
        assert breaks >= 1, "no worker was ended in the middle: the test proves nothing"
    expected.update(content)
    digest = bench.shell(database, """
import hashlib
from odoo.addons.unicdo_privacy.tools.guard import opening

package = env["unicdo.package"].search([("state", "=", "ready")], limit=1)
digest = hashlib.sha256()
with opening():
    for chunk in package._span_reader()(0, int(package.size)):
        digest.update(chunk)

print(digest.hexdigest())
""").split()[-1]
    assert digest == expected.hexdigest()
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
