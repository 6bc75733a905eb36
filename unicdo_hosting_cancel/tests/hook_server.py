# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import http.server
import json
import threading
import time


class HookServer(http.server.ThreadingHTTPServer):
    """A hosting provider: answers with a status, or as told, and remembers what it was sent."""

    daemon_threads = True

    def __init__(self, answer=204):
        self.answer = answer
        self.seen = []
        super().__init__(("127.0.0.1", 0), HookHandler)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Clients that hang up are what these tests are about."""

    def events(self):
        """What it was told of, in order."""
        return [json.loads(body)["event"] for _headers, body in self.seen]


class HookHandler(http.server.BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self):
        """Note it and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), body))
        if callable(self.server.answer):
            self.server.answer(self)
        else:
            self.send_response(self.server.answer)
            self.end_headers()

    do_GET = do_POST

    def log_message(self, *_args):
        """Silent."""


def says_nothing(_handler):
    """No answer in time."""
    time.sleep(3)


def slow_body(handler):
    """Answered, with a body that takes its time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    with contextlib.suppress(OSError):
        for _tenth in range(30):
            handler.wfile.write(b"x")
            time.sleep(0.1)


def redirect_to(url, status=307):
    """Sends the caller elsewhere."""
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Location", url)
        handler.end_headers()

    return answer
