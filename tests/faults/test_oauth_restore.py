# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tokens beside dumps, copies, changed rows, other keys and clocks, and servers that die in the middle (TOK-2)."""
import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from functools import partial

import pytest
import requests

from tests.faults.conftest import children
from tests.faults.oauth_site import Site, code_host_and_port, is_up
from tests.support.odoo_process import free_ports, wait_until

PEOPLE = [(role, f"{name}@example.com") for role, name in (("internal", "ann"), ("internal", "bob"), ("admin", "root"))]
#: this kind's tokens never end at the code host
KIND = "github_oauth"


@pytest.fixture(scope="module")
def site(bench):
    with code_host_and_port() as (host, port):
        made = Site(bench, "oauth_restore", host, port, PEOPLE)
        (events,) = free_ports(1)
        with made.serve("server", "--workers=2", f"--gevent-port={events}") as made.process:
            yield made


@pytest.fixture
def ann(site):
    """A person's browser, with a connection."""
    site.host.heal()
    device = site.device("ann@example.com")
    device.token = device.connect(KIND)
    return device


@contextlib.contextmanager
def keys(bench, *texts):
    """Other key-encryption keys."""
    kept = bench.keyfile.read_text()
    bench.keyfile.write_text("\n".join(texts))
    try:
        yield kept
    finally:
        bench.keyfile.write_text(kept)


def new_key():
    return base64.b64encode(os.urandom(32)).decode()


def refused(device, why, text):
    """Whether a device's token is refused with this word and a text that holds this."""
    word, said = device.opening(device.token)[-1][str(device.token)]
    assert (word, text in said) == (why, True), (word, said)
    return True


def change(site, token, **columns):
    """Write columns of a token's row past Odoo."""
    values = ", ".join(f"{name} = {value}" for name, value in columns.items())
    site.rows(f"UPDATE unicdo_oauth_token SET {values} WHERE id = %s", [token])


def test_a_key_is_rotated_or_lost(site, ann):
    """TOK-2: it opens as long as the old key is known, and never with a wrong one or none."""
    with keys(site.bench) as old:
        assert refused(ann, "refused", "The vault has no valid key")
    with keys(site.bench, new_key(), old):
        assert ann.has(ann.token)
    with keys(site.bench, new_key()):
        assert refused(ann, "vault", "is gone, so it stays closed")
    assert ann.has(ann.token)


def test_the_key_of_its_day_is_gone(site, ann):
    """TOK-2: its file outside the database, without which no backup of the database opens anything."""
    ((name,),) = site.rows(
        "SELECT k.name FROM unicdo_vault_key k JOIN unicdo_oauth_seal s ON s.key_id = k.id WHERE s.token_id = %s", [ann.token])
    (path,) = (site.bench.data_dir / "unicdo").rglob(name)
    content = path.read_bytes()
    path.unlink()
    try:
        assert refused(ann, "vault", "is gone, so it stays closed")
    finally:
        path.write_bytes(content)
    assert ann.has(ann.token)


def test_a_clock_that_was_set_back_or_time_that_passed(site, ann):
    """TOK-2: rows from a later time, in its own row and in the ledger; two days ago; and a time that was prolonged."""
    change(site, ann.token, created_at="created_at + interval '1 hour'")
    assert refused(ann, "clock", "was set back")
    change(site, ann.token, created_at="created_at - interval '1 hour'")
    site.rows("""
        INSERT INTO unicdo_ledger_event (kind, happened_at, actor_uid)
        VALUES ('fault.later', now() AT TIME ZONE 'UTC' + interval '1 hour', 1)""")
    assert refused(ann, "clock", "was set back")
    site.rows("ALTER TABLE unicdo_ledger_event DISABLE TRIGGER ALL")
    site.rows("DELETE FROM unicdo_ledger_event WHERE kind = 'fault.later'")
    site.rows("ALTER TABLE unicdo_ledger_event ENABLE TRIGGER ALL")
    assert ann.has(ann.token)
    change(site, ann.token, created_at="created_at - interval '2 days'", expires_at="expires_at - interval '2 days'")
    assert refused(ann, "expired", "was made two days ago")
    change(site, ann.token, created_at="created_at + interval '2 days'", expires_at="expires_at + interval '3 days'")
    assert refused(ann, "changed", "was changed or belongs to somebody else")
    change(site, ann.token, expires_at="expires_at - interval '1 day'")
    assert ann.has(ann.token)


def halves(site, device, value=None):
    """What a device's session file holds of keys; or write that."""
    path = site.session_file(device.sid)
    content = json.loads(path.read_text())
    if value is not None:
        content["unicdo_halves"] = value
        path.write_text(json.dumps(content))
    return content["unicdo_halves"]


