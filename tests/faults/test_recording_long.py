# SPDX-License-Identifier: LGPL-3.0-or-later
"""Long recordings can be watched, by the usability team and, offline, by the person they are about (REC-2, REC-3).

``./setup/test faults -k recording_long`` takes twenty minutes of a session, with ``--long`` the two hours that are the most.
"""
import json

import pytest

from tests.faults.conftest import postpone_jobs, trouble_in
from tests.faults.test_recording_replay import PREPARE, WATCHER
from tests.support.chromium import Chromium
from tests.support.odoo_process import ROOT, free_ports, rows, wait_until
from tests.support.replay.long_session import EVERY
from tests.support.replay.watching import GO_TO, PAGE, RANGE, Watching

#: of five seconds; two hours take 360 MB as text
PIECES, MOST_PIECES = 240, 1440
#: run in ``odoo shell``: what cleaning leaves of such a session; what the person gets of it goes to a file
RECORD = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from odoo.addons.unicdo_privacy.tools.guard import opening
from odoo.addons.unicdo_trial_recording.tools.inside import inside
from odoo.addons.unicdo_trial_recording.tools.offline import offline_page
from odoo.addons.unicdo_trial_recording.tools.piece import pack
from tests.support.replay.long_session import pieces

with inside(), opening():
    made = env["unicdo.recording"]._begin(env["unicdo.recording.trial"]._own()._prepare_own(), "0" * 64, "session", 1, {{}})
    env.cr.execute(
        "INSERT INTO unicdo_recording_chunk (recording_id, seq, received_at, state, size) "
        "SELECT %s, number, started_at, 'received', 1 FROM unicdo_recording, generate_series(0, %s) number RETURNING seq, id",
        [made.id, %(count)s - 1])
    ids = dict(env.cr.fetchall())
    for seq, events in enumerate(pieces(int(made.started_at.timestamp() * 1000), %(count)s)):
        made._keep_chunk(ids[seq], seq, made.key_id._seal(pack(seq, events)))
    made.state = "ended"
    env.cr.commit()
    open("%(file)s", "wb").write(offline_page(made._clean_pieces(), {{}}, "A recording", "Not playable"))
"""
#: number of the list that is shown, 0 if there is none
SHOWN = "Number(%s.querySelector('table')?.dataset.list || 0)"
OFFLINE = "document.querySelector('.replayer-wrapper iframe').contentDocument"
CLICK_AT = """(() => {
    const bar = document.querySelector(".rr-progress");
    const { left, top, width, height } = bar.getBoundingClientRect();
    bar.dispatchEvent(new MouseEvent("click", { clientX: left + width * %s, clientY: top + height / 2, bubbles: true }));
})()"""


@pytest.fixture
def recorded(bench, request):
    """A server with a long recording: its address, the database, the number of pieces, and the file for the person."""
    label = request.node.name
    database, count = bench.copy("long"), MOST_PIECES if request.config.getoption("--long") else PIECES
    file = bench.folder / "recording.html"
    bench.shell(database, PREPARE)
    bench.shell(database, RECORD.replace("%(count)s", str(count)).replace("%(file)s", str(file)))
    postpone_jobs(database)
    [port] = free_ports(1)
    with bench.server(database, label, f"--http-port={port}", "--workers=0", "--max-cron-threads=0"):
        assert wait_until(lambda: "HTTP service (werkzeug) running" in bench.log(label), 120)
        yield f"http://127.0.0.1:{port}", database, count, file


def test_a_long_recording_is_watched(bench, recorded, request):
    """REC-2, REC-3: from end to end and back, each moment shows what was there then."""
    base, database, count, file = recorded
    [(uuid,)] = rows(database, "SELECT uuid FROM unicdo_recording")
    with Chromium() as browser:
        watching = Watching(browser, base, uuid)
        watching.open(database, WATCHER)
        # forward again from the very beginning, to the end, and to the middle
        for number in (0, 1, count - 1, 0, count // 2):
            browser.run(GO_TO % json.dumps(number * EVERY + 1500 * bool(number)))
            browser.until(f"{SHOWN % PAGE} === {number}", 120)
            assert browser.run(f"Number({RANGE}.value)") >= number * EVERY
        assert browser.run(f"{PAGE}.querySelectorAll('td').length") == 800
    with Chromium() as browser:
        browser.open(f"file://{file}", "document.querySelector('.rr-progress')")
        for share in (0.75, 0.25):
            browser.run(CLICK_AT % share)
            browser.until(f"Math.abs({SHOWN % OFFLINE} - {share * count}) < 4", 120)
        asked = [event["params"]["request"]["url"] for event in browser.events if event["method"] == "Network.requestWillBeSent"]
        assert [url for url in asked if not url.startswith(("data:", "blob:", "about:"))] == [f"file://{file}"]
        damaged = file.with_name("damaged.html")
        before, mark, after = file.read_text().partition('id="events">')
        damaged.write_text(before + mark + after[:4000] + after[after.index("</script>"):])
        browser.open(f"file://{damaged}", "document.getElementById('stage').textContent === 'Not playable'")
    assert not trouble_in(bench.log(request.node.name))


def test_a_piece_that_is_missing_is_told(bench, recorded, request):
    """REC-2: whoever watches learns that the recording is not whole, and does not wait for ever."""
    base, database, count, _file = recorded
    [(uuid,)] = rows(database, "SELECT uuid FROM unicdo_recording")
    [path] = (bench.data_dir / "unicdo").rglob(f"{uuid}/{count // 2}")
    path.unlink()
    with Chromium() as browser:
        watching = Watching(browser, base, uuid)
        with pytest.raises(RuntimeError, match="could not be read whole"):
            watching.open(database, WATCHER, 10)
    assert "is damaged or was destroyed while somebody watched" in bench.log(request.node.name)
