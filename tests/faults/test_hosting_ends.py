# SPDX-License-Identifier: LGPL-3.0-or-later
"""The nightly job that ends hosting, killed and run side by side (CAN-4, CAN-6, CAN-8)."""
import contextlib
import importlib.util
import json
import random
import re
import time
from collections import Counter

import pytest

from tests.faults.conftest import WORK_JOBS, hears, kill_worker, listening, prefork, trouble_in, wake, wake_until
from tests.support.odoo_process import ROOT, rows, wait_until

KILLS, CRONS = 30, 1
#: subscriptions that end tonight, of which every third is unpaid; and some whose reminder is due
ENDS, REMINDERS = 45, 15
JOB = "unicdo_cancellation_end_cron"
#: what core says of a job whose process was killed three times in a row
CORE_ON_KILLS = re.compile(r"ir_cron: Job .* timed out")
#: requests with a prepaid year each, received two months ago, whose last day was yesterday
PREPARE = """
from datetime import timedelta
from odoo import fields
from odoo.fields import Command

now = fields.Datetime.now()
today = fields.Date.today()
env["unicdo.vault"]._take_over()
env["ir.config_parameter"].set_param("unicdo.hosting.allow_private_hooks", "True")
provider = env["unicdo.hosting.provider"].create({{
    "name": "Hook", "kind": "webhook", "webhook_url": "{url}", "webhook_secret": "s" * 40}})
first = today - timedelta(days=180)

def schedule(number, end):
    partner = env["res.partner"].create({{"name": f"Customer {{number}}", "email": f"c{{number}}@x.example", "tz": "UTC"}})
    invoice = env["account.move"].create({{
        "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": first,
        "invoice_line_ids": [Command.create({{"name": "Hosting", "price_unit": 365, "tax_ids": []}})]}})
    invoice.action_post()
    if number % 3:
        wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        wizard.create({{}})._create_payments()
    hosting = env["unicdo.hosting.subscription"].create({{
        "name": f"hosting {{number}}", "partner_id": partner.id, "start_date": first, "concluded_on": first,
        "customer_type": "consumer", "database_name": f"db{{number}}", "provider_id": provider.id,
        "period_ids": [Command.create({{
            "move_line_id": invoice.invoice_line_ids.id, "first_day": first, "last_day": first + timedelta(days=364)}})]}})
    request = env["unicdo.cancellation"]._ask(
        hosting, channel="portal", received_at=now - timedelta(days=60), wanted_date=end)
    request._verify("session", partner)
    return request

for number in range({ends}):
    schedule(number, today + timedelta(days=1)).write({{
        "end_date": today - timedelta(days=1), "ends_at": now - timedelta(minutes=1), "remind_at": False}})

for number in range({reminders}):
    schedule(number, today + timedelta(days=5)).remind_at = now - timedelta(minutes=1)

env["ir.cron"].search([]).nextcall = "2099-01-01"
env["ir.cron.trigger"].search([]).unlink()
env.cr.commit()
print("UNPAID", env["unicdo.cancellation"].search([]).subscription_id.period_ids.move_id.filtered("amount_residual").ids)
"""
PAY = """
invoices = env["account.move"].browse({ids}).filtered("amount_residual")
for invoice in invoices:
    wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
    wizard.create({{}})._create_payments()

env.cr.commit()
print("PAID", len(invoices))
"""


