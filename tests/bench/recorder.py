# SPDX-License-Identifier: LGPL-3.0-or-later
"""What recording costs the person's browser: a minute of ordinary work in Odoo, profiled."""
import itertools
import random
import time

from tests.support.chromium import Chromium
from tests.support.odoo_process import rows
from tests.support.trial import LOGIN

#: seconds of work
WORK = 60
#: microseconds between two samples of the profile
SAMPLE = 500
#: what belongs to the recorder, by the address of its code; ours is one lazy bundle
OURS = ("/static/lib/rrweb/", "assets_recorder")
#: run in ``odoo shell``: a database on trial
PREPARE = """
for name in ("allowed", "is_trial"):
    env["ir.config_parameter"].set_param("unicdo_trial_recording." + name, "True")

env.ref("base.user_admin").password = "admin"
env.cr.commit()
"""
#: times the first look at the page: reading it, cleaning it, and making it small enough to send
SNAPSHOT = """(() => {
    const { recorder } = odoo.__WOWL_DEBUG__.root.env.services.unicdo_recording;
    recorder.pause();
    recorder._leave();
    const start = performance.now();
    recorder.resume();
    while (recorder.queue.length) {
        recorder._cleanOne();
    }
    return { ms: performance.now() - start, nodes: document.querySelectorAll("*").length };
})()"""
LIST = "/odoo/contacts?view_type=list"


def measure(base, database, runs):
    """:return: dict of lists: ``snapshot`` (ms), ``nodes``, ``busy`` (share), ``longest`` (ms), ``bytes`` (per minute)"""
    result = {"snapshot": [], "nodes": [], "busy": [], "longest": [], "bytes": []}
    for number in range(runs):
        with Chromium() as browser:
            browser.open(f"{base}/web/login")
            assert browser.run(LOGIN % database) == "on"
            browser.open(f"{base}{LIST}", "document.querySelectorAll('.o_data_row').length > 20")
            browser.until("odoo.__WOWL_DEBUG__.root.env.services.unicdo_recording.recorder")
            time.sleep(3)
            first = browser.run(SNAPSHOT)
            time.sleep(3)
            before = received(database)
            profile = profiled(browser, random.Random(number))
            result["snapshot"].append(first["ms"])
            result["nodes"].append(first["nodes"])
            result["busy"].append(share(profile))
            result["longest"].append(longest(profile))
            time.sleep(6)
            result["bytes"].append((received(database) - before) * 60 / WORK)
    return result


def profiled(browser, chance):
    """Work for a minute; the CPU profile of it."""
    browser.send("Profiler.enable")
    browser.send("Profiler.setSamplingInterval", interval=SAMPLE)
    browser.send("Profiler.start")
    limit = time.monotonic() + WORK
    for step in itertools.cycle((scroll, sort, edit, cards, page_on, wander)):
        if time.monotonic() > limit:
            break
        step(browser, chance)
    return browser.send("Profiler.stop")["profile"]


def wander(browser, chance):
    for _move in range(20):
        browser.move(chance.randint(100, 1200), chance.randint(100, 700))
        time.sleep(0.05)


def scroll(browser, chance):
    for _turn in range(10):
        browser.wheel(600, 400, chance.choice((120, -120, 240)))
        time.sleep(0.1)


def sort(browser, _chance):
    browser.click("th.o_column_sortable")
    time.sleep(1.5)


def page_on(browser, _chance):
    browser.click(".o_pager_next")
    time.sleep(1.5)


def cards(browser, chance):
    browser.click(".o_switch_view.o_kanban")
    browser.until("document.querySelectorAll('.o_kanban_record').length > 20")
    scroll(browser, chance)
    browser.click(".o_switch_view.o_list")
    browser.until("document.querySelectorAll('.o_data_row').length > 20")
    time.sleep(1)


def edit(browser, _chance):
    """Open a record, type into it, take it back, and return to the list."""
    browser.click(".o_data_row .o_data_cell")
    browser.until("document.querySelector('.o_form_view')")
    time.sleep(1)
    browser.click(".o_form_view input[type=text], .o_form_view textarea")
    browser.type("Some words typed at the speed of a person")
    time.sleep(0.5)
    browser.run("document.querySelector('.o_form_button_cancel')?.click()")
    time.sleep(0.5)
    browser.run("document.querySelector('.o_back_button, .breadcrumb-item a').click()")
    browser.until("document.querySelectorAll('.o_data_row').length > 20")
    time.sleep(0.5)


def _ours(profile):
    """For each sample: (microseconds, whether the recorder's code is on the stack)."""
    nodes = {node["id"]: node for node in profile["nodes"]}
    parents = {child: node["id"] for node in profile["nodes"] for child in node.get("children", ())}
    known = {}

    def is_ours(number):
        if number not in known:
            url = nodes[number]["callFrame"]["url"]
            known[number] = any(part in url for part in OURS) or (number in parents and is_ours(parents[number]))
        return known[number]

    return [(max(delta, 0), is_ours(number)) for delta, number in zip(profile["timeDeltas"], profile["samples"], strict=True)]


def share(profile):
    """Share of the time in which the main thread worked for the recorder."""
    samples = _ours(profile)
    return sum(delta for delta, ours in samples if ours) / sum(delta for delta, _ours in samples)


def longest(profile):
    """The longest stretch of the recorder's work without a break, in milliseconds."""
    best = current = 0
    for delta, ours in _ours(profile):
        current = current + delta if ours else 0
        best = max(best, current)
    return best / 1000


def received(database):
    """Bytes of all pieces that the server has taken."""
    return rows(database, "SELECT COALESCE(sum(size), 0) FROM unicdo_recording_chunk")[0][0]
