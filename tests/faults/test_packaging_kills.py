# SPDX-License-Identifier: LGPL-3.0-or-later
"""Kills while a package is made (DSR-1): what comes out in the end is what an undisturbed run makes."""
import contextlib
import json
import random
import re
import shutil
import signal
import time

import pytest

from tests.faults.conftest import Bench, hears, kill_worker, postpone_jobs, prefork, states, trouble_in, wake_until
from tests.support.odoo_process import signal_group, wait_until

KILLS, SERVER_KILLS, CRONS = 20, 2, 2
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
env["ir.config_parameter"].set_param("unicdo_faults.small_rows", "1")
request = env["unicdo.request"]._ask(partner, "access")
env.cr.commit()
print("PACKAGE", request.package_ids.id)
"""
MANIFEST = """
import json
from odoo.addons.unicdo_privacy.tools.guard import opening
package = env["unicdo.package"].browse({package})
with opening():
    size, content = package._read_entry("manifest.json")
    print("MANIFEST" + b"".join(content).decode().replace(chr(10), " "))

print("STATE" + package.state)
print("MARKS" + json.dumps(sorted(env["unicdo.fault.mark"].search([]).mapped("name"))))
"""


@pytest.fixture(scope="module")
def two(bench, with_probes):
    """Two equal databases with a request that nobody has begun, each with a data directory of its own."""
    first = bench.copy("package", with_probes)
    package = int(bench.shell(first, PREPARE).split("PACKAGE")[1])
    postpone_jobs(first)
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


def outcome(bench, database, package):
    """What the finished package says it holds, without the instant it was made; the rows done and mails sent for it."""
    output = bench.shell(database, MANIFEST.format(package=package))
    assert "STATEready" in output
    content = json.loads(output.split("MANIFEST")[1].splitlines()[0])
    content.pop("made_at")
    return {**content, "marks": json.loads(output.split("MARKS")[1].splitlines()[0])}


def undisturbed(bench, database):
    """Make the package; how many rows of work that took."""
    with bench.server(database, "undisturbed", *prefork(CRONS)) as server:
        assert wait_until(lambda: hears(server, CRONS), 90)
        return reach(database)["done"]


def reach(database, done=None):
    """Let the work come so far, or to its end; the states of its rows then."""
    def is_there():
        now = states(database, PACKAGE)
        return ("todo" not in now or done is not None and now.get("done", 0) >= done) and now

    return wake_until(database, is_there)


def kill(database, server, whole, chance):
    """Kill a server, or one of its workers, while there is work to do."""
    time.sleep(chance.uniform(0, 0.1))
    if whole:
        signal_group(server, signal.SIGKILL)
    else:
        assert wait_until(lambda: kill_worker(database, server, chance), 20, pause=0.02)
        assert wait_until(lambda: hears(server, CRONS), 20, pause=0.05)
    assert "todo" in states(database, PACKAGE), "done before the last kill: cut the package into more rows"


def test_kills_at_random_moments_change_nothing(two, request):
    """DSR-1: workers and whole servers die at twenty random moments; the package is the same, and is told of once."""
    (bench, database), (other, untouched), package = two
    total = undisturbed(other, untouched)
    chance = random.Random(request.config.getoption("--seed"))
    moments = sorted(chance.sample(range(total * 9 // 10), KILLS))
    share = KILLS // (SERVER_KILLS + 1) + 1
    for part in range(SERVER_KILLS + 1):
        with bench.server(database, f"killed-{part}", *prefork(CRONS)) as server:
            assert wait_until(lambda server=server: hears(server, CRONS), 90)
            mine = moments[part * share:(part + 1) * share]
            for number, moment in enumerate(mine, start=1):
                reach(database, moment)
                kill(database, server, part < SERVER_KILLS and number == len(mine), chance)
            if part == SERVER_KILLS:
                assert reach(database) == {"done": total}
        assert not [line for line in trouble_in(bench.log(f"killed-{part}")) if not CORE_ON_KILLS.search(line)]
    expected = outcome(other, untouched, package)
    assert len(expected["marks"]) == len(set(expected["marks"])) > 2 * KILLS
    assert outcome(bench, database, package) == expected
