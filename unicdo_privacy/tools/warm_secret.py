# SPDX-License-Identifier: LGPL-3.0-or-later
"""A few secrets that take several files to find, kept in this process's memory while not one of these files has changed.

Each question opens the files, so that a folder shared by several hosts is asked anew: what is gone, replaced or rewritten
anywhere holds at once. Functions and no methods: code typed into the database reaches methods, never these.
"""

import os
import threading
import time

#: so many at most
MOST = 16
#: nanoseconds in which a file may be written twice without its times telling so: until then nothing is kept
SETTLES = 2_000_000_000
#: name → what it hung on, and the secret
_kept = {}
_lock = threading.Lock()


def warm(name, about, paths, find):
    """A secret, from memory or found anew.

    :param name: of the secret, hashable
    :param about: all else on which it hangs; compared by value
    :param paths: of the files on which it hangs
    :param find: function that finds it, and raises whatever is wrong
    :return: bytes
    """
    stamps = _stamps(paths)
    known = _kept.get(name)
    if known and stamps and known[0] == (about, paths, stamps):
        return known[1]
    with _lock:
        _kept.pop(name, None)
    secret = find()
    # what was read is what was looked at, before and after
    if stamps and max(stamp[-1] for stamp in stamps) < time.time_ns() - SETTLES and _stamps(paths) == stamps:
        with _lock:
            while len(_kept) >= MOST:
                del _kept[next(iter(_kept))]
            _kept[name] = (about, paths, stamps), secret
    return secret


def _stamps(paths):
    """Of each file what changes with it, the time of its last change last; None where one cannot be opened."""
    try:
        return [_stamp(path) for path in paths]
    except OSError:
        return None


def _stamp(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        about = os.fstat(handle)
    finally:
        os.close(handle)
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns
