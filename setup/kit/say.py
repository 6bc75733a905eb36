# SPDX-License-Identifier: LGPL-3.0-or-later
"""Talk to the person at the terminal, and run programs with signs of life."""

import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

#: seconds between signs of life of a long step
HEARTBEAT = 15


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
    """Run a program with its output in a file.

    :param Path log: gets the output
    :param str what: names the step in the error text
    :raise Stop: with the end of the output if it fails
    """
    log = Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, **options,
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Stop(f"{what} failed ({command[0]} ended with {done.returncode}). Last lines of {log}:\n{tail}")


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
        print(f"\n{stop}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr, flush=True)
        sys.exit(130)
