# SPDX-License-Identifier: LGPL-3.0-or-later
"""Many clicks on one button at the same moment, answered by several processes: one request, and a silent log (CAN-1)."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.conftest import postpone_jobs, trouble_in
from tests.faults.test_package_download import Browser, is_up
from tests.support.odoo_process import free_ports, rows, wait_until

CLICKS = 8
PREPARE = """
from odoo.fields import Command

user = env["res.users"].with_context(no_reset_password=True).create({
    "name": "Ann Lee", "login": "ann", "password": "ann", "email": "ann@x.example",
    "group_ids": [Command.set([env.ref("base.group_portal").id])],
})
hosting = env["unicdo.hosting.subscription"].create({
    "name": "ann.example", "partner_id": user.partner_id.id, "admin_ids": [Command.set(user.partner_id.ids)],
    "customer_type": "business", "start_date": "2026-01-01", "concluded_on": "2026-01-01",
})
print("SEEN", hosting.id)
env.cr.commit()
"""


@pytest.fixture(scope="module")
def site(bench):
    """A database with one contract, and a server of several processes before it: its name and port, and the contract."""
    name = bench.copy("clicks")
    hosting = int(bench.shell(name, PREPARE).split("SEEN")[1])
    postpone_jobs(name)
    port, events = free_ports(2)
    options = (f"--http-port={port}", f"--gevent-port={events}", "--workers=4", "--max-cron-threads=0")
    with bench.server(name, "clicks", *options):
        assert wait_until(lambda: is_up(Browser(port)), 90)
        yield name, port, hosting


def at_once(click):
    """Click several times at the same moment; the statuses that came back."""
    with ThreadPoolExecutor(CLICKS) as pool:
        return {answer.status for answer in pool.map(lambda _number: click(), range(CLICKS))}


def requests_of(name, channel):
    """Ids of the requests that came by a channel, and how many receipts were written about them."""
    return rows(name, """
        SELECT c.id, count(l.id) FROM unicdo_cancellation c
          LEFT JOIN unicdo_cancellation_letter l ON l.cancellation_id = c.id AND l.kind = 'receipt'
         WHERE c.channel = %s GROUP BY c.id""", [channel])


def test_many_clicks_in_the_portal_make_one_request(bench, site):
    """CAN-1: each sees the one request, and nothing that was declared stands in the log."""
    name, port, hosting = site
    browser = Browser(port)
    browser.post("/web/login", "/web/login", login="ann", password="ann")
    page = browser.get(f"/my/hosting/{hosting}/cancel").read().decode()
    data = {"csrf_token": re.search(r'csrf_token: "([^"]+)"', page)[1], "kind": "good_cause", "reason": "SECRET"}
    assert at_once(lambda: browser.get(f"/my/hosting/{hosting}/cancel", data)) == {200}
    assert [receipts for _request, receipts in requests_of(name, "portal")] == [1]
    assert not trouble_in(bench.log("clicks"))
    assert "SECRET" not in bench.log("clicks")


def test_many_clicks_on_the_public_button_make_one_declaration(bench, site):
    """CAN-1: without a session, and counted once by the limit of declarations."""
    name, port, _hosting = site
    browser = Browser(port)
    page = browser.get("/hosting/cancel").read().decode()
    data = {"key": re.search(r'name="key" value="([\w-]+)"', page)[1], "kind": "ordinary", "name": "SECRET",
            "contract": "ann.example", "email": "secret@x.example"}
    assert at_once(lambda: browser.get("/hosting/cancel", data)) == {200}
    assert [receipts for _request, receipts in requests_of(name, "public")] == [1]
    assert rows(name, "SELECT used FROM unicdo_rate_limit") == [(1,), (1,)]
    assert not trouble_in(bench.log("clicks"))
    assert "secret" not in bench.log("clicks").lower()
