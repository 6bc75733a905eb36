# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the recorder tells of a page is the page: whatever scripts do to it, the copy that is played ends up the same (REC-1)."""
import difflib
import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.chromium import Chromium
from tests.support.odoo_process import ROOT

pytestmark = pytest.mark.quiet

SEEDS, BATCHES = 100, 25
PAGE = b"""<!doctype html><html><head><title>A page</title><meta name="x"/><style>.btn { top: 0 }</style></head>
<body><script src="/lib/record.min.js"></script><script type="module" src="/page/page.js"></script></body></html>"""
FOLDERS = {"recorder": ROOT / "unicdo_trial_recording/static/src/recorder", "page": ROOT / "tests/support/page",
           "lib": ROOT / "unicdo_trial_recording/static/lib/rrweb"}


class Handler(SimpleHTTPRequestHandler):
    """A page and its scripts."""

    def translate_path(self, path):
        _empty, folder, name = path.split("/")
        return str(FOLDERS[folder] / name)

    def do_GET(self):
        if self.path.count("/") > 1:
            return super().do_GET()
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        return self.wfile.write(PAGE)

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def page():
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Chromium() as browser:
        browser.open(f"http://127.0.0.1:{server.server_port}/", "window.tryOut")
        yield browser
    server.shutdown()


def test_whatever_scripts_do_the_copy_is_the_page(page):
    """REC-1: parts that come, go and move, texts, styles, shadow roots, rules of sheets, fields that hide what forms have."""
    for seed in range(SEEDS):
        result = page.run(f"tryOut({seed}, {BATCHES})")
        lines = (result.get(side, "").splitlines() for side in ("expected", "found"))
        difference = "\n".join(difflib.unified_diff(*lines, "the page", "the copy", lineterm="", n=6))
        assert not result["errors"] and not difference, (
            f"seed {seed}, batch {result.get('batch')} ({result.get('done')}): {result['errors']}\n{difference}")


def test_a_page_of_many_levels_ends_nothing(page):
    """REC-1: what is too deep is left out, and what comes afterwards is told; nothing is once it has stopped."""
    result = page.run("tryHard()")
    assert result == {"errors": [], "isTold": True}