def hook_server():
    """The server of the module's own tests, whose package would import Odoo."""
    path = ROOT / "unicdo_hosting_cancel/tests/hook_server.py"
    spec = importlib.util.spec_from_file_location("hook_server", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.HookServer(204)


@pytest.fixture(scope="module")
def prepare(bench):
    """A function that makes a database with ends that are due, and a provider that answers."""
    with contextlib.ExitStack() as stack:
        def make(label):
            server = stack.enter_context(hook_server())
            database = bench.copy(label)
            output = bench.shell(database, PREPARE.format(url=server.url, ends=ENDS, reminders=REMINDERS))
            return database, server, json.loads(output.split("UNPAID")[1].splitlines()[0])

        yield make


def ended(database):
    """Requests that are where the night leaves them."""
    found = rows(database, """
        SELECT count(*) FROM unicdo_cancellation c WHERE state IN ('closed', 'waiting') AND NOT EXISTS (
            SELECT 1 FROM unicdo_work w WHERE w.state = 'todo' AND w.res_model = 'unicdo.cancellation' AND w.res_id = c.id)""")
    reminded = rows(database, "SELECT count(*) FROM unicdo_cancellation_letter WHERE kind LIKE 'reminder%'")
    return (found[0][0], reminded[0][0]) == (ENDS, REMINDERS)


def check_each_once(database):
    """Each ended once, was credited once, and was written to once."""
    # the demo data has a draft of its own
    states = dict(rows(database, "SELECT state, count(*) FROM unicdo_cancellation WHERE state <> 'draft' GROUP BY state"))
    assert states == {"closed": ENDS - ENDS // 3, "waiting": ENDS // 3, "scheduled": REMINDERS}
    assert rows(database, """
        SELECT count(*), count(DISTINCT unicdo_cancellation_id), count(DISTINCT amount_total)
          FROM account_move WHERE unicdo_cancellation_id IS NOT NULL AND state = 'posted'""") == [(ENDS, ENDS, 1)]
    events = dict(rows(database, """
        SELECT kind, count(*) FROM unicdo_ledger_event WHERE kind LIKE 'hosting.%' GROUP BY kind"""))
    assert events["hosting.cancel.terminated"] == events["hosting.cancel.credited"] == events["hosting.ended"] == ENDS
    assert events["hosting.cancel.closed"] == ENDS - ENDS // 3
    letters = dict(rows(database, "SELECT kind, count(*) FROM unicdo_cancellation_letter GROUP BY kind"))
    expected = {"ended": ENDS, "statement": ENDS - ENDS // 3, "reminder_7": REMINDERS}
    assert {kind: letters[kind] for kind in expected} == expected
    assert rows(database, """
        SELECT max(times) FROM (SELECT count(*) AS times FROM mail_mail m JOIN mail_message t ON t.id = m.mail_message_id
                                 WHERE m.email_to LIKE '%@x.example' GROUP BY t.subject, m.email_to) AS mails""") == [(1,)]
    assert rows(database, """
        SELECT count(*) FROM mail_mail m JOIN mail_message t ON t.id = m.mail_message_id
         WHERE t.subject LIKE 'Your hosting has ended%'""") == [(ENDS,)]
    assert rows(database, "SELECT count(*) FROM unicdo_work WHERE state = 'failed'") == [(0,)]


def told(server):
    """How often each event of each subscription was told to the provider: by its idempotency key."""
    return Counter(headers["Idempotency-Key"] for headers, _body in server.seen)


def test_four_processes_at_once_end_each_hosting_once(bench, prepare):
    """CAN-6, CAN-8: and call the provider exactly once for each event."""
    database, server, _unpaid = prepare("ends_four")
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(bench.server(database, f"ends-{number}", "--no-http", "--max-cron-threads=1"))
            for number in range(4)
        ]
        assert wait_until(lambda: listening(processes), 120), "four Odoo processes did not start"
        wake(database, JOB)
        wait_until(lambda: ended(database), 240, pause=1)
    check_each_once(database)
    assert set(told(server).values()) == {1}
    assert len(told(server)) == 2 * ENDS
    for number in range(4):
        assert not trouble_in(bench.log(f"ends-{number}"))


def steps_done(database):
    """How many steps of the ends are done."""
    found = rows(database, """
        SELECT count(*) FROM unicdo_work WHERE state = 'done' AND res_model IN ('unicdo.cancellation', 'unicdo.hosting.call')""")
    return found[0][0]


def kill_at_random(database, server, chance):
    """Kill the worker some steps after it was killed last, whatever the speed of the machine, in the middle of the next."""
    aim = steps_done(database) + chance.randint(0, 8)

    def is_killed():
        return steps_done(database) >= aim and not time.sleep(chance.uniform(0, 0.03)) and kill_worker(database, server, chance)

    wake(database, JOB)
    wake_until(database, is_killed, pause=0.005)
    assert wait_until(lambda: hears(server, CRONS), 20, pause=0.05)
    assert not ended(database), "done before the last kill: end more subscriptions"


def test_killed_thirty_times_each_ends_once_and_a_payment_closes_what_waited(bench, prepare, request):
    """CAN-4, CAN-6, CAN-8: killed at random in the nightly job; then payments release the closings within minutes."""
    database, hook, unpaid = prepare("ends_killed")
    chance = random.Random(request.config.getoption("--seed"))
    with bench.server(database, "ends-killed", *prefork(CRONS)) as server:
        assert wait_until(lambda: hears(server, CRONS), 90)
        for _kill in range(KILLS):
            kill_at_random(database, server, chance)
        wake_until(database, lambda: ended(database), JOB, WORK_JOBS, seconds=200, pause=0.1)
        check_each_once(database)
        again = sum(times - 1 for times in told(hook).values())
        assert len(told(hook)) == 2 * ENDS
        assert again <= KILLS, "only a kill between answer and commit makes a call come twice, with the same key"
        assert "PAID" in bench.shell(database, PAY.format(ids=unpaid))
        assert wait_until(lambda: rows(database, """
            SELECT count(*) FROM unicdo_cancellation WHERE state = 'closed'""") == [(ENDS,)], 120, pause=1)
        assert rows(database, "SELECT count(*) FROM unicdo_cancellation_letter WHERE kind = 'statement'") == [(ENDS,)]
    assert not [line for line in trouble_in(bench.log("ends-killed")) if not CORE_ON_KILLS.search(line)]
