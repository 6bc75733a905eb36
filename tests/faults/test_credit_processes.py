# SPDX-License-Identifier: LGPL-3.0-or-later
"""Credit notes of one invoice made and approved by four processes at once, while accountants credit it by hand (CAN-3).

They wait for approval first: posting collides in Odoo itself, drafts do not.
"""
import json
from concurrent.futures import ThreadPoolExecutor

from tests.support.odoo_process import rows

PROCESSES = 4
#: invoices, subscriptions that share each of them, and requests that each want to give back all of one
INVOICES, SHARES, REQUESTS = 3, 2, 4
PREPARE = """
from odoo.fields import Command

env["unicdo.vault"]._take_over()
env.company.unicdo_credit_approval = True
partner = env["res.partner"].create({{"name": "Ann Lee"}})
requests, drafts = [], []
for number in range({invoices}):
    invoice = env["account.move"].create({{
        "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-01-01",
        "invoice_line_ids": [
            Command.create({{"name": "Hosting", "price_unit": 100 + line, "tax_ids": []}}) for line in range({shares})]}})
    invoice.action_post()
    if number:
        wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        wizard.create({{}})._create_payments()
    for line in invoice.invoice_line_ids:
        hosting = env["unicdo.hosting.subscription"].create({{
            "name": "x", "partner_id": partner.id, "start_date": "2026-01-01", "concluded_on": "2026-01-01",
            "period_ids": [Command.create({{"move_line_id": line.id, "first_day": "2026-01-01", "last_day": "2026-12-31"}})]}})
        requests += env["unicdo.cancellation"].create([{{
            "subscription_id": hosting.id, "channel": "letter", "received_at": "2025-11-01 10:00", "state": "closed",
            "end_date": "2025-12-31", "is_refundable": True, "notice_kept": True}} for request in range({requests})]).ids
    for part in (1, 2):
        credit = invoice._reverse_moves([{{"invoice_date": "2026-02-01", "date": "2026-02-01"}}])
        credit.invoice_line_ids[part:].unlink()
        drafts.append(credit.id)

env["ir.cron"].search([]).nextcall = "2099-01-01"
env["ir.cron.trigger"].search([]).unlink()
env.cr.commit()
print("SEEN" + json.dumps([requests, drafts]))
"""
CREDIT = """
import json, random, time
from odoo import api
from odoo.exceptions import UserError
from odoo.service.model import retrying

steps = [("unicdo.cancellation", "_credit", res_id) for res_id in {requests} * 2]
steps += [("unicdo.cancellation", "_post_credits", res_id) for res_id in {requests}]
steps += [("account.move", "action_post", res_id) for res_id in {drafts}]
random.Random({seed}).shuffle(steps)
refused, errors = 0, []
env.cr.execute("INSERT INTO ir_config_parameter (key, value) VALUES ('fault.ready.{seed}', '1')")
env.cr.commit()
while len(env.execute_query(SQL("SELECT 1 FROM ir_config_parameter WHERE starts_with(key, 'fault.ready.')"))) < {all}:
    env.cr.rollback()
    time.sleep(0.05)

for model, method, res_id in steps:
    try:
        with env.registry.cursor() as cr:
            own = api.Environment(cr, 1, {{}})
            retrying(getattr(own[model].browse(res_id), method), own)
    except Exception as error:
        if model == "account.move" and isinstance(error, UserError):
            refused += 1
        else:
            errors.append(repr(error))

print("SEEN" + json.dumps([refused, errors]))
"""
APPROVE = """
env["unicdo.cancellation"].browse({requests})._post_credits()
env.cr.commit()
"""
HEAD = "import json\nfrom odoo.tools import SQL\n"


def seen(output):
    return json.loads(output.split("SEEN")[1].splitlines()[0])


def test_four_processes_at_once_never_credit_more_than_was_billed(bench):
    """CAN-3: the sum of an invoice's credit notes is at most the invoice, and each request credits once."""
    name = bench.copy("credits")
    requests, drafts = seen(bench.shell(name, HEAD + PREPARE.format(invoices=INVOICES, shares=SHARES, requests=REQUESTS)))
    codes = [
        HEAD + CREDIT.format(requests=requests, drafts=drafts, seed=seed, all=PROCESSES) for seed in range(PROCESSES)
    ]
    with ThreadPoolExecutor(PROCESSES) as pool:
        results = [seen(output) for output in pool.map(lambda code: bench.shell(name, code), codes)]
    assert [errors for _refused, errors in results] == [[]] * PROCESSES
    assert sum(refused for refused, _errors in results), "credit notes by hand that are too much are refused"
    bench.shell(name, APPROVE.format(requests=requests))
    sums = rows(name, """
        SELECT i.amount_total, sum(c.amount_total), count(c.unicdo_cancellation_id), count(DISTINCT c.unicdo_cancellation_id)
          FROM account_move i JOIN account_move c ON c.reversed_entry_id = i.id AND c.state = 'posted'
         GROUP BY i.id""")
    assert len(sums) == INVOICES
    for billed, credited, made, requested in sums:
        assert credited == billed, "all of it, and no more"
        assert made == requested > 0
