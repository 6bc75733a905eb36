# SPDX-License-Identifier: LGPL-3.0-or-later
"""Kills while a package is made (DSR-1): what comes out in the end is what an undisturbed run makes."""
import contextlib
import json
import os
import random
import re
import shutil
import signal
import time

import pytest

from tests.faults.conftest import Bench, at_work, calls_heard, prefork_options, states, trouble_in, until_done, wake
from tests.support.odoo_process import signal_group, wait_until

KILLS, SERVER_KILLS = 20, 2
#: what core says of a job whose process was killed three times in a row
CORE_ON_KILLS = re.compile(r"ir_cron: Job .* timed out")
#: other work, such as making indexes, comes and goes with each start
PACKAGE = "unicdo.package"
#: a person with enough records and files for dozens of rows of work; the request waits for the scheduler
PREPARE = """
partner = env.ref("base.partner_demo_portal")
orders = env["sale.order"].create([
    {"partner_id": partner.id, "client_order_ref": f"Order {number}"} for number in range(120)])
for number, order in enumerate(orders):
    order.message_post(body=f"About {number}", author_id=partner.id, message_type="comment", subtype_xmlid="mail.mt_comment")

env["ir.attachment"].create([
    {"name": f"scan {number}.bin", "raw": bytes([number]) * 200_000, "res_model": "sale.order", "res_id": order.id}
    for number, order in enumerate(orders[:60])])
request = env["unicdo.request"]._ask(partner, "access")
env["ir.cron"].search([]).nextcall = "2099-01-01"
env["ir.cron.trigger"].search([]).unlink()
env.cr.commit()
print("PACKAGE", request.package_ids.id)
"""
MANIFEST = """
from odoo.addons.unicdo_privacy.tools.guard import opening
package = env["unicdo.package"].browse({package})
with opening():
    size, content = package._read_entry("manifest.json")
    print("MANIFEST" + b"".join(content).decode().replace(chr(10), " "))

print("STATE" + package.state)
print("MAILS", env["unicdo.fault.mark"].search([]).mapped("name"))
"""


@pytest.fixture(scope="module")
def two(bench):
    """Two equal databases with a request that nobody has begun, each with a data directory of its own."""
    first = bench.copy("package")
    bench.install(first, "unicdo_faults")
    package = int(bench.shell(first, PREPARE).split("PACKAGE")[1])
    other = Bench(bench.folder.with_name(f"{bench.folder.name}_undisturbed"))
    other.keyfile.write_bytes(bench.keyfile.read_bytes())
    other.filestores = bench.data_dir / "filestore"
    second = f"{first}_undisturbed"
    other.made.append(second)
    other.create(second, first)
    shutil.copytree(bench.data_dir / "unicdo", other.data_dir / "unicdo")
    other.shell(second, "env[\"unicdo.vault\"]._take_over()\nenv.cr.commit()\n")
    with contextlib.closing(other):
        yield (bench, first), (other, second), package


def manifest(bench, database, package):
    """What the finished package says it holds, and how many mails told of it; without the instant it was made."""
    output = bench.shell(database, MANIFEST.format(package=package))
    assert "STATEready" in output
    content = json.loads(output.split("MANIFEST")[1].splitlines()[0])
    content.pop("made_at")
    return {**content, "mails": output.split("MAILS")[1].strip()}


def undisturbed(bench, database):
    with bench.server(database, "undisturbed", *prefork_options()) as server:
        assert wait_until(lambda: calls_heard(database, server), 90)
        wake(database)
        return until_done(database, 120, PACKAGE)


def kill_some(database, server, chance, count):
    """Kill a random worker at a random moment, again and again; how many were killed."""
    killed = 0
    while killed < count and "todo" in states(database, PACKAGE):
        wake(database)
        time.sleep(chance.uniform(0.02, 0.5))
        if pids := at_work(database, server):
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(pids), signal.SIGKILL)
                killed += 1
            wait_until(lambda: calls_heard(database, server), 20, pause=0.05)
    return killed


def test_kills_at_random_moments_change_nothing(two, request):
    """DSR-1: workers and whole servers die at twenty random moments; the package is the same, and is told of once."""
    (bench, database), (other, untouched), package = two
    assert set(undisturbed(other, untouched)) == {"done"}
    chance = random.Random(request.config.getoption("--seed"))
    killed = 0
    for part in range(SERVER_KILLS + 1):
        with bench.server(database, f"killed-{part}", *prefork_options()) as server:
            assert wait_until(lambda server=server: calls_heard(database, server), 90)
            share = KILLS * (part + 1) // (SERVER_KILLS + 1) - killed - (part < SERVER_KILLS)
            killed += kill_some(database, server, chance, share)
            if part < SERVER_KILLS:
                wake(database)
                time.sleep(chance.uniform(0.05, 0.5))
                signal_group(server, signal.SIGKILL)
                killed += 1
            else:
                assert killed == KILLS, f"done after {killed} kills: cut the package into more rows"
                # stands for the jobs' interval: after three kills in a row core lets a job wait for it
                for _interval in range(12):
                    wake(database)
                    final = until_done(database, 10, PACKAGE)
        assert not [line for line in trouble_in(bench.log(f"killed-{part}")) if not CORE_ON_KILLS.search(line)]
    assert set(final) == {"done"}
    assert manifest(bench, database, package) == manifest(other, untouched, package)
