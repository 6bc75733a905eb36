# SPDX-License-Identifier: LGPL-3.0-or-later
"""Start programs that end with us, however we end."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

PR_SET_PDEATHSIG = 1
#: what ``start`` has started → the signal that ends it
_started = {}


def start(command, death_signal=signal.SIGTERM, user=None, **options):
    """Start a program in a session of its own (the terminal's Ctrl-C reaches only us) that gets ``death_signal`` when
    it is stopped, or when this process ends without stopping it first. To be called from the main thread."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def bind():
        libc.prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            os.kill(os.getpid(), death_signal)

    options = {"stdin": subprocess.DEVNULL, **_as_user(user), **options}
    with _undisturbed():
        process = subprocess.Popen([str(part) for part in command], start_new_session=True, preexec_fn=bind, **options)
        _started[process] = death_signal
    return process


@contextlib.contextmanager
def _undisturbed():
    """Put signals off: one between the start of a program and our taking note would leave it to itself."""
    came = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for number, frame in came:
        handlers[number](number, frame)


def stop_all():
    """End what was started and runs still."""
    for process in _started:
        if process.poll() is None:
            stop(process)


def stop(process, seconds=20):
    """End a program of ours and all it started."""
    if process.poll() is None:
        process.send_signal(_started[process])
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait(process):
    """Its exit code when it has ended by itself; when we are stopped before that, it ends with all it has started."""
    try:
        return process.wait()
    except BaseException:
        stop(process)
        raise


@dataclass
class Task:
    """A program to be run beside others.

    :param start: function that starts it and gives its process
    :param close: function that is called with its exit code when it has ended
    :param now: function that says what it is doing now
    :param is_ready: function that says whether it may be started yet
    """

    start: Callable
    close: Callable
    now: Callable = str
    is_ready: Callable = lambda: True


def side_by_side(tasks, most):
    """Run programs at the same time, ``most`` of them at once; when we are stopped, all end with all they have started.

    :param list tasks: begun in this order, those that are not ready yet as soon as they are
    """
    waiting, running = list(tasks), {}
    try:
        while waiting or running:
            while len(running) < most and (task := next((task for task in waiting if task.is_ready()), None)):
                waiting.remove(task)
                running[task.start()] = task
            with _undisturbed():  # an exception within poll would leave its lock taken for good
                ended = [process for process in running if process.poll() is not None]
            for process in ended:
                running.pop(process).close(process.returncode)
            time.sleep(0.05)
    except BaseException:
        for process in running:
            stop(process)
        raise


def _as_user(name):
    """Options of ``subprocess`` that run a program as another user; none for None."""
    if not name:
        return {}
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/"}


def ordinary_user():
    """The user whom a server may run as when we are root; None when we are not."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
