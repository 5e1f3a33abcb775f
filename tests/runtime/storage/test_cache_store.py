"""Caches on disk: immutable, found by prefix, the first writer's, within a size, and checked when read.

https://circleci.com/docs/guides/optimize/caching/
"""

import threading

import pytest

from ci.runtime.storage.cache_store import CacheStore


@pytest.fixture
def clock():
    """A clock that goes on by a second each time that it is read."""
    now = iter(range(1_700_000_000, 1_800_000_000))
    return lambda: float(next(now))


@pytest.fixture
def store(tmp_path, clock):
    return CacheStore(tmp_path / "cache", clock=clock)


def put(store, key, size=10):
    return store.add(key, ("file",), {"home": lambda file: file.write(b"x" * size)})


def keys(store):
    return [entry.key for entry in store.entries()]


def test_an_entry_never_changes(store):
    assert put(store, "k", 10) is not None
    assert put(store, "k", 20) is None
    assert store.get("k").size == 10


def test_the_newest_of_a_prefix_is_found_even_over_an_exact_key(store):
    """https://circleci.com/docs/reference/configuration-reference/#restorecache"""
    for key in ("k-a", "k-a-b", "other"):
        put(store, key)
    assert store.newest("k-a").key == "k-a-b"
    assert store.newest("k-a-b-c") is None


def test_of_writers_at_once_one_wins_and_the_others_are_reported(store):
    """https://circleci.com/docs/guides/optimize/caching/ (race conditions)"""
    both = threading.Barrier(4)

    def write(file):
        file.write(b"x")
        both.wait(60)

    found = []
    writers = [threading.Thread(target=lambda: found.append(store.add("k", (), {"home": write}))) for _ in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert sorted(entry is None for entry in found) == [False, True, True, True]
    assert keys(store) == ["k"]


def test_an_entry_that_is_damaged_is_dropped_when_it_is_read(store, tmp_path):
    entry = put(store, "k")
    [archive] = (tmp_path / "cache").rglob("home.tar")
    archive.write_bytes(b"y" * 10)
    with store.open(entry) as archives:
        assert archives is None
    assert keys(store) == []


def test_an_entry_that_was_cut_is_not_served(store, tmp_path):
    put(store, "k")
    [archive] = (tmp_path / "cache").rglob("home.tar")
    archive.write_bytes(b"x" * 9)
    assert store.get("k") is None


def test_a_writer_that_fails_leaves_nothing(store, tmp_path):
    def fails(file):
        file.write(b"half")
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        store.add("k", (), {"home": fails})
    assert keys(store) == []
    assert list((tmp_path / "cache").rglob("*.tar")) == []


def test_beyond_the_size_what_was_used_longest_ago_goes_and_the_new_one_stays(tmp_path, clock):
    import os

    store = CacheStore(tmp_path, limit_bytes=25, clock=clock)
    for number, key in enumerate(("a", "b")):
        put(store, key)
        [used] = [path for path in tmp_path.rglob("used") if key == "a" or path.stat().st_mtime > 1_600_000_000]
        os.utime(used, (1_500_000_000 + number, 1_500_000_000 + number))
    put(store, "c")
    assert keys(store) == ["c", "b"]
    put(store, "huge", 100)
    assert keys(store) == ["huge"]


def test_clean_removes_all_and_counts_them(store):
    put(store, "a")
    put(store, "b")
    assert store.clean() == 2
    assert keys(store) == []
