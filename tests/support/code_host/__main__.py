# SPDX-License-Identifier: LGPL-3.0-or-later
"""The code host's process: options come as one line of JSON on standard input, and it ends when that is closed."""
import json
import sys
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from .web import Site, Stray
from .world import World


class Quiet(WSGIRequestHandler):
    """Tells of errors only."""

    def log_request(self, code="-", size="-"):
        pass


def _serve(app):
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.port


def main():
    options = json.loads(sys.stdin.readline())
    world = World(options["code_seconds"])
    stray = _serve(Stray(world))
    port = _serve(Site(world, options["key"], stray))
    print(json.dumps({"port": port, "stray_port": stray}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
