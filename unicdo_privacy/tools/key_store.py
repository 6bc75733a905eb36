# SPDX-License-Identifier: LGPL-3.0-or-later
"""A folder of small files, one wrapped data key each, outside the database and its dumps.

Safe for several hosts on one shared folder: a file appears whole or not at all, and is on disk when a call returns.
"""

import contextlib
import os
import pathlib
import re
import secrets
import time

NAME = re.compile(r"[0-9a-f]{32}")


def make_folder(path):
    """Make a folder, with those above it, that only the server's own user reads.

    :return: the folder as ``pathlib.Path``
    """
    path = pathlib.Path(path)
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path.parent)
    return path


def sync_folder(path):
    """Bring a folder's entries to disk: names that came, changed or went."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def replacing(path):
    """Write a file that takes its place whole, when the block ends without error, or leaves no trace.

    :return: binary file, open for writing, mode 0600
    """
    path = pathlib.Path(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_once(path, data):
    """Write a small file unless it is there already; of several writers at once the first wins, whole."""
    path = pathlib.Path(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with replacing(draft) as target:
            target.write(data)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def new_name():
    """A random name for a key: 32 hexadecimal characters."""
    return secrets.token_hex(16)


def file_of(folder, name):
    """Path of a key's file in a key store's folder, as text.

    :raises ValueError: not a name of a key
    """
    if not NAME.fullmatch(name):
        raise ValueError("Not a name of this key store")
    return f"{folder}/{name[:2]}/{name}"


class KeyStore:
    """The key files of one vault, spread over 256 folders by the first two characters of their names."""

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)

    def _path(self, name):
        return pathlib.Path(file_of(self._folder, name))

    def put(self, name, blob):
        """Store a wrapped key under this name, in place of what stood there."""
        path = self._path(name)
        make_folder(path.parent)
        with replacing(path) as target:
            target.write(blob)

    def get(self, name):
        """The wrapped key of this name, or None when it is gone."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, name):
        """Destroy a key. Nothing happens when it is gone already."""
        path = self._path(name)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent)

    def names(self):
        """All names, as a set."""
        return {path.name for path in self._files() if NAME.fullmatch(path.name)}

    def older_than(self, seconds):
        """Names of keys that have not been touched for so long, as a set."""
        limit = time.time() - seconds
        return {path.name for path in self._files() if NAME.fullmatch(path.name) and _mtime(path) < limit}

    def drop_drafts(self, seconds):
        """Remove drafts that a killed process left behind so long ago."""
        limit = time.time() - seconds
        for path in self._files():
            if path.name.startswith(".") and _mtime(path) < limit:
                path.unlink(missing_ok=True)

    def _files(self):
        for folder in self._folder.glob("[0-9a-f][0-9a-f]"):
            yield from folder.iterdir()


def _mtime(path):
    """Time of the last change; now for a file that has just gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
