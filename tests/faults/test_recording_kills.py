# SPDX-License-Identifier: LGPL-3.0-or-later
"""Kills while recordings come in and while they are destroyed (REC-1, REC-4)."""
import hashlib
import http.client
import json
import os
import random
import signal
import threading
import time

import pytest

from tests.faults.conftest import children, hears, kill_worker, postpone_jobs, prefork, trouble_in, wake_until
from tests.support.odoo_process import free_ports, rows, wait_until

KILLS = 20
CRON = "unicdo_recording_destruction_cron"
SENDERS, EACH = 3, 300
RECORDINGS, PIECES = 400, 2
#: allows recordings and makes some, printing address and token of each
PREPARE = """
import time
from odoo.addons.unicdo_trial_recording.models.unicdo_recording_trial import own_seed
from odoo.addons.unicdo_trial_recording.tools import upload_token
from odoo.addons.unicdo_trial_recording.tools.inside import inside
env["ir.config_parameter"].set_param("unicdo_faults.small_rows", "1")
env["unicdo.vault"]._take_over()
trial = env["unicdo.recording.trial"]._own()._prepare_own()
with inside():
    for number in range({count}):
        made = env["unicdo.recording"]._begin(trial, "0" * 64, "s", 1, {{}})
        grant = upload_token.Grant(trial.uuid, made.uuid, "s", 1, int(time.time()) + 86400)
        print("GRANT", made.uuid, upload_token.sign(grant, own_seed(trial)))
        for seq in range({pieces}):
            made._keep_chunk(0, seq, made.key_id._seal(b"x" * 1000))
            env["unicdo.recording.chunk"]._receive(made.id, seq, b"x")

env.cr.commit()
"""
#: digests of what was received, by recording and number
RECEIVED = """
import hashlib, json
from odoo.addons.unicdo_privacy.tools.guard import opening
from odoo.addons.unicdo_trial_recording.tools.inside import inside
env.cr.execute("SELECT recording_id, seq, raw FROM unicdo_recording_chunk ORDER BY recording_id, seq")
found = []
with inside(), opening():
    for recording_id, seq, raw in env.cr.fetchall():
        recording = env["unicdo.recording"].browse(recording_id)
        found.append([recording.uuid, seq, hashlib.sha256(recording.key_id._open(bytes(raw))).hexdigest()])

print("RECEIVED" + json.dumps(found))
"""


@pytest.fixture
def database(bench, with_probes, request):
    """A database with the module, whose scheduler does nothing by itself."""
    name = bench.copy(request.node.name.split("[")[0][-20:].strip("_"), with_probes)
    postpone_jobs(name)
    return name


def send(port, uuid, token, pieces, kept):
    """Send pieces as a browser does: again and again until each is answered."""
    connection = None
    for seq, piece in enumerate(pieces):
        while True:
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                connection.request("POST", f"/recording/chunk/{uuid}/{seq}", token.encode() + b"\n" + piece)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection = None
                time.sleep(0.02)
                continue
            if answer.status == 204:
                kept.append([uuid, seq, hashlib.sha256(piece).hexdigest()])
                break
            time.sleep(0.02)


def test_no_piece_is_doubled_or_half_stored_when_servers_die(bench, database, request):
    """REC-1: twenty workers are killed while pieces come in; each piece that was sent is there once, whole."""
    chance = random.Random(request.config.getoption("--seed"))
    lines = bench.shell(database, PREPARE.format(count=SENDERS, pieces=0)).splitlines()
    known = [line.split()[1:] for line in lines if line.startswith("GRANT")]
    [http_port, events_port] = free_ports(2)
    options = [f"--http-port={http_port}", f"--gevent-port={events_port}", "--workers=2", "--max-cron-threads=0"]
    kept = []
    with bench.server(database, "ingest", *options) as server:
        senders = [
            threading.Thread(target=send, daemon=True, args=(
                http_port, uuid, token, [os.urandom(10_000) for _seq in range(EACH)], kept))
            for uuid, token in known
        ]
        for sender in senders:
            sender.start()
        for number in range(KILLS):
            assert wait_until(lambda number=number: len(kept) > number * SENDERS * EACH * 0.9 / KILLS, 120, pause=0.01)
            time.sleep(chance.uniform(0, 0.05))
            os.kill(chance.choice(wait_until(lambda: children(server), 20, pause=0.01)), signal.SIGKILL)
        for sender in senders:
            sender.join(180)
        assert not any(sender.is_alive() for sender in senders)
    assert not trouble_in(bench.log("ingest"))
    received = json.loads(bench.shell(database, RECEIVED).split("RECEIVED")[1])
    assert len(received) == SENDERS * EACH
    assert sorted(received) == sorted(kept)


def left(database):
    return rows(database, "SELECT count(*) FROM unicdo_recording")[0][0]


def files(bench, what):
    return [path for path in (bench.data_dir / "unicdo").rglob(f"{what}/*/*") if what == "keys" or path.is_dir()]


def test_a_destruction_that_is_killed_is_finished_by_the_next(bench, database, request):
    """REC-4: twenty kills in the middle; in the end rows, keys and files are gone, each with one certificate."""
    chance = random.Random(request.config.getoption("--seed"))
    other_keys = len(files(bench, "keys"))
    bench.shell(database, PREPARE.format(count=RECORDINGS, pieces=PIECES))
    assert len(files(bench, "recordings")) == RECORDINGS
    rows(database, "UPDATE unicdo_recording SET destroy_at = now() AT TIME ZONE 'UTC' - interval '1 minute'")
    moments = sorted(chance.sample(range(RECORDINGS * 9 // 10), KILLS))
    with bench.server(database, "destruction", *prefork(1)) as server:
        assert wait_until(lambda: hears(server, 1), 90)
        for moment in moments:
            reach(database, moment)
            time.sleep(chance.uniform(0, 0.03))
            assert left(database), "done before the last kill: make more recordings"
            wake_until(database, lambda: kill_worker(database, server, chance), CRON, seconds=20, pause=0.01)
            assert wait_until(lambda: hears(server, 1), 20, pause=0.02)
        reach(database, RECORDINGS)
    assert not files(bench, "recordings")
    # what is left are the keys of the database itself
    assert len(files(bench, "keys")) - other_keys <= 3
    [(certificates, different)] = rows(database, """
        SELECT count(*), count(DISTINCT detail->>'recording') FROM unicdo_ledger_event WHERE kind = 'recording.destroyed'""")
    assert (certificates, different) == (RECORDINGS, RECORDINGS)


def reach(database, done):
    """Let the destruction come so far."""
    wake_until(database, lambda: left(database) <= RECORDINGS - done, CRON, seconds=160, pause=0.005)
