# SPDX-License-Identifier: LGPL-3.0-or-later
"""Talk to the person at the terminal, and run programs with signs of life."""

import errno
import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from . import processes

#: seconds between signs of life of a long step
HEARTBEAT = 15
#: what the machine may refuse → what to do
_OWNER = "It belongs to somebody else, perhaps to root after a start with sudo: give it back, or remove it."
_SPACE = "Make room: a first start needs about 3 GB for downloads and databases."
NOT_OUR_FAULT = {errno.EACCES: _OWNER, errno.EPERM: _OWNER, errno.EROFS: _OWNER, errno.ENOSPC: _SPACE}


class Stop(Exception):
    """Nothing more can be done; the text says what is wrong and what to do."""


def say(text):
    """One line, at once."""
    print(text, flush=True)


@contextmanager
def step(text, detail=lambda: ""):
    """Announce a step; while it takes long say so every few seconds.

    :param detail: called for each sign of life, returns what is being done now
    """
    say(f"• {text}")
    started = time.monotonic()
    over = threading.Event()

    def beat():
        while not over.wait(HEARTBEAT):
            say(f"  … {time.monotonic() - started:.0f} s {detail()}".rstrip())

    threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def call(command, log, what, **options):
    """Run a program with its output in a file; when we are stopped, it ends with all it has started.

    :param Path log: gets the output
    :param str what: names the step in the error text
    :param options: of ``processes.start``
    :raise Stop: with the end of the output if it fails
    """
    log = Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = processes.start(command, stdout=output, stderr=output, **options)
        code = processes.wait(process)
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Stop(f"{what} failed ({command[0]} ended with {code}). Last lines of {log}:\n{tail}")


def _interrupt(_signal, _frame):
    raise KeyboardInterrupt


def main(function):
    """Run a command's main function: its result is the exit code, ``Stop`` is told without a trace, and every signal
    that ends a program ends this one as Ctrl-C does: SIGINT also where a shell's ``&`` has it ignored, but not the
    hang-up that ``nohup`` has ignored."""
    for signal_ in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal_ != signal.SIGHUP or signal.getsignal(signal_) != signal.SIG_IGN:
            signal.signal(signal_, _interrupt)
    try:
        sys.exit(function(sys.argv[1:]))
    except Stop as stop:
        _end(stop, 1)
    except KeyboardInterrupt:
        _end("Stopped.", 130)
    except OSError as error:
        if error.errno not in NOT_OUR_FAULT:
            raise
        _end(f"{error.strerror}: {error.filename or ''}\n{NOT_OUR_FAULT[error.errno]}", 1)


    finally:
        processes.stop_all()


def _end(text, code):
    print(f"\n{text}", file=sys.stderr, flush=True)
    sys.exit(code)