def test_rows_swapped_between_people(site, ann):
    """TOK-2: the seal alone; the whole row; and that with the session's half too, which takes the server's files."""
    bob = site.device("bob@example.com")
    bob.token = bob.connect(KIND)
    swap = """UPDATE unicdo_oauth_seal a SET (sealed, key_id) = (b.sealed, b.key_id) FROM unicdo_oauth_seal b
               WHERE (a.token_id, b.token_id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))"""
    both = {"a": ann.token, "b": bob.token}
    site.rows(swap, both)
    for device in (ann, bob):
        assert refused(device, "changed", "was changed or belongs to somebody else")
    site.rows(swap, both)
    assert ann.has(ann.token)
    site.rows("""UPDATE unicdo_oauth_token a SET (user_id, session) = (b.user_id, b.session) FROM unicdo_oauth_token b
                  WHERE (a.id, b.id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))""", both)
    for device in (ann, bob):
        assert refused(device, "session", "works only in the session in which it was made")
        assert device.open(*(set(both.values()) - {device.token})) == "half"
    mine, theirs = halves(site, ann), halves(site, bob)
    halves(site, ann, theirs)
    halves(site, bob, mine)
    ann.token, bob.token = bob.token, ann.token
    for device in (ann, bob):
        assert refused(device, "changed", "was changed or belongs to somebody else")


def restored(site):
    """A dump of the database, restored under another name."""
    name = f"{site.name}_elsewhere"
    site.bench.made.append(name)
    dump = site.bench.folder / "dump"
    subprocess.run(["pg_dump", "-Fc", "-Z1", "-f", dump, site.name], check=True)
    site.bench.create(name)
    subprocess.run(["pg_restore", "--no-owner", "-j2", "-d", name, dump], check=True)
    return name


class Elsewhere:
    """A server of the restored dump, which has the sessions' files too: of the same person, as if nothing had happened."""

    def __init__(self, site, ann, name, data_dir):
        self.url = None
        self.ann = ann
        source, target = site.session_file(ann.sid), data_dir / "sessions" / ann.sid[:2] / ann.sid
        content = json.loads(source.read_text())
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(content | {"db": name}))

    def refuses(self, text):
        query = f"/unicdo_faults/open?tokens={self.ann.token}"
        answer = requests.get(self.url + query, cookies={"session_id": self.ann.sid}, timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.json()["uid"] == self.ann.uid, "the session is not as it was: this proves nothing"
        word, said = answer.json()["tried"][0][str(self.ann.token)]
        assert (word, text in said) == ("refused", True), (word, said)
        return True


@contextlib.contextmanager
def elsewhere(site, ann, name, data_dir, label):
    """The restored database on a server of its own."""
    place = Elsewhere(site, ann, name, data_dir)
    (port,) = free_ports(1)
    options = [f"--http-port={port}", "--max-cron-threads=0", "--load=base,web,rpc,unicdo_faults_oauth", f"--data-dir={data_dir}"]
    with site.bench.server(name, label, *options):
        place.url = f"http://127.0.0.1:{port}"
        assert wait_until(lambda: is_up(place.url), 90)
        yield place


def test_a_dump_restored_elsewhere(site, ann):
    """TOK-2: with the sessions' files, then with the vault's too, then without the key; and beside the original."""
    vault, bench = "unicdo", site.bench
    other = bench.folder / "other-data"
    name = restored(site)
    with elsewhere(site, ann, name, other, "elsewhere") as place:
        assert place.refuses("The vault's folder below the data directory is missing")
        shutil.copytree(bench.data_dir / vault, other / vault, dirs_exist_ok=True)
        assert place.refuses("The vault belongs to another database")
        with keys(bench):
            assert place.refuses("The vault has no valid key")
    session = site.session_file(ann.sid).read_bytes()
    with elsewhere(site, ann, name, bench.data_dir, "beside") as place:
        assert place.refuses("The vault belongs to another database")
    site.session_file(ann.sid).write_bytes(session)
    assert ann.has(ann.token)


def killed_meanwhile(site, request, pattern):
    """Kill all workers while a request waits for the code host, and wait until others took their place."""
    def ask():
        with contextlib.suppress(requests.RequestException):
            request()

    site.host.fail(pattern, "timeout")
    asking = threading.Thread(target=ask)
    asking.start()
    assert wait_until(lambda: [call for call in site.host.calls if call.failure == "timeout"], 20, pause=0.02)
    seen = site.rows("SELECT count(*) FROM unicdo_oauth_seal")
    for pid in children(site.process):
        os.kill(pid, signal.SIGKILL)
    asking.join(20)
    assert wait_until(lambda: is_up(site.url), 60)
    return seen


def test_a_server_killed_in_the_middle_of_log_off(site, ann):
    """TOK-2: what is usable went before the provider was asked; the person is told that it was not revoked."""
    killed_meanwhile(site, lambda: ann.get("/web/session/logout"), "DELETE /applications/*")
    assert not site.seals(ann.token)
    assert site.row(ann.token, "ended_how", "revocation") == ("logout", "none")
    # log-off itself did not come to its end: core's session is still there, and opens nothing
    assert refused(ann, "ended", "has ended")
    assert not ann.is_revoked(ann.token)
    assert "Not revoked at the provider, unreadable here" in ann.proof(ann.token)
    assert "no copy is left" in ann.proof(ann.token)


def test_a_server_killed_between_exchange_and_commit(site, ann):
    """TOK-2: the code host has given a token, of which nothing is kept; its state is used up."""
    site.host.reset()
    before = site.rows("SELECT count(*), max(id) FROM unicdo_oauth_token"), site.rows("SELECT count(*) FROM unicdo_oauth_seal")
    path = ann.agreed(KIND)
    killed_meanwhile(site, lambda: ann.get(path), "POST /applications/*")
    assert len(site.host.tokens()) == 1
    assert before == (
        site.rows("SELECT count(*), max(id) FROM unicdo_oauth_token"), site.rows("SELECT count(*) FROM unicdo_oauth_seal"))
    assert set(halves(site, ann)) == {str(ann.token)}
    assert "used already" in ann.get(path).text
    assert ann.has(ann.token)
    assert ann.connect(KIND)


def at_once(*requests_):
    """Send requests at the same moment; their answers."""
    gate, answers = threading.Barrier(len(requests_)), []

    def send(request):
        gate.wait(10)
        answers.append(request())

    threads = [threading.Thread(target=send, args=(request,)) for request in requests_]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_a_state_used_by_two_processes_at_once(site, ann):
    """TOK-1, TOK-2: one of them gets the token, the other a page."""
    for _round in range(3):
        site.host.reset()
        path, cookies = ann.agreed(KIND), {"session_id": ann.sid}

        def come_back(path=path, cookies=cookies):
            return requests.get(site.url + path, cookies=cookies, allow_redirects=False, timeout=60)

        answers = at_once(*[come_back] * 4)
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 303]
        assert sum("used already" in answer.text for answer in answers) == 3
        assert len(site.host.tokens()) == 1


