# SPDX-License-Identifier: LGPL-3.0-or-later
"""A secret in memory is good only as long as nothing has changed on which it hangs (TOK-2)."""
import os
import time

import pytest

from conftest import load

warm_secret = load("unicdo_privacy/tools/warm_secret.py")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two files that were written long ago, and no secret in memory."""
    monkeypatch.setattr(warm_secret, "SETTLES", -10**12)
    monkeypatch.setattr(warm_secret, "_kept", {})
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        path.write_bytes(b"content")
    return paths


class Finder:
    """What finds the secret, and how often it had to."""

    def __init__(self, files):
        self.files, self.calls = files, 0

    def __call__(self):
        self.calls += 1
        return b"".join(path.read_bytes() for path in self.files)

    def ask(self, name="name", about="about"):
        return warm_secret.warm(name, about, [str(path) for path in self.files], self)


def test_it_is_found_once(files):
    find = Finder(files)
    assert [find.ask() for _time in range(3)] == [b"contentcontent"] * 3
    assert find.calls == 1


@pytest.mark.parametrize("change", [
    lambda path: path.write_bytes(b"another"),
    lambda path: (path.with_name("new").write_bytes(b"another"), path.with_name("new").replace(path)),
    lambda path: os.utime(path),
    lambda path: path.chmod(0o400),
], ids=["written", "replaced", "touched", "other rights"])
def test_a_changed_file_is_read_again(files, change):
    find = Finder(files)
    for path in files:
        find.ask()
        calls = find.calls
        time.sleep(0.02)  # longer than the tick by which files tell time
        change(path)
        assert find.ask() == b"".join(one.read_bytes() for one in files)
        assert find.calls == calls + 1


def test_a_lost_file_leaves_nothing_in_memory(files):
    find = Finder(files)
    find.ask()
    files[1].unlink()
    with pytest.raises(FileNotFoundError):
        find.ask()
    assert not warm_secret._kept


def test_all_else_it_hangs_on_is_compared(files):
    find = Finder(files)
    find.ask(about=("a", False))
    find.ask(about=("a", True))
    find.ask(about=("a", True))
    assert find.calls == 2


def test_what_has_just_been_written_is_not_kept(files, monkeypatch):
    monkeypatch.setattr(warm_secret, "SETTLES", 60 * 10**9)
    find = Finder(files)
    find.ask()
    find.ask()
    assert find.calls == 2
    assert not warm_secret._kept


def test_what_changes_while_it_is_read_is_not_kept(files):
    find = Finder(files)

    def meddle():
        secret = find()
        files[0].write_bytes(b"another one")
        return secret

    warm_secret.warm("name", "about", [str(path) for path in files], meddle)
    assert not warm_secret._kept


def test_a_few_are_kept_the_latest(files):
    find = Finder(files)
    for number in range(warm_secret.MOST + 5):
        find.ask(name=number)
    assert list(warm_secret._kept) == list(range(5, warm_secret.MOST + 5))
