"""Archives that go from Pod to Pod: what a Pod does is done by this machine's shell here, with a real S3 server."""

import hashlib
import os
import shutil
import stat
import subprocess
import tarfile
import threading
import urllib.request
from itertools import count

import pytest

from ci.engines.kubernetes import pod_archives
from ci.engines.kubernetes.choices import ClusterChoices
from ci.engines.kubernetes.pod_archives import ArchivePlaces, PodArchives, archive_places
from ci.errors import EngineError
from ci.runtime.failures import StepError
from ci.runtime.storage.object_store import ObjectStore
from ci.runtime.storage.stored_archive import ArchiveGone, StoredArchive, StoreError, archive_key
from tests.engines.kubernetes.local_access import MORE, USUAL, LocalAccess

CLIENTS = ("curl", "wget", "python3")


@pytest.fixture
def volume(tmp_path, monkeypatch):
    """The folder that stands for the volume for caches; another stands for the Pod's own."""
    monkeypatch.setattr(pod_archives, "VOLUME_AT", str(tmp_path / "volume"))
    monkeypatch.setattr(pod_archives, "SPOOL", str(tmp_path / "spool"))
    return tmp_path / "volume"


@pytest.fixture
def pod(tmp_path, volume):
    """Make the archives of a Pod that has those clients of a store."""
    numbers = count()

    def made(places, *clients, **keys):
        made = PodArchives(LocalAccess(tmp_path / str(next(numbers)), clients, **keys), "pod", "image:1", places, None)
        made.told = []
        made._tell = made.told.append
        return made

    return made


@pytest.fixture
def files(tmp_path):
    """A folder with files that are hard to name, and what is not packed."""
    root = tmp_path / "root"
    (root / "w" / "empty").mkdir(parents=True)
    (root / "w" / "a 'b\"\n$c\\n").write_text("odd")
    (root / "w" / "-x").write_text("dash")
    (root / "w" / "tool").write_text("#!")
    (root / "w" / "tool").chmod(0o4755)
    (root / "w" / "link").symlink_to("/nowhere")
    os.link(root / "w" / "tool", root / "w" / "twin")
    os.mkfifo(root / "w" / "pipe")
    return root


def in_store(store):
    return ArchivePlaces("project", ObjectStore(store.url))


NAMES = ("w/-x", "w/a 'b\"\n$c\\n", "w/link", "w/tool", "w/twin")


@pytest.mark.store
@pytest.mark.parametrize("client", CLIENTS)
def test_what_one_pod_stores_another_unpacks(client, object_store, pod, files, tmp_path):
    one, other = (pod(in_store(object_store), client) for _ in range(2))
    (files / "w" / client).write_text(client)  # else it would be there already
    archive = one.store(str(files), ["w", "w/tool"], "workspace")
    assert set(archive.files) == {*NAMES, f"w/{client}"}
    assert archive.place == f"{object_store.url}/project"
    assert (tmp_path / "at").mkdir() is None
    assert other.load(archive, str(tmp_path / "at"))
    at = tmp_path / "at" / "w"
    assert (at / "a 'b\"\n$c\\n").read_text() == "odd"
    assert os.readlink(at / "link") == "/nowhere"
    assert (at / "empty").is_dir()
    assert stat.S_IMODE((at / "tool").stat().st_mode) == 0o755
    assert (at / "twin").stat().st_ino == (at / "tool").stat().st_ino
    assert not (at / "pipe").exists()
    assert list((tmp_path / "spool").iterdir()) == []
    for each in (one, other):  # no list of processes shows what opens the store
        assert each._access.called.strip()
        assert "X-Amz-Signature" not in each._access.called


@pytest.mark.store
@pytest.mark.parametrize("client", CLIENTS)
def test_what_the_store_has_is_not_put_again_unless_it_is_old(client, object_store, pod, files):
    (files / "w" / "which").write_text(f"again {client}")
    one = pod(in_store(object_store), client)
    archive = one.store(str(files), ["w"], "cache")
    [stored] = [each for each in object_store.objects() if each.name == archive.key]
    before = stored.stat().st_mtime
    assert one.store(str(files), ["w"], "cache") == archive
    assert stored.stat().st_mtime == before
    old = before - 2 * pod_archives.FRESH_SECONDS
    os.utime(stored, (old, old))
    assert one.store(str(files), ["w"], "cache") == archive
    assert stored.stat().st_mtime > old


