# SPDX-License-Identifier: LGPL-3.0-or-later
"""TOK-2: apps that keep tokens come after us, and we go before them."""
import json

import pytest

pytestmark = pytest.mark.quiet

#: in one process, whose registry is made anew by the installation
INSTALL = """
import json
from odoo.modules.registry import Registry
from odoo.addons.unicdo_privacy.apps import auth_oauth, calendars
names = ["auth_oauth", "google_calendar", "microsoft_calendar"]
seen = {"before": [auth_oauth.is_installed(env), *(one.is_installed(env) for one in calendars.CALENDARS)]}
env["ir.module.module"].search([("name", "in", names)]).button_immediate_install()
"""
LOOK = """
users = Registry(env.cr.dbname)["res.users"]
steps = ["_check_credentials", *(step for one in calendars.CALENDARS for step in one.steps.values())]
seen["steps"] = len(steps)
seen["patched"] = [step for step in steps if step in vars(users)]
print("SEEN" + json.dumps(seen))
"""
AGAIN = """
import json
from odoo.modules.registry import Registry
from odoo.addons.unicdo_privacy.apps import calendars
seen = {}
"""
SEAL = """
from odoo.addons.unicdo_privacy.apps import auth_oauth, mail_servers, stored
env["ir.mail_server"].create({
    "name": "Gmail", "smtp_host": "smtp.gmail.com", "smtp_authentication": "gmail", "smtp_user": "a@example.com",
    "smtp_encryption": "starttls", "google_gmail_refresh_token": "our refresh", "google_gmail_access_token": "our access",
})
for switch in env["unicdo.token.switch"].search([("is_installed", "=", True)]):
    switch._switch(True, "turn_on")

env.cr.commit()
env.cr.execute("SELECT google_gmail_refresh_token FROM ir_mail_server WHERE name = 'Gmail'")
print("STORED" + env.cr.fetchone()[0])
env["ir.module.module"].search([("name", "=", "unicdo_privacy")]).button_immediate_uninstall()
"""
READ = """
env.cr.execute("SELECT google_gmail_refresh_token, google_gmail_access_token FROM ir_mail_server WHERE name = 'Gmail'")
print("STORED" + " ".join(env.cr.fetchone()))
print("MODEL" + str("unicdo.token.switch" in env))
"""


def seen_in(text):
    return json.loads(text.partition("SEEN")[2].splitlines()[0])


def test_apps_that_come_later_are_patched_in_the_same_process_and_in_others(bench):
    """TOK-2: the registry that the installation makes, and those of processes started afterwards."""
    name = bench.copy("later")
    seen = seen_in(bench.shell(name, INSTALL + LOOK))
    assert seen["before"] == [False, False, False]
    assert (seen["steps"], len(seen["patched"])) == (7, 7)
    assert len(seen_in(bench.shell(name, AGAIN + LOOK))["patched"]) == 7


def test_uninstalling_gives_the_tokens_of_mail_servers_back(bench):
    """TOK-2: what we sealed would open for nobody without us."""
    name = bench.copy("uninstall")
    assert "STOREDunicdo-sealed:" in bench.shell(name, SEAL)
    after = bench.shell(name, READ)
    assert "STOREDour refresh our access" in after
    assert "MODELFalse" in after
