"""Secrets compared without being shown."""

import stat
import threading

import pytest

from ci.runtime.storage.keyed_hash import NAME, KeyedHash


def test_a_secret_has_the_same_hash_in_a_project_and_another_in_the_next(tmp_path):
    one = KeyedHash(tmp_path / "one")
    assert one("secret") == KeyedHash(tmp_path / "one")("secret")
    assert len({one("secret"), one("secret2"), KeyedHash(tmp_path / "two")("secret")}) == 3
    assert len(one("x")) == len(one("x" * 1000)) == 24


def test_only_the_owner_reads_the_key_and_nothing_else_is_left(tmp_path):
    KeyedHash(tmp_path)("secret")
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_all_who_begin_at_once_have_one_key(tmp_path):
    found, start = [], threading.Barrier(8)

    def work():
        start.wait()
        found.append(KeyedHash(tmp_path)("secret"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_damaged_key_is_an_error_that_says_what_to_do(tmp_path):
    (tmp_path / NAME).write_bytes(b"short")
    with pytest.raises(OSError, match="remove it"):
        KeyedHash(tmp_path)("secret")
