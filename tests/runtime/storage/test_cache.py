"""``save_cache`` and ``restore_cache``: what is kept of a box, and what is put back into another.

https://circleci.com/docs/guides/optimize/caching/
"""

import pytest

from ci.runtime.storage import cache
from ci.runtime.storage.cache_store import CacheStore


@pytest.fixture
def store(tmp_path):
    return CacheStore(tmp_path / "cache")


def test_a_cache_of_one_home_is_restored_to_another(store, make_box):
    one, other = make_box(), make_box()
    one.put("~/deps/tool", "1", 0o755)
    one.put("local/file", "2")
    output = cache.save(store, one, "k", ["~/deps", "local"], one.working_directory)
    assert "Stored Cache to k" in output
    assert "Found a cache at k" in cache.restore(store, other, ["none", "k"])
    assert other.read(other.path("~/deps/tool")) == b"1"
    assert other.read(other.path("local/file")) == b"2"


def test_what_is_missing_is_warned_of_and_nothing_at_all_stores_nothing(store, box):
    box.put("there", "1")
    assert "Warning: could not archive" in cache.save(store, box, "k", ["there", "absent"], box.working_directory)
    assert "nothing to cache" in cache.save(store, box, "other", ["absent"], box.working_directory)
    assert [entry.key for entry in store.entries()] == ["k"]


def test_a_key_that_exists_is_reported_and_not_written(store, box):
    box.put("file", "1")
    cache.save(store, box, "k", ["file"], box.working_directory)
    box.put("file", "2")
    assert "cache already exists for key: k" in cache.save(store, box, "k", ["file"], box.working_directory)
    cache.restore(store, box, ["k"])
    assert box.read(box.path("file")) == b"1"


def test_without_a_cache_each_key_is_reported(store, box):
    assert cache.restore(store, box, ["a", "b"]) == "No cache is found for key: a\nNo cache is found for key: b"
