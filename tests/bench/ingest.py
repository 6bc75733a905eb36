# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sends pieces of recordings to a running server, and as much to an empty route of the same server, turn by turn."""
import http.client
import os
import threading
import time
import urllib.request

BODY = 10_000
THREADS = 4
EACH = 100

#: run in ``odoo shell``: allows recordings and makes some, printing address and token of each
PREPARE = """
import time
from odoo.addons.unicdo_trial_recording.models.unicdo_recording_trial import own_seed
from odoo.addons.unicdo_trial_recording.tools import upload_token
from odoo.addons.unicdo_trial_recording.tools.inside import inside
trial = env["unicdo.recording.trial"]._own()._prepare_own()
with inside():
    for number in range({count}):
        made = env["unicdo.recording"]._begin(trial, "0" * 64, "bench", 1, {{}})
        grant = upload_token.Grant(trial.uuid, made.uuid, "bench", 1, int(time.time()) + 86400)
        print("GRANT", made.uuid, upload_token.sign(grant, own_seed(trial)))

env.cr.commit()
"""


def grants(text):
    """(recording, token) of each line that :data:`PREPARE` printed."""
    return [tuple(line.split()[1:]) for line in text.splitlines() if line.startswith("GRANT")]


def wait_for(port):
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The server did not start")


def seconds(port, requests):
    """Send requests from several threads, each with one connection.

    :param list requests: for each thread a list of (path, body)
    :raise SystemExit: an answer was no 204
    """
    wrong = []

    def send(mine):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for path, body in mine:
            connection.request("POST", path, body, {"Content-Type": "text/plain"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 204:
                wrong.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=send, args=(mine,)) for mine in requests]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - start
    if wrong:
        raise SystemExit(f"Answers that are no 204: {wrong[:5]}")
    return taken


def measure(port, known, runs):
    """:return: dict of lists of seconds, ``reference`` and ``ours``, for the same number of requests"""
    piece = os.urandom(BODY)
    result = {"reference": [], "ours": []}
    warm_up = True
    for _run in range(runs + 1):
        mine = [known.pop() for _thread in range(THREADS)]
        empty = [[("/unicdo_bench/empty", token.encode() + b"\n" + piece)] * EACH for _uuid, token in mine]
        ours = [
            [(f"/recording/chunk/{uuid}/{seq}", token.encode() + b"\n" + piece) for seq in range(EACH)]
            for uuid, token in mine
        ]
        taken = {"reference": seconds(port, empty), "ours": seconds(port, ours)}
        if not warm_up:
            for side, value in taken.items():
                result[side].append(value)
        warm_up = False
    return result