@pytest.mark.store
@pytest.mark.parametrize("client", CLIENTS)
def test_what_goes_wrong_with_a_store_is_told(client, object_store, pod, files, tmp_path, monkeypatch):
    one = pod(in_store(object_store), client)
    absent = StoredArchive(f"{object_store.url}/project", archive_key("0" * 64), 1, "0" * 64)
    with pytest.raises(ArchiveGone, match=r"0000\.tar: the store has it no more"):
        one.load(absent, str(tmp_path))
    elsewhere = pod(ArchivePlaces("project", ObjectStore("s3://no-such-bucket")), client)
    with pytest.raises(StoreError, match=r"the store answers with status 404 NoSuchBucket"):
        elsewhere.store(str(files), ["w"], "workspace")
    monkeypatch.setattr(pod_archives.ObjectStore, "signed", lambda *args: "http://127.0.0.1:9/x?X-Amz-Signature=secret")
    with pytest.raises(StoreError, match="the store cannot be reached: ") as caught:
        one.load(absent, str(tmp_path))
    assert "secret" not in str(caught.value)


@pytest.mark.store
def test_the_programs_may_be_busyboxs(object_store, pod, files, tmp_path):
    if not shutil.which("busybox"):
        pytest.skip("there is no busybox")
    own = {*USUAL, *MORE} - {"sh", "tar", "env"}  # Debian's tar of it takes no list of names
    one, other = (pod(in_store(object_store), "curl", busybox=own) for _ in range(2))
    (files / "w" / "busybox").write_text("busybox")
    archive = one.store(str(files), ["w"], "workspace")
    (tmp_path / "at").mkdir()
    assert other.load(archive, str(tmp_path / "at"))
    assert (tmp_path / "at" / "w" / "busybox").read_text() == "busybox"


@pytest.mark.store
def test_another_content_is_refused(object_store, pod, tmp_path):
    key = archive_key("1" * 64)
    url = ObjectStore(f"{object_store.url}/project").signed("put", key)
    urllib.request.urlopen(urllib.request.Request(url, b"else", {"Content-Type": "x"}, method="PUT")).close()
    with pytest.raises(StoreError, match="it is damaged"):
        pod(in_store(object_store), "curl").load(
            StoredArchive(f"{object_store.url}/project", key, 4, "1" * 64), str(tmp_path)
        )


@pytest.mark.store
def test_an_image_that_cannot_reach_the_store_is_told_of_once(object_store, pod, files, tmp_path):
    archive = pod(in_store(object_store), "curl").store(str(files), ["w"], "workspace")
    places = in_store(object_store)
    one, other = pod(places), pod(places, "curl", without=["sha256sum"])
    assert one.store(str(files), ["w"], "workspace") is None
    assert one.store(str(files), ["w"], "workspace") is None
    assert not one.load(archive, str(tmp_path))
    assert one.told == [
        f"the image image:1 cannot reach {object_store.url}/project: it has no curl, GNU wget or python3. "
        "Its files go through this machine"
    ]
    assert other.store(str(files), ["w"], "workspace") is None
    assert "it has no sha256sum" in other.told[0]


@pytest.mark.store
def test_more_than_one_request_may_put_goes_through_this_machine(object_store, pod, files, monkeypatch, tmp_path):
    monkeypatch.setattr(pod_archives, "LARGEST", 100)
    one = pod(in_store(object_store), "curl")
    assert one.store(str(files), ["w"], "workspace") is None
    assert "more than one request may put" in one.told[0]
    assert list((tmp_path / "spool").iterdir()) == []


def on_volume():
    return ArchivePlaces(claim="caches")


