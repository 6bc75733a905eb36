# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import stat

import pytest

from conftest import load

key_store = load("unicdo_privacy/tools/key_store.py")


@pytest.fixture
def store(tmp_path):
    return key_store.KeyStore(key_store.make_folder(tmp_path / "vault" / "keys"))


def add(store, blob):
    name = key_store.new_name()
    store.put(name, blob)
    return name


def test_of_several_writers_the_first_wins(tmp_path):
    path = tmp_path / "owner.json"
    key_store.write_once(path, b"one")
    key_store.write_once(path, b"two")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_is_there_until_it_is_removed(store):
    name = add(store, b"wrapped")
    assert store.get(name) == b"wrapped"
    assert store.names() == {name}
    store.remove(name)
    assert store.get(name) is None
    assert store.names() == set()


def test_removing_twice_is_the_same_as_once(store):
    name = add(store, b"wrapped")
    store.remove(name)
    store.remove(name)


def test_only_the_servers_user_reads_keys(store, tmp_path):
    """GOV-9"""
    add(store, b"wrapped")
    for folder, _folders, files in os.walk(tmp_path / "vault" / "keys"):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        assert all(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o600 for name in files)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 31, "A" * 32, "a" * 32 + "\n"])
def test_a_name_cannot_lead_out_of_the_store(store, name):
    with pytest.raises(ValueError, match="Not a name"):
        store.get(name)


def test_an_interrupted_write_leaves_the_old_key_whole(store, tmp_path):
    name = add(store, b"old")
    path = next((tmp_path / "vault" / "keys").glob("*/*"))
    with pytest.raises(KeyboardInterrupt), key_store.replacing(path) as target:
        target.write(b"ne")
        raise KeyboardInterrupt
    assert store.get(name) == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_old_keys_and_forgotten_drafts_are_told_from_fresh_ones(store, tmp_path):
    old, fresh = add(store, b"1"), add(store, b"2")
    folder = tmp_path / "vault" / "keys"
    os.utime(folder / old[:2] / old, (1, 1))
    draft = folder / old[:2] / f".{old}.0011"
    draft.write_bytes(b"")
    os.utime(draft, (1, 1))
    assert store.older_than(3600) == {old}
    store.drop_drafts(3600)
    assert not draft.exists()
    assert store.names() == {old, fresh}
