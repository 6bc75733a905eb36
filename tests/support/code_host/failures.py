# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a host may do instead of answering as it should."""
import json
import select
import socket
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase

from werkzeug.wrappers import Response

from . import github
from .answers import reply

#: how long a host that never answers holds a connection, seconds
NEVER = 120
#: pause between the bytes of a slow answer, seconds, and how many there are
DRIP, DRIPS = 0.2, 600
#: size of a huge answer, bytes, and of each piece of it
HUGE, PIECE = 256 << 20, 1 << 16
STATUSES = {
    "204": None, "400": "Bad Request", "401": "Bad credentials", "403": "API rate limit exceeded for user ID 1.",
    "404": "Not Found", "422": "Validation Failed", "429": "Too many requests", "500": "Server Error",
    "503": "Service Unavailable",
}


@dataclass
class Failure:
    """A mode for requests whose method and path fit a pattern.

    :param str pattern: ``POST /repos/*/hooks``, or a path alone for all methods; ``*`` takes slashes too
    :param str mode: a name of ``MODES``; after ``after:`` the work is done first
    :param times: how often; None: always
    """

    pattern: str
    mode: str
    times: int = 1

    def __post_init__(self):
        if self.mode.removeprefix("after:") not in MODES:
            raise ValueError(f"There is no mode {self.mode}. There are: {', '.join(sorted(MODES))}.")

    def fits(self, method, path):
        wanted = self.pattern if " " in self.pattern else f"* {self.pattern}"
        return fnmatchcase(f"{method} {path}", wanted)


def take(failures, method, path):
    """The first failure that fits a request; counted down."""
    for failure in failures:
        if failure.fits(method, path):
            if failure.times is not None:
                failure.times -= 1
                if not failure.times:
                    failures.remove(failure)
            return failure
    return None


def _status(mode):
    def answer(request, _stray):
        if mode == "204":
            return reply(None, 204)
        headers = {}
        if mode in ("403", "429"):
            headers = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "Retry-After": "60",
                       "X-RateLimit-Reset": str(int(time.time()) + 60)}
        return github.problem(STATUSES[mode], int(mode), headers=headers)
    return answer


def _timeout(request, _stray):
    """Nothing, until the client gives up."""
    select.select([request.environ["werkzeug.socket"]], [], [], NEVER)
    return _drop(request, _stray)


def _drop(request, _stray):
    """The connection ends without a byte of an answer."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("as asked for")


def _cut(request, _stray):
    """The connection ends in the middle of the body."""
    def body():
        yield b'{"id": 1, "na'
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("as asked for")
    return Response(body(), mimetype="application/json", headers={"Content-Length": "100"}, direct_passthrough=True)


def _slow(request, _stray):
    """A byte now and then."""
    def body():
        for _number in range(DRIPS):
            yield b" "
            time.sleep(DRIP)
        yield b"{}"
    return Response(body(), mimetype="application/json")


def _huge(request, _stray):
    """JSON that does not come to an end soon, without its length."""
    def body():
        yield b'{"id": "'
        for _number in range(HUGE // PIECE):
            yield b"a" * PIECE
        yield b'"}'
    return Response(body(), mimetype="application/json")


def _redirect(to):
    """307, which keeps method and body, to the same path elsewhere."""
    def answer(request, stray):
        host = {"same": request.host_url, "port": f"http://127.0.0.1:{stray}/", "name": f"http://localhost:{stray}/"}[to]
        return Response(status=307, headers={"Location": host.rstrip("/") + request.full_path.rstrip("?")})
    return answer


MODES = {
    **{mode: _status(mode) for mode in STATUSES},
    "timeout": _timeout,
    "drop": _drop,
    "cut": _cut,
    "slow": _slow,
    "huge": _huge,
    "invalid_json": lambda _request, _stray: Response('{"id": 1,', mimetype="application/json"),
    "wrong_json": lambda _request, _stray: Response(json.dumps([None, 1]), mimetype="application/json"),
    "wrong_type": lambda _request, _stray: Response("<html>Welcome</html>", mimetype="text/html"),
    "redirect_same": _redirect("same"),
    "redirect_port": _redirect("port"),
    "redirect_name": _redirect("name"),
}


def answer(failure, request, stray):
    """The answer of a failure.

    :param int stray: port of the listener that is not the host
    :raise ConnectionError: if there is none; the connection is closed
    """
    return MODES[failure.mode.removeprefix("after:")](request, stray)
