# SPDX-License-Identifier: LGPL-3.0-or-later
"""Audit events written side by side while blocks are sealed."""
import json

import pytest

pytestmark = pytest.mark.quiet

WRITE = """
import json, random, threading, time
from odoo import api
registry, errors, left = env.registry, [], [4]


def write(thread):
    for number in range(100):
        try:
            with registry.cursor() as cr:
                event = api.Environment(cr, 1, {})["unicdo.ledger.event"]
                event._record("fault.write", detail={"thread": thread, "number": number})
                # ids commit out of order
                time.sleep(random.random() / 50)
                if number % 10 == 9:
                    raise KeyError
        except KeyError:
            pass
        except Exception as error:
            errors.append(repr(error))
    left[0] -= 1


def seal():
    while left[0]:
        try:
            with registry.cursor() as cr:
                api.Environment(cr, 1, {})["unicdo.ledger.block"]._seal_pending()
        except Exception as error:
            errors.append(repr(error))
        time.sleep(0.05)


threads = [threading.Thread(target=write, args=[number]) for number in range(4)] + [threading.Thread(target=seal)]
for thread in threads:
    thread.start()

for thread in threads:
    thread.join()

env.cr.rollback()
block = env["unicdo.ledger.block"]
while block._seal_pending():
    env.cr.commit()

env.cr.execute("SELECT count(*), count(l.event_id), count(DISTINCT l.block) FROM unicdo_ledger_event e"
               " LEFT JOIN unicdo_ledger_leaf l ON l.event_id = e.id WHERE e.kind = 'fault.write'")
counts = env.cr.fetchone()
print("SEEN" + json.dumps([errors, env["unicdo.ledger.event"]._verify(), *counts]))
"""


def test_writers_never_wait_and_every_event_is_sealed_once(bench):
    """GOV-9: four writers, every tenth transaction rolled back, one sealing job at the same time."""
    name = bench.copy("ledger")
    errors, bad, events, sealed, blocks = json.loads(bench.shell(name, WRITE).split("SEEN")[1].splitlines()[0])
    assert errors == []
    assert bad is None
    assert events == sealed == 360
    assert blocks > 3
