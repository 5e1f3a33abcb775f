"""Two layers are the same if a job sees the same in them; what a run has left is the same if nobody has touched it."""

import os
import tarfile
import time

import pytest

from ci.reuse.layer_content import content, stamp
from ci.runtime.files.folder_layer import pack_folder
from ci.runtime.storage.stored_archive import StoredArchive, write_record


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    (root / "deep/file").write_text("x")
    (root / "run").write_text("y")
    (root / "link").symlink_to("run")
    os.link(root / "run", root / "again")
    return root


def as_folder(root, name):
    pack_folder(str(root), sorted(os.listdir(root)), str(root.parent / name))
    return root.parent / name


def as_archive(root, name):
    with tarfile.open(root.parent / name, "w") as archive:
        for each in sorted(os.listdir(root)):
            archive.add(root / each, each)
    return root.parent / name


LAYERS = [as_folder, as_archive]
CHANGES = {
    "content": lambda root: (root / "deep/file").write_text("z"),
    "name": lambda root: os.rename(root / "run", root / "ran"),
    "permissions": lambda root: (root / "deep/file").chmod(0o755),
    "permissions of a folder": lambda root: (root / "deep").chmod(0o700),
    "link": lambda root: ((root / "link").unlink(), (root / "link").symlink_to("deep")),
    "a file in a link's place": lambda root: ((root / "link").unlink(), (root / "link").write_text("y")),
    "a copy in a hard link's place": lambda root: ((root / "again").unlink(), (root / "again").write_text("y")),
    "one more": lambda root: (root / "more").write_text(""),
    "one less": lambda root: (root / "deep/file").unlink(),
    "an empty folder": lambda root: (root / "empty").mkdir(),
}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", CHANGES)
def test_a_layer_with_another_content_differs(root, layer, name):
    before = content(layer(root, "one"))
    CHANGES[name](root)
    assert content(layer(root, "two")) != before


@pytest.mark.parametrize("layer", LAYERS)
def test_times_are_no_content(root, layer):
    before = content(layer(root, "one"))
    for place, _, files in os.walk(root):
        for name in (place, *(os.path.join(place, file) for file in files)):
            os.utime(name, (1, 1), follow_symlinks=False)
    assert content(layer(root, "two")) == before


TOUCHES = {
    "written": lambda root: (root / "deep/file").write_text("z"),
    "written as it was": lambda root: (root / "deep/file").write_text("x"),
    "permissions": lambda root: (root / "deep/file").chmod(0o755),
    "linked": lambda root: os.link(root / "deep/file", root.parent / "outside"),
    "replaced": lambda root: ((root.parent / "n").write_text("x"), os.replace(root.parent / "n", root / "deep/file")),
    "one more": lambda root: (root / "deep/more").write_text(""),
    "one less": lambda root: (root / "link").unlink(),
}  # fmt: skip


@pytest.mark.parametrize("name", TOUCHES)
def test_a_stamp_shows_each_touch_even_one_that_sets_the_time_back(root, name):
    times = {place: os.lstat(place) for place in (root / "deep", root / "deep/file", root)}
    before = stamp(root)
    time.sleep(0.02)  # the kernel's clock may go in steps
    TOUCHES[name](root)
    for place, status in times.items():
        os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert stamp(root) != before


def test_a_layer_that_lies_elsewhere_is_known_by_its_record(tmp_path):
    found = []
    for number, digest in enumerate(("a", "a", "b")):
        place = tmp_path / f"one.{number}.stored"
        write_record(place, StoredArchive("s3://bucket", f"{number}.tar", 1, digest * 64))
        found.append(content(place))
    assert found[0] == found[1] != found[2]


def test_reading_changes_no_stamp(root):
    before = stamp(root)
    content(as_folder(root, "one"))
    (root / "deep/file").read_text()
    assert stamp(root) == before
    assert stamp(root / "deep/file") != stamp(root / "run")
