# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tables that only grow stand in nobody's way: contacts merged, people deleted, a column added (DESIGN 3)."""
import json

import pytest

from tests.support.odoo_process import rows

pytestmark = pytest.mark.quiet

PEOPLE = """
users = env["res.users"].with_context(no_reset_password=True).create([
    {"name": f"Fault {name}", "login": f"fault.{name}@example.com", "email": f"fault.{name}@example.com",
     "group_ids": [(6, 0, env.ref("base.group_portal").ids)]} for name in "abcd"])
purpose = env["unicdo.purpose"].search([("basis", "=", "consent")], limit=1)
for user in users:
    env["unicdo.consent"].with_user(user).sudo()._record_choices([
        {"purpose": purpose.key, "partner_id": user.partner_id.id, "what": "given"},
        {"purpose": purpose.key, "partner_id": user.partner_id.id, "what": "withdrawn"}], "portal")
    subject = env["unicdo.subject"]._for_partner(user.partner_id)
    env["unicdo.ledger.event"].with_user(user).sudo()._record("fault.event", subject=subject)

env["unicdo.ledger.block"]._seal_pending()
env.cr.commit()
"""
CHANGE = """
import json
users = env["res.users"].search([("login", "=like", "fault.%")], order="login")
a, b, c, d = users.mapped("partner_id")
users[2:].unlink()
(c + d).unlink()
users[1].unlink()
env["base.partner.merge.automatic.wizard"].create({})._merge([a.id, b.id], a)
print("LEFT" + json.dumps(env["res.partner"].with_context(active_test=False).search_count(
    [("id", "in", (a + b + c + d).ids)])))
print("LEDGER" + json.dumps(env["unicdo.ledger.event"]._verify()))
env.cr.commit()
"""


def events(database):
    """Every row of both tables as it stands, whatever the columns."""
    return [
        rows(database, f"SELECT to_jsonb(t) - 'fault_note' FROM {table} t ORDER BY id")
        for table in ("unicdo_consent_event", "unicdo_ledger_event")
    ]


def test_people_go_and_columns_come_without_touching_events(bench):
    """CON-1, GOV-9: proof stays as it was written, and holds nobody back."""
    database = bench.copy("people")
    bench.shell(database, PEOPLE)
    before = events(database)
    assert len(before[0]) >= 8
    assert len(before[1]) >= 4
    _seconds, log = bench.install(database, "unicdo_faults")
    assert " ERROR " not in log
    assert rows(database, "SELECT count(*) FROM unicdo_consent_event WHERE fault_note IS NULL") == [(len(before[0]),)]
    output = bench.shell(database, CHANGE)
    assert json.loads(output.split("LEFT")[1].splitlines()[0]) == 1
    assert json.loads(output.split("LEDGER")[1].splitlines()[0]) is None
    after = events(database)
    for table_before, table_after in zip(before, after):
        assert table_after[:len(table_before)] == table_before
