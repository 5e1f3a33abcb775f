"""URLs that are signed for others, and archives that are fetched to this machine, with a real S3 server."""

import hashlib
import urllib.error
import urllib.request
from dataclasses import replace

import pytest

from ci.runtime.storage import object_store as module
from ci.runtime.storage.object_store import ObjectStore, fetch_archive
from ci.runtime.storage.stored_archive import ArchiveGone, StoredArchive, StoreError

CONTENT = b"an archive's bytes"


def ask(url, method, data=None):
    request = urllib.request.Request(url, data, {"Content-Type": "x"} if data else {}, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def put(store, key, content=CONTENT):
    ask(ObjectStore(store.url).signed("put", key), "PUT", content)
    digest = hashlib.sha256(content).hexdigest()
    return StoredArchive(store.url, key, len(content), digest)


@pytest.mark.store
def test_a_signed_url_allows_one_request_for_one_object(object_store):
    put(object_store, "one.tar")
    url = ObjectStore(object_store.url).signed("get", "one.tar")
    assert ask(url, "GET") == CONTENT
    for changed, method in ((url, "PUT"), (url.replace("one.tar", "two.tar"), "GET")):
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(changed, method, b"x" if method == "PUT" else None)
        assert caught.value.code == 403
    assert object_store.secret not in url


@pytest.mark.store
def test_an_archive_is_fetched_and_checked(object_store, tmp_path):
    archive = put(object_store, "there.tar")
    with open(tmp_path / "file", "w+b") as file:
        fetch_archive(archive, file)
        assert file.read() == CONTENT
        with pytest.raises(StoreError, match="another content"):
            fetch_archive(replace(archive, digest="0" * 64), file)
        with pytest.raises(ArchiveGone, match=r"absent\.tar is not there any more"):
            fetch_archive(replace(archive, key="absent.tar"), file)


@pytest.mark.store
def test_without_credentials_the_store_is_named(object_store, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    module._files().clear_instance_cache()
    with pytest.raises(StoreError, match=r"s3://layers/some/prefix: .*credentials"):
        ObjectStore(object_store.url).signed("get", "x")
    module._files().clear_instance_cache()


def test_a_volume_is_not_reached_from_here(tmp_path):
    with open(tmp_path / "file", "w+b") as file, pytest.raises(StoreError, match="volume of the claim caches"):
        fetch_archive(StoredArchive("volume:caches", "k", 1, "0" * 64), file)


def test_without_the_package_the_error_installs_it(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(StoreError, match=r"s3://bucket: .*-m pip install s3fs"):
        ObjectStore("s3://bucket")
