# SPDX-License-Identifier: LGPL-3.0-or-later
"""Folders that are made once: safe against being killed in the middle and against two clones at work at once."""

import fcntl
import hashlib
import shutil
from contextlib import contextmanager

from .places import CACHE


@contextmanager
def locked(path, otherwise=None):
    """Hold a file lock; wait for it, or call ``otherwise`` when somebody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if otherwise else 0))
        except BlockingIOError:
            otherwise()
        yield handle


def folder(kind, key_parts, build):
    """The cached folder for a key; ``build(folder)`` fills it when it is not there whole.

    :param key_parts: strings whose hash names the folder
    """
    key = hashlib.sha256("\n".join(key_parts).encode()).hexdigest()[:16]
    path = CACHE / f"{kind}-{key}"
    ready = path / ".ready"
    if not ready.exists():
        with locked(CACHE / f"{path.name}.lock"):
            if not ready.exists():
                if path.exists():
                    shutil.rmtree(path)
                path.mkdir(parents=True)
                build(path)
                ready.touch()
    return path
