# SPDX-License-Identifier: LGPL-3.0-or-later
"""Recordings of one database that another keeps: two databases, two servers, one of them away for a while (REC-1, REC-4)."""
import contextlib
import gzip
import json
import time
import urllib.error
import urllib.request
import uuid
from http.cookiejar import CookieJar

import pytest

from tests.faults.conftest import postpone_jobs, rows, wake
from tests.support.odoo_process import free_ports, wait_until

LOGIN = "somebody@example.com"
#: a database on trial, where somebody can sign in; prints its registration code
TRIAL = """
env["unicdo.vault"]._take_over()
env["unicdo.recording.trial"]._own().uuid = {uuid!r}  # both databases are copies of one
parameters = env["ir.config_parameter"]
for key, value in {{"allowed": "True", "is_trial": "True", "collector": {collector!r}}}.items():
    parameters.set_param("unicdo_trial_recording." + key, value)

env["res.users"].with_context(no_reset_password=True).create({{
    "name": "Somebody", "login": {login!r}, "password": {login!r}, "group_ids": [(6, 0, env.ref("base.group_user").ids)],
}})
from odoo.addons.unicdo_privacy.tests.provider_common import ProviderMixin

mixin = ProviderMixin()
mixin.env = env
purpose = env["unicdo.purpose"]._by_key("trial_recording")
mixin._used("Recorder Ltd", hosts={collector!r}.partition("://")[2], purpose_ids=purpose.ids)
print("CODE", env["unicdo.recording.trial"]._own()._prepare_own().registration_code)
env.cr.commit()
"""
COLLECTOR = """
env["unicdo.vault"]._renew()  # a copy of the other, with a vault of its own
env["unicdo.recording.trial"].create({{"registration_code": {code!r}}})
env.cr.commit()
"""
UNINSTALL = """
env["ir.module.module"].search([("name", "=", "unicdo_trial_recording")]).button_immediate_uninstall()
env.cr.commit()
"""
HEALTH = """
print("HEALTH", *[check["state"] + " " + check["text"] for check in env["unicdo.health"]._checks()
                  if check["key"].startswith("collector_")])
"""


class Visitor:
    """Somebody's browser, as far as recordings need one."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path):
        with self._opener.open(self.address + path, timeout=30) as answer:
            return answer.read().decode()

    def rpc(self, path, **params):
        body = json.dumps({"jsonrpc": "2.0", "params": params}).encode()
        request = urllib.request.Request(self.address + path, body, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=30) as answer:
            said = json.load(answer)
        assert "error" not in said, said
        return said["result"]


def send(grant, number=0):
    """Send a piece where the page was told to; the answer's status."""
    event = {"type": 4, "data": {"href": "http://127.0.0.1/odoo", "width": 9, "height": 9}, "timestamp": int(time.time() * 1000)}
    body = gzip.compress(json.dumps({"v": 1, "events": [event]}).encode())
    url = f"{grant['upload']}/{grant['recording']}/{grant['base'] + number}"
    request = urllib.request.Request(url, grant["token"].encode() + b"\n" + body, {"Content-Type": "text/plain"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def answers(port):
    with contextlib.suppress(OSError):
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5))


