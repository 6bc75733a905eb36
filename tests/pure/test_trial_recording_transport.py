# SPDX-License-Identifier: LGPL-3.0-or-later
"""How pieces of a recording come to the server: once each, in order, and quietly given up (REC-1)."""

import gzip
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import REPO

RECORDER = REPO / "unicdo_trial_recording/static/src/recorder"
#: does the steps it is given with a Transport, and says what its callbacks were told; waits last a hundredth
NODE = """
const [folder, steps, url] = process.argv.slice(2);
const realTimeout = setTimeout;
globalThis.setTimeout = (work, time) => realTimeout(work, time / 100);
globalThis.setInterval = (work, time) => realTimeout(() => {}, 0);
let left = 0;
const realFetch = fetch;
globalThis.fetch = (address, options) => {
    left += Boolean(options.keepalive);
    return realFetch(address, { ...options, keepalive: false });
};
const { Transport } = await import(`${folder}/transport.js`);
const { Tail } = await import(`${folder}/tail.js`);
const stored = new Map();
const storage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, String(value)),
    removeItem: (key) => stored.delete(key),
};
const told = [];
const renewals = [{ token: "second" }, { token: "third" }];
const grant = {
    recording: "r", token: "first", upload: url, base: 20000,
    limits: { batch_seconds: 5, batch_bytes: 1000, session_bytes: 100000 },
};
let isOver = false;
const arrive = () => new Transport(
    grant, async () => !isOver && renewals.shift(), (why) => told.push(why), new Tail(storage, "tail"));
let transport = arrive();
const noise = (size) => Array.from({ length: size }, () => Math.random().toString(36)[2] ?? "0").join("");
for (const [step, value] of JSON.parse(steps)) {
    if (step === "most") grant.limits.batch_bytes = value;
    if (step === "add") transport.add({ n: value });
    if (step === "long") transport.add({ n: "x".repeat(value) });
    if (step === "noise") transport.add({ n: noise(value) });
    if (step === "over") isOver = true;
    if (step === "flush") await transport.flush();
    if (step === "start") transport.flush();
    if (step === "leave") transport.leave();
    if (step === "lose") globalThis.fetch = () => new Promise(() => {});
    if (step === "arrive") {
        globalThis.fetch = (address, options) => realFetch(address, { ...options, keepalive: false });
        grant.base += 10000;
        grant.recording = value || grant.recording;
        transport = arrive();
    }
    if (step === "close") await transport.close();
    if (step === "drop") transport.drop();
    if (step === "wait") await new Promise((resolve) => realTimeout(resolve, value));
}
console.log(JSON.stringify({ told, left, waiting: transport.waiting.length, stored: stored.size }));
process.exit(0);
"""


class Collector:
    """A server that gives the answers it was told to, then 204, and keeps what it was sent."""

    def __init__(self, answers):
        self.pieces = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                token, _line, packed = body.partition(b"\n")
                status = answers.pop(0) if answers else 204
                collector.pieces.append((int(self.path.rsplit("/", 1)[1]), token.decode(), packed, status))
                if status == 0:
                    self.connection.close()
                    return
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/recording/chunk"

    @property
    def kept(self):
        """Events by number of their piece, of the pieces that were taken."""
        return {
            number: [event["n"] for event in json.loads(gzip.decompress(packed))["events"]]
            for number, _token, packed, status in self.pieces if status == 204
        }


@pytest.fixture
def play(tmp_path):
    """Do steps against a server that gives these answers; (collector, what the callbacks were told)."""
    for path in RECORDER.glob("*.js"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "main.js").write_text(NODE)

    def run(steps, answers=()):
        collector = Collector(list(answers))
        done = subprocess.run(
            ["node", tmp_path / "main.js", tmp_path, json.dumps(steps), collector.url],
            capture_output=True, text=True, check=True, timeout=60,
        )
        collector.server.shutdown()
        collector.server.server_close()
        return collector, json.loads(done.stdout)

    return run


def test_pieces_are_numbered_from_where_the_page_begins(play):
    collector, _said = play([["add", 1], ["add", 2], ["flush", 0], ["add", 3], ["flush", 0]])
    assert collector.kept == {20000: [1, 2], 20001: [3]}


@pytest.mark.parametrize("answers", [[500], [503, 429, 500], [0, 0], [502] * 6])
def test_a_piece_is_sent_again_under_its_number_until_it_is_taken(play, answers):
    collector, said = play([["add", 1], ["flush", 0], ["add", 2], ["flush", 0]], answers)
    assert collector.kept == {20000: [1], 20001: [2]}
    assert [number for number, *_rest in collector.pieces] == [20000] * (len(answers) + 1) + [20001]
    assert said["told"] == []


@pytest.mark.parametrize("status", [400, 403, 410, 413])
def test_after_a_no_nothing_more_is_sent(play, status):
    collector, said = play([["add", 1], ["flush", 0], ["add", 2], ["flush", 0], ["leave", 0], ["close", 0]], [status])
    assert len(collector.pieces) == 1
    assert said == {"told": ["refused"], "left": 0, "waiting": 0, "stored": 0}