def test_caches_lie_on_a_volume_by_their_content(pod, files, volume, tmp_path):
    one = pod(on_volume())
    assert one.store(str(files), ["w"], "workspace") is None
    archive = one.store(str(files), ["w"], "cache")
    assert one.store(str(files), ["w"], "cache") == archive
    [kept] = volume.iterdir()
    assert (archive.place, kept.name) == ("volume:caches", archive.key)
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == archive.digest
    assert kept.stat().st_mode & 0o777 == 0o644  # the next job may have another user
    (tmp_path / "at").mkdir()
    assert pod(on_volume()).load(archive, str(tmp_path / "at"))
    assert (tmp_path / "at" / "w" / "-x").read_text() == "dash"
    assert not pod(ArchivePlaces(claim="other")).load(archive, str(tmp_path))
    kept.unlink()
    with pytest.raises(ArchiveGone, match="the volume has it no more"):
        one.load(archive, str(tmp_path))


def test_the_folder_itself_is_in_no_archive(pod, files, volume):
    archive = pod(on_volume()).store(str(files), ["."], "cache")
    with tarfile.open(volume / archive.key) as packed:
        found = {os.path.normpath(each) for each in packed.getnames()}
    assert found == {"w", "w/empty", *NAMES}  # who unpacks it may not own the folder


def test_what_killed_jobs_have_left_on_a_volume_goes_after_a_day(pod, files, volume):
    volume.mkdir()
    old, new = volume / "pod-1.7.new", volume / "pod-2.7.new"
    for each in (old, new):
        each.write_text("half")
    os.utime(old, (0, 0))
    pod(on_volume()).store(str(files), ["w"], "cache")
    assert not old.exists()
    assert new.exists()


def test_another_try_of_what_still_runs_waits_for_its_end(pod, files, volume, tmp_path):
    one = pod(on_volume())
    volume.mkdir()
    one._names = iter(["same"])
    with subprocess.Popen(["sh", "-c", f"sleep 0.5; echo done >{tmp_path}/first"]) as first:
        (volume / "same.try").write_text(f"{first.pid}\n")
        (volume / "same.7.new").write_text("half")
        thread = threading.Thread(target=first.wait)  # or its number would go on to name it
        thread.start()
        one.store(str(files), ["w"], "cache")
        assert (tmp_path / "first").exists()
        thread.join()
    assert [each.suffix for each in volume.iterdir()] == [".tar"]


def test_an_archive_that_leads_out_of_its_folder_is_refused(pod, volume, tmp_path):
    volume.mkdir()
    for name in ("../out", "/tmp/out", "a/../../out"):
        with tarfile.open(tmp_path / "bad.tar", "w") as bad:
            bad.addfile(tarfile.TarInfo(name))
        content = (tmp_path / "bad.tar").read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        (volume / archive_key(digest)).write_bytes(content)
        archive = StoredArchive("volume:caches", archive_key(digest), len(content), digest)
        (tmp_path / "at").mkdir(exist_ok=True)
        with pytest.raises(StoreError, match="refused to unpack it"):
            pod(on_volume()).load(archive, str(tmp_path / "at"))
        assert list((tmp_path / "at").iterdir()) == []


def test_what_cannot_be_read_fails_the_step(pod, volume, tmp_path):
    with pytest.raises(StepError, match=r"files cannot be packed: .*absent"):
        pod(on_volume()).store(str(tmp_path), ["absent"], "cache")
    assert list(volume.iterdir()) == []


def test_a_store_that_cannot_be_used_ends_the_run_before_it_begins(tmp_path, monkeypatch):
    monkeypatch.setattr("ci.runtime.storage.object_store.find_spec", lambda name: None)
    with pytest.raises(EngineError, match="pip install s3fs"):
        archive_places(ClusterChoices(store="s3://bucket"), tmp_path)


@pytest.mark.store
def test_two_projects_have_two_folders(object_store, tmp_path):
    found = [archive_places(ClusterChoices(store=object_store.url), tmp_path / each) for each in ("one", "two")]
    assert found[0].of("workspace") != found[1].of("workspace")
    assert found[0].of("cache").startswith(f"{object_store.url}/nox-circleci-")
