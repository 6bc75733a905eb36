# SPDX-License-Identifier: LGPL-3.0-or-later
"""Recordings replay as the pages were: a session through Sales, CRM and the website, recorded, sealed, cleaned and watched.

``./setup/test faults -k replay`` takes two minutes of a session, with ``--long`` ten. Each mark's figures come to
``figures.txt``, both screenshots to ``pictures``, in ``.state/faults/test_recording_replay``.
"""
import json
from dataclasses import asdict

import pytest

from tests.faults.conftest import postpone_jobs, trouble_in, wake
from tests.support.chromium import Chromium
from tests.support.odoo_process import free_ports, rows, wait_until
from tests.support.replay.comparing import Likeness, beside, compare
from tests.support.replay.session import TYPED, Session
from tests.support.replay.watching import Watching

#: (minutes, seconds that the person looks at what opened)
SHORT, LONG = (0, 0.4), (10, 2)
WATCHER = "watcher"
#: what each mark has to reach, see ``comparing.py``. What lacks is texts: masked they are wider or narrower, so that what
#: shrinks around them or wraps comes out another size; media, frames and drawings are kept as places only and are left out
LEAST = Likeness(elements=50, there=0.99, more=0.03, classes=0.99, boxes=0.9, picture=0.98, drawn=0.85)
#: what all marks together have to reach
LEAST_BOXES = 0.95
#: moments that differ by a menu, a card, a scroll, a dialog: none may pass for the other, else the limits are too wide
DIFFERENT = (
    ("sales list", "sales filters"), ("pipeline", "pipeline after a card was moved"), ("shop", "shop scrolled"),
    ("product dialog", "order with lines"),
)
#: run in ``odoo shell``: a database on trial, and somebody of the usability team who is bound by confidentiality
PREPARE = f"""
from odoo.addons.unicdo_privacy.tests.common import PrivacyMixin
for name in ("allowed", "is_trial"):
    env["ir.config_parameter"].set_param("unicdo_trial_recording." + name, "True")

env["unicdo.vault"]._take_over()
env.ref("base.user_admin").password = "admin"
mixin = PrivacyMixin()
mixin.env = env
watcher = mixin._user_with_role("usability", login="{WATCHER}", module="unicdo_trial_recording")
env.ref("unicdo_trial_recording.unicdo_policy_undertaking").action_publish()
version = env["unicdo.policy"]._undertaking(watcher)
env["unicdo.consent"].with_user(watcher)._record_policy_act(watcher.partner_id, "acknowledged", version, "portal")
env.cr.commit()
"""


@pytest.fixture
def site(bench):
    """A server of a trial database with demo data: (address, database)."""
    database = bench.copy("replay")
    bench.shell(database, PREPARE)
    postpone_jobs(database)
    [port] = free_ports(1)
    with bench.server(database, "replay", f"--http-port={port}", "--workers=0", "--max-cron-threads=1"):
        assert wait_until(lambda: "HTTP service (werkzeug) running" in bench.log("replay"), 120)
        yield f"http://127.0.0.1:{port}", database


def test_a_session_replays_as_it_was(bench, site, request):
    """REC-1, REC-2: structure, layout and looks of pages are recorded, and nothing that was typed."""
    base, database = site
    minutes, dwell = LONG if request.config.getoption("--long") else SHORT
    with Chromium() as browser:
        session = Session(browser, base, minutes, dwell)
        session.agree(database)
        marks = session.work()
    assert wait_until(lambda: wake(database) or cleaned(database), 120, pause=2)
    [(uuid,)] = rows(database, "SELECT uuid FROM unicdo_recording")
    with Chromium() as browser:
        watching = Watching(browser, base, uuid)
        watching.open(database, WATCHER)
        seen = [watching.look_at(mark.moment) for mark in marks]
    with Chromium() as browser:
        figures = [(mark.name, compare(browser, mark.seen, look)) for mark, look in zip(marks, seen, strict=True)]
        keep(bench.folder, browser, marks, seen, figures)
        looks = {mark.name: (mark.seen, look) for mark, look in reversed(list(zip(marks, seen, strict=True)))}
        confused = [pair for pair in DIFFERENT if is_alike(compare(browser, looks[pair[0]][0], looks[pair[1]][1]))]
    assert not [(name, found) for name, found in figures if not is_alike(found)]
    assert sum(found.boxes for _name, found in figures) / len(figures) >= LEAST_BOXES
    assert not confused
    assert len(figures) >= 20
    assert TYPED.lower() not in watching.events.lower()
    assert not trouble_in(bench.log("replay"))


def cleaned(database):
    """Whether all that was sent is cleaned; nothing of it may have been refused."""
    found = dict(rows(database, "SELECT state, count(*) FROM unicdo_recording_chunk GROUP BY state"))
    assert "bad" not in found
    return "received" not in found


def is_alike(found):
    """Whether a mark reaches what it has to."""
    found, least = asdict(found), asdict(LEAST)
    return found.pop("more") <= least.pop("more") and all(found[name] >= least[name] for name in least)


def keep(folder, browser, marks, seen, figures):
    """Write the figures, and both pictures of each mark."""
    (folder / "pictures").mkdir(exist_ok=True)
    for number, (mark, look) in enumerate(zip(marks, seen, strict=True)):
        (folder / "pictures" / f"{number:03} {mark.name}.png").write_bytes(beside(browser, mark.seen, look))
    lines = [f"{name:36}" + " ".join(f"{value:>8.4g}" for value in asdict(found).values()) for name, found in figures]
    names = " ".join(f"{name:>8}" for name in asdict(LEAST))
    (folder / "figures.txt").write_text("\n".join([" " * 36 + names, *lines]) + "\n")
    (folder / "figures.json").write_text(json.dumps([[name, asdict(found)] for name, found in figures], indent=1))