def test_a_token_that_is_too_old_is_renewed_and_the_piece_sent_again(play):
    collector, said = play([["add", 1], ["flush", 0], ["add", 2], ["flush", 0]], [401])
    assert [(number, token, status) for number, token, _packed, status in collector.pieces] == [
        (20000, "first", 401), (20000, "second", 204), (20001, "second", 204)]
    assert said["told"] == []


def test_a_recording_that_is_over_is_left_alone(play):
    collector, said = play([["over", 0], ["add", 1], ["flush", 0], ["add", 2], ["flush", 0]], [401])
    assert len(collector.pieces) == 1
    assert said["told"] == ["refused"]


def test_a_server_that_stays_away_is_given_up_quietly(play):
    collector, said = play([["add", 1], ["flush", 0], ["add", 2], ["flush", 0]], [500] * 20)
    assert 5 < len(collector.pieces) < 12
    assert said == {"told": ["away"], "left": 0, "waiting": 0, "stored": 0}


def test_while_the_server_is_away_a_megabyte_waits_at_most(play):
    steps = [["noise", 300_000], ["start", 0], ["wait", 250]] + [["noise", 300_000], ["start", 0]] * 4
    collector, said = play(steps, [500] * 20)
    assert said["told"] == ["away"]
    assert said["waiting"] == 0


def test_a_large_page_alone_is_no_reason_to_give_up(play):
    collector, said = play([["long", 3_000_000], ["flush", 0]])
    assert list(collector.kept) == [20000]
    assert said["told"] == []


def test_a_whole_recording_has_its_limit(play):
    _collector, said = play([["noise", 200_000], ["flush", 0], ["add", 2], ["flush", 0]])
    assert said["told"] == ["cap"]


def test_what_is_left_when_the_page_goes_is_sent_afterwards(play):
    collector, said = play([["add", 1], ["start", 0], ["add", 2], ["leave", 0], ["wait", 300]])
    assert collector.kept == {20000: [1], 20001: [2]}
    assert said["left"] == 2


def test_what_would_be_too_large_to_be_left_behind_is_packed_at_once(play):
    """A page may be left at any moment: half of what it may leave behind does not wait for the rest of a batch."""
    collector, _said = play([["most", 256 * 1024], ["long", 31_000], ["wait", 100], ["add", 1], ["leave", 0], ["wait", 300]])
    assert collector.kept == {20000: ["x" * 31_000], 20001: [1]}


def test_what_is_too_large_to_be_left_behind_is_sent_if_the_page_stays(play):
    collector, said = play([["long", 70_000], ["leave", 0], ["flush", 0]])
    assert said["left"] == 0
    assert collector.kept == {20000: ["x" * 70_000]}


def test_stopping_sends_the_rest_also_while_a_piece_is_on_its_way(play):
    collector, said = play([["add", 1], ["start", 0], ["add", 2], ["close", 0]])
    assert collector.kept == {20000: [1], 20001: [2]}
    assert said["waiting"] == 0


def test_stopping_tries_once_and_waits_for_nobody(play):
    collector, _said = play([["add", 1], ["start", 0], ["wait", 30], ["add", 2], ["close", 0]], [500] * 20)
    assert len(collector.pieces) <= 4
    assert collector.kept == {}


def test_dropping_forgets_what_was_not_sent(play):
    """REC-1: a withdrawal drops the buffer."""
    collector, said = play([["add", 1], ["drop", 0], ["flush", 0], ["leave", 0], ["close", 0], ["wait", 100]])
    assert collector.pieces == []
    assert said == {"told": [], "left": 0, "waiting": 0, "stored": 0}


def test_what_did_not_come_from_a_page_that_was_left_is_sent_by_the_next(play):
    """A service worker loses what a page sends while it goes."""
    collector, said = play([
        ["add", 1], ["flush", 0], ["lose", 0], ["add", 2], ["add", 3], ["leave", 0], ["arrive", ""], ["add", 4], ["flush", 0],
    ])
    assert collector.kept == {20000: [1], 20001: [2, 3], 30000: [4]}
    assert said["stored"] == 0


def test_what_another_recording_left_is_not_sent(play):
    """REC-1: nor does it stay."""
    collector, said = play([["lose", 0], ["add", 1], ["leave", 0], ["arrive", "other"], ["add", 2], ["flush", 0]])
    assert collector.kept == {30000: [2]}
    assert said["stored"] == 0


def test_a_withdrawal_leaves_nothing_for_the_next_page(play):
    """REC-1: the buffer is dropped, in the tab's storage too."""
    collector, said = play([["lose", 0], ["add", 1], ["leave", 0], ["drop", 0], ["arrive", ""], ["flush", 0]])
    assert collector.kept == {}
    assert said["stored"] == 0
