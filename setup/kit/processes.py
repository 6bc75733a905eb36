# SPDX-License-Identifier: LGPL-3.0-or-later
"""Start programs that end with us, however we end."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess

PR_SET_PDEATHSIG = 1


def start(command, death_signal=signal.SIGTERM, user=None, **options):
    """Start a program in a session of its own (the terminal's Ctrl-C reaches only us) that gets ``death_signal`` when
    this process ends without stopping it first. To be called from the main thread."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def bind():
        libc.prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            os.kill(os.getpid(), death_signal)

    return subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=bind,
        **_as_user(user), **options,
    )


def stop(process, how=signal.SIGTERM, seconds=20):
    """End a program of ours and all it started."""
    if process.poll() is None:
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait(process, how=signal.SIGTERM):
    """Its exit code when it has ended by itself; when we are stopped before that, it ends with all it has started."""
    try:
        return process.wait()
    except BaseException:
        stop(process, how)
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
