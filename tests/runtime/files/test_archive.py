"""What goes into an archive comes out of it, and never outside the folder it is unpacked into."""

import io
import os
import stat
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci.runtime.files.archive import ArchiveError, members, pack, unpack
from tests.work import calls


def packed(root, *paths):
    file = io.BytesIO()
    names = pack(str(root), paths or ["."], file)
    file.seek(0)
    return file, names


def state(folder):
    """Every path below a folder with all that an archive keeps."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(root, name)
            status = os.lstat(path)
            content = os.readlink(path) if os.path.islink(path) else None
            if stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    content = file.read()
            link = stat.S_ISLNK(status.st_mode)
            kept = None if link else status.st_mtime_ns
            found[os.path.relpath(path, folder)] = (status.st_mode, kept, content)
    return found


def crafted(*infos):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, kind, link in infos:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode = kind, link, 0o755
            content = b"evil" if kind == tarfile.REGTYPE else b""
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    file.seek(0)
    return file


FILE, LINK, HARD, FOLDER = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE


@pytest.fixture
def source(tmp_path):
    root = tmp_path / "source"
    (root / "empty").mkdir(parents=True)
    (root / "bin").mkdir()
    (root / "bin/tool").write_text("#!/bin/sh\n")
    (root / "bin/tool").chmod(0o755)
    (root / "private").write_bytes(b"x" * 70_001)
    (root / "private").chmod(0o600)
    (root / "name with blanks\nand a line").write_text("odd")
    (root / "ünï").write_text("ü")
    os.symlink("bin/tool", root / "link")
    os.symlink("/usr/bin/env", root / "bin/env")
    os.symlink("bin", root / "folderlink")
    os.utime(root / "bin/tool", ns=(1, 1_600_000_000_123_456_789))
    os.utime(root / "empty", ns=(1, 1_500_000_000_000_000_001))
    (root / "readonly").mkdir()
    (root / "readonly/file").write_text("r")
    (root / "readonly").chmod(0o555)
    return root


def test_modes_times_links_empty_folders_and_odd_names_survive(source, tmp_path):
    file, names = packed(source)
    assert "empty" not in names
    assert {"bin/tool", "link", "folderlink", "readonly/file"} <= set(names)
    assert unpack(file, str(tmp_path / "out")) == len(names)
    assert state(tmp_path / "out") == state(source)


def test_a_real_file_is_copied_inside_the_kernel_with_the_same_result(source, tmp_path):
    (source / "large").write_bytes(os.urandom(3_000_000))
    with open(tmp_path / "a.tar", "wb") as file:
        pack(str(source), ["."], file)
    with open(tmp_path / "a.tar", "rb") as file:
        unpack(file, str(tmp_path / "out"))
    assert state(tmp_path / "out") == state(source)


def test_other_programs_can_read_it(source, tmp_path):
    file, names = packed(source)
    with tarfile.open(fileobj=file) as tar:
        assert {member.name for member in tar if not member.isdir()} == set(names)


def test_hard_links_stay_one_file(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a").write_text("x")
    os.link(tmp_path / "in/a", tmp_path / "in/b")
    file, names = packed(tmp_path / "in")
    unpack(file, str(tmp_path / "out"))
    assert names == ("a", "b")
    assert os.path.samefile(tmp_path / "out/a", tmp_path / "out/b")


def test_only_what_is_named_is_packed_and_once(source):
    _, names = packed(source, "bin", "bin/tool", "./private", "gone")
    assert names == ("bin/env", "bin/tool", "private")


def test_sockets_pipes_and_devices_are_not_packed(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("")
    assert packed(tmp_path)[1] == ("file",)


def test_what_is_there_is_replaced_and_never_written_through(source, tmp_path):
    out = tmp_path / "out"
    (out / "bin").mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.write_text("precious")
    os.symlink(outside, out / "private")
    os.link(outside, out / "bin/tool")
    unpack(packed(source)[0], str(out))
    assert outside.read_text() == "precious"
    assert state(out) == state(source)


def test_a_second_archive_goes_into_a_read_only_folder_of_the_first(source, tmp_path):
    out = tmp_path / "out"
    unpack(packed(source)[0], str(out))
    (source / "readonly").chmod(0o755)
    (source / "readonly/more").write_text("m")
    unpack(packed(source, "readonly/more")[0], str(out))
    assert (out / "readonly/more").read_text() == "m"
    assert stat.S_IMODE((out / "readonly").stat().st_mode) == 0o555


@pytest.mark.parametrize(
    ("infos", "told"),
    [
        ([("/etc/evil", FILE, "")], "leads out of its folder"),
        ([("../evil", FILE, "")], "leads out of its folder"),
        ([("a/../../evil", FILE, "")], "leads out of its folder"),
        ([("..", FOLDER, "")], "leads out of its folder"),
        ([("hard", HARD, "/etc/passwd")], "hard link to '/etc/passwd'"),
        ([("hard", HARD, "../outside/secret")], "hard link to '../outside/secret'"),
        ([("dev", tarfile.CHRTYPE, "")], "device"),
        ([("disk", tarfile.BLKTYPE, "")], "device"),
        ([("pipe", tarfile.FIFOTYPE, "")], "pipe"),
        ([("out", LINK, "/"), ("out/tmp/evil", FILE, "")], "it is a link to '/"),
        ([("out", LINK, "../outside"), ("out/evil", FILE, "")], "it is a link to"),
        ([("a", LINK, "b"), ("b", LINK, "../outside"), ("a/evil", FILE, "")], "it is a link to"),
        ([("out", LINK, "../outside"), ("out/sub", FOLDER, "")], "it is a link to"),
        ([("out", LINK, "../outside"), ("out", FOLDER, ""), ("out/evil", FILE, "")], "it is a link to"),
        ([("out", LINK, "../outside"), ("hard", HARD, "out/secret")], "it is a link to"),
    ],
)
def test_a_member_that_would_leave_the_folder_is_refused(tmp_path, infos, told):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s")
    with pytest.raises(ArchiveError, match=told):
        unpack(crafted(*infos), str(tmp_path / "in"))
    assert os.listdir(outside) == ["secret"]
    assert not (tmp_path / "evil").exists()
    assert not os.path.exists("/etc/evil")


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../outside"])
def test_strictly_a_link_that_leads_out_is_refused_itself(tmp_path, target):
    with pytest.raises(ArchiveError, match="a link to"):
        unpack(crafted(("link", LINK, target)), str(tmp_path / "in"), strict=True)
    unpack(crafted(("link", LINK, target)), str(tmp_path / "in"))
    assert os.readlink(tmp_path / "in/link") == target


def test_a_link_of_the_place_itself_is_not_written_through(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "in").mkdir()
    os.symlink("../outside", tmp_path / "in/data")
    with pytest.raises(ArchiveError, match="it is a link to"):
        unpack(crafted(("data/evil", FILE, "")), str(tmp_path / "in"))
    assert not os.listdir(tmp_path / "outside")


def test_the_place_may_be_reached_through_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    os.symlink("real", tmp_path / "in")
    unpack(crafted(("file", FILE, "")), str(tmp_path / "in"))
    assert (tmp_path / "real/file").read_text() == "evil"


@pytest.mark.parametrize("keep", [0, 100, 511, 513, 2000])
def test_a_cut_archive_is_an_error(tmp_path, keep):
    (tmp_path / "file").write_bytes(b"x" * 5000)
    file, _ = packed(tmp_path, "file")
    cut = io.BytesIO(file.getvalue()[:keep])
    with pytest.raises(ArchiveError, match="damaged"):
        unpack(cut, str(tmp_path / "out"))


def test_a_folder_in_a_files_place_is_a_clear_error(tmp_path):
    (tmp_path / "out/file").mkdir(parents=True)
    with pytest.raises(ArchiveError, match="there is a folder of that name"):
        unpack(crafted(("file", FILE, "")), str(tmp_path / "out"))


def test_members_tells_what_another_unpacker_would_meet(source):
    file, names = packed(source)
    assert [member.name for member in members(file) if not member.isdir()] == list(names)


NAMES = st.text("ab.ü \n*", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
TREES = st.recursive(st.binary(max_size=700), lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=8)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, TREES, max_size=4), st.sampled_from([0o600, 0o755, 0o444]))
def test_any_tree_survives(tmp_path_factory, tree, mode):
    folder = tmp_path_factory.mktemp("tree")

    def make(at, content):
        if isinstance(content, dict):
            at.mkdir()
            for name, inner in content.items():
                make(at / name, inner)
        else:
            at.write_bytes(content)
            at.chmod(mode)

    make(folder / "in", tree)
    unpack(packed(folder / "in")[0], str(folder / "out"))
    assert state(folder / "out") == state(folder / "in")


def test_packing_and_unpacking_take_steps_in_proportion_to_the_files(tmp_path):
    """Seconds, beside those of plain copies, are in tests/bench."""
    steps = []
    for count in (200, 400):
        source = tmp_path / f"source{count}"
        for number in range(count):
            (source / f"{number % 50}").mkdir(parents=True, exist_ok=True)
            (source / f"{number % 50}/{number}").write_bytes(b"x" * 100)

        steps.append(calls(lambda folder: unpack(packed(folder)[0], f"{folder}.out"), source))
    assert steps[1] <= 2.2 * steps[0]
