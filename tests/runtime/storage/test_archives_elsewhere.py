"""Layers and caches of which this machine has the record alone."""

import hashlib
from urllib.request import Request, urlopen

import pytest

from ci.run.cleaning import clean
from ci.runtime.failures import StepError
from ci.runtime.storage import cache
from ci.runtime.storage.archives_elsewhere import unpack_stored
from ci.runtime.storage.cache_store import CacheStore
from ci.runtime.storage.object_store import ObjectStore
from ci.runtime.storage.stored_archive import StoredArchive
from ci.runtime.storage.workspace import attach, load_layer, persist


@pytest.fixture
def shelf(tmp_path):
    return tmp_path / "shelf"


def persisted(box, tmp_path):
    box.put("root/deep/file", "content")
    return persist(box, "root", ["*"], tmp_path / "workspaces" / "one.0.tar", "one", 0)


def test_a_layer_goes_from_box_to_box(make_box, shelf, tmp_path):
    layer = persisted(make_box(shelf=shelf), tmp_path)
    assert [each.name for each in (tmp_path / "workspaces").iterdir()] == ["one.0.stored"]
    assert load_layer("one", layer.archive) == layer
    other = make_box(shelf=shelf)
    assert attach(other, "at", [(layer,)]) == 1
    assert other.read(other.path("at/deep/file")) == b"content"


def test_a_layer_that_is_no_more_names_its_job(make_box, shelf, tmp_path):
    layer = persisted(make_box(shelf=shelf), tmp_path)
    for each in shelf.iterdir():
        each.unlink()
    with pytest.raises(StepError, match=r"not on the shelf\. one must run again too: rerun --all"):
        attach(make_box(shelf=shelf), "at", [(layer,)])


def test_a_damaged_record_fails_the_step(make_box, shelf, tmp_path):
    layer = persisted(make_box(shelf=shelf), tmp_path)
    layer.archive.write_text("{}")
    with pytest.raises(StepError, match=r"one\.0\.stored is no record"):
        attach(make_box(shelf=shelf), "at", [(layer,)])


def test_another_try_of_a_job_replaces_what_the_first_left(make_box, shelf, tmp_path):
    persisted(make_box(shelf=shelf), tmp_path)
    layer = persisted(make_box(), tmp_path)
    assert [each.name for each in (tmp_path / "workspaces").iterdir()] == ["one.0.tar"]
    assert load_layer("one", layer.archive).members == ("deep/file",)


@pytest.mark.store
def test_a_box_that_cannot_reach_the_store_gets_it_by_this_machine(make_box, object_store, tmp_path):
    layer = persisted(make_box(), tmp_path)
    content = layer.archive.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    url = ObjectStore(object_store.url).signed("put", "a.tar")
    urlopen(Request(url, content, {"Content-Type": "x"}, method="PUT")).close()
    box = make_box()
    unpack_stored(box, StoredArchive(object_store.url, "a.tar", len(content), digest), box.path("at"))
    assert box.read(box.path("at/deep/file")) == b"content"


@pytest.fixture
def store(tmp_path):
    return CacheStore(tmp_path / "state" / "cache", limit_bytes=100)


def saved(store, box, key="k"):
    box.put("~/deps/file", key)
    return cache.save(store, box, key, ["~/deps"])


def test_a_cache_goes_from_box_to_box(make_box, shelf, store, tmp_path):
    assert "Stored Cache to k" in saved(store, make_box(shelf=shelf))
    [entry] = CacheStore(tmp_path / "state" / "cache").entries()
    assert entry.archives[0].place == "s3://shelf/cache"
    assert "home=" in entry.identity
    other = make_box(shelf=shelf)
    assert "Found a cache at k" in cache.restore(store, other, ["k"])
    assert other.read(other.path("~/deps/file")) == b"k"


def test_a_cache_that_is_no_more_is_a_miss(make_box, shelf, store):
    saved(store, make_box(shelf=shelf))
    for each in shelf.iterdir():
        each.unlink()
    shown = cache.restore(store, make_box(shelf=shelf), ["k"])
    assert "Warning: the cache at k is not in s3://shelf/cache any more and was removed" in shown
    assert "No cache is found for key: k" in shown
    assert store.entries() == []


def test_a_cache_that_cannot_be_reached_from_here_is_a_miss_and_stays(make_box, store, monkeypatch):
    elsewhere = StoredArchive("volume:caches", "x.tar", 10, "0" * 64)
    store.add("k", ("~/deps",), {"home": elsewhere})
    shown = cache.restore(store, make_box(), ["k"])
    assert "Warning: the cache at k is not restored: it lies on the volume of the claim caches" in shown
    assert [entry.key for entry in store.entries()] == ["k"]


def test_what_lies_elsewhere_takes_no_room_here(make_box, shelf, store):
    saved(store, make_box(shelf=shelf), "first")
    saved(store, make_box(), "second")  # more than there is room for
    saved(store, make_box(), "third")
    assert {entry.key for entry in store.entries()} == {"first", "third"}


def test_clean_says_what_it_leaves(make_box, shelf, store, tmp_path):
    saved(store, make_box(shelf=shelf))
    shown = list(clean(tmp_path / "state", {"cache"}))
    assert "left what lies in s3://shelf/cache: a rule of the bucket removes that, or you (docs/kubernetes.md)" in shown
    assert list(clean(tmp_path / "state", {"cache"})) == []