def test_log_off_four_times_at_once(site, ann):
    """TOK-2: all get out, the token ends once and is revoked once."""
    cookies = {"session_id": ann.sid}

    def leave():
        return requests.get(f"{site.url}/web/session/logout", cookies=cookies, allow_redirects=False, timeout=60)

    answers = at_once(*[leave] * 4)
    assert [answer.status_code for answer in answers] == [303] * 4
    assert site.row(ann.token, "ended_how", "revocation") == ("logout", "done")
    assert site.rows("SELECT count(*) FROM unicdo_ledger_event WHERE kind = 'oauth.ended' AND res_ids = %s",
                     [json.dumps([ann.token])]) == [(1,)]
    told = [call for call in site.host.calls if call.method == "DELETE" and ann.secrets[ann.token] in call.body]
    assert len(told) == 1
    assert ann.open(ann.token, sid=cookies["session_id"]) == "half"


def test_return_and_log_off_at_once(site, ann):
    """TOK-2: whichever comes first, afterwards nothing opens, and what is told as connected is closed by the sweep."""
    ((before,),) = site.rows("SELECT max(id) FROM unicdo_oauth_token")
    for number in range(6):
        device = site.device("bob@example.com")
        path, cookies = device.agreed(KIND), {"session_id": device.sid}

        def ask(target, pause, cookies=cookies):
            time.sleep(pause)
            return requests.get(site.url + target, cookies=cookies, allow_redirects=False, timeout=60)

        answers = at_once(partial(ask, path, 0), partial(ask, "/web/session/logout", number * 0.01))
        assert all(answer.status_code in (200, 303) for answer in answers)
        for token, in site.rows("SELECT id FROM unicdo_oauth_token WHERE id > %s", [before]):
            for sid in {cookies["session_id"], *(answer.cookies.get("session_id", device.sid) for answer in answers)}:
                assert device.open(token, sid=sid) != "open"
    boss = site.device("root@example.com")
    ((job,),) = site.rows("SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND name = 'unicdo_oauth_cron'")
    boss.call("ir.cron", "method_direct_trigger", [job])
    assert not site.rows("SELECT 1 FROM unicdo_oauth_token WHERE id > %s AND ended_at IS NULL", [before])


def test_nothing_went_wrong_in_the_log(site):
    """TOK-2: all these are refusals, no errors; beside what the killed workers leave."""
    log = site.bench.log("server")
    assert "Internal Server Error" not in log
    assert " ERROR " not in log