class Pair:
    """A trial database with a server that runs, and its collector, whose server comes and goes."""

    def __init__(self, bench):
        self.bench = bench
        self.port, self.other_port, *self.events = free_ports(4)
        self.trial, self.collector = bench.copy("trial"), bench.copy("collector")
        where = f"http://127.0.0.1:{self.other_port}"
        code = bench.shell(self.trial, TRIAL.format(collector=where, login=LOGIN, uuid=uuid.uuid4().hex))
        bench.shell(self.collector, COLLECTOR.format(code=code.split("CODE ")[1].split()[0]))
        for name in (self.trial, self.collector):
            postpone_jobs(name)

    @contextlib.contextmanager
    def server(self, database, port, events, crons):
        options = [f"--http-port={port}", f"--gevent-port={events}", f"--max-cron-threads={crons}"]
        with self.bench.server(database, f"collector_{database}", *options) as process:
            assert wait_until(lambda: answers(port), 90)
            yield process

    def collecting(self):
        return self.server(self.collector, self.other_port, self.events[1], 0)

    def kept(self):
        return rows(self.collector, "SELECT count(*) FROM unicdo_recording")[0][0]

    def told(self):
        """Let the trial database's background work be done; whether nothing of it is left."""
        rows(self.trial, "UPDATE unicdo_work SET next_try = NULL WHERE kind = 'withdraw'")
        wake(self.trial)
        return not rows(self.trial, "SELECT 1 FROM unicdo_work WHERE kind = 'withdraw' AND state != 'done'")

    def asks(self):
        """What the health page says after the job that asks has run."""
        wake(self.trial, "unicdo_recording_lateness_cron")
        before = rows(self.trial, "SELECT lastcall FROM ir_cron WHERE cron_name = 'Privacy: see that recordings go in time'")
        assert wait_until(lambda: rows(
            self.trial, "SELECT lastcall FROM ir_cron WHERE cron_name = 'Privacy: see that recordings go in time'") != before, 30)
        return self.bench.shell(self.trial, HEALTH).split("HEALTH ")[1].strip()


@pytest.fixture(scope="module")
def pair(bench):
    made = Pair(bench)
    with made.server(made.trial, made.port, made.events[0], 1):
        yield made


def agreed(pair):
    """Somebody who agreed and is being recorded: their browser, and what it was told."""
    visitor = Visitor(pair.port)
    visitor.rpc("/web/session/authenticate", db=pair.trial, login=LOGIN, password=LOGIN)
    visitor.rpc("/recording/choice", choice="given", shown=visitor.rpc("/recording/notice")["hash"])
    grant = visitor.rpc("/recording/begin", page={"surface": "backend", "width": 1280, "height": 800})
    return visitor, grant


def test_a_withdrawal_destroys_at_the_collector_even_if_that_was_away(pair):
    """REC-1: seen and withdrawn on the person's own page; nothing is kept here, and later nothing there."""
    with pair.collecting():
        visitor, grant = agreed(pair)
        assert [send(grant), send(grant, 1), pair.kept()] == [204, 204, 1]
        assert rows(pair.trial, "SELECT count(*) FROM unicdo_recording") == [(0,)]
        assert grant["recording"] in visitor.get("/my/privacy/recordings")
    visitor.rpc("/recording/choice", choice="withdrawn")
    assert not visitor.rpc("/recording/begin", page={"surface": "backend", "width": 1280, "height": 800})
    for _try in range(8):
        assert not pair.told()
        time.sleep(1)
    assert rows(pair.trial, "SELECT DISTINCT state, attempts FROM unicdo_work WHERE kind = 'withdraw'") == [("todo", 0)]
    assert pair.kept() == 1
    with pair.collecting():
        assert wait_until(pair.told, 30, pause=1)
        assert (pair.kept(), send(grant, 2)) == (0, 410)
    assert not [path for path in pair.bench.data_dir.rglob("recordings/*/*") if path.is_dir()]


def test_the_trial_database_knows_whether_its_recordings_end_in_time(pair):
    """REC-4: in time, late, or not to be asked; the answer is the same whether there is a recording or not."""
    ran = "UPDATE ir_cron SET lastcall = now() AT TIME ZONE 'UTC' WHERE cron_name LIKE 'Privacy:%'"
    with pair.collecting():
        rows(pair.collector, ran)
        before = pair.asks()
        assert before.startswith("ok ")
        _visitor, grant = agreed(pair)
        assert send(grant) == 204
        assert pair.asks().split(" on ")[0] == before.split(" on ")[0]
        rows(pair.collector, "UPDATE unicdo_recording SET destroy_at = now() AT TIME ZONE 'UTC' - interval '3 hours'")
        assert pair.asks().startswith("error ")
    assert pair.asks().startswith("warning ")
    assert "could not be asked since" in pair.asks()


def test_uninstalling_destroys_what_the_collector_keeps(pair):
    """REC-1: with the module goes the page where people could have removed it."""
    with pair.collecting():
        _visitor, grant = agreed(pair)
        assert send(grant) == 204
        assert pair.kept()
        pair.bench.shell(pair.trial, UNINSTALL)
        assert pair.kept() == 0
