"""What goes into an archive comes out of it, and never outside the folder it is unpacked into."""

import errno
import gc
import io
import os
import stat
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci.runtime.files.archive import (
    ArchiveError,
    Moved,
    TarPacker,
    _copy,
    _nanoseconds,
    leaves,
    members,
    pack,
    unpack,
)
from ci.runtime.files.folder_layer import pack_folder, pack_layer, unpack_folder
from tests.work import calls


class Archives:
    """Packs files into archives, as containers get them."""

    def pack(self, root, paths=(".",), moved=None):
        file = io.BytesIO()
        names = pack(str(root), paths, file, moved)
        file.seek(0)
        return file, names

    def unpack(self, file, at, moved=None):
        file.seek(0)
        return unpack(file, str(at), moved=moved)


class FolderLayers:
    """Copies files into folders, from which jobs on this machine copy them."""

    def __init__(self, folder):
        self.folder = folder
        self.made = 0

    def pack(self, root, paths=(".",), moved=None):
        self.made += 1
        layer = f"{self.folder}/layer{self.made}"
        return layer, pack_folder(str(root), paths, layer, moved)

    def unpack(self, layer, at, moved=None):
        return unpack_folder(layer, str(at), moved)


class Converted(FolderLayers):
    """Copies files into folders, of which containers get archives."""

    def unpack(self, layer, at, moved=None):
        file = io.BytesIO()
        pack_layer(layer, file)
        file.seek(0)
        return unpack(file, str(at), moved=moved)


@pytest.fixture(params=[Archives, FolderLayers, Converted])
def form(request, tmp_path_factory):
    """The forms in which a job's files are passed on: the same rules hold for each."""
    return request.param() if request.param is Archives else request.param(tmp_path_factory.mktemp("layers"))


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


def test_modes_times_links_empty_folders_and_odd_names_survive(form, source, tmp_path):
    made, names = form.pack(source)
    assert "empty" not in names
    assert {"bin/tool", "link", "folderlink", "readonly/file"} <= set(names)
    assert form.unpack(made, tmp_path / "out") == len(names)
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


def test_hard_links_stay_one_file(form, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a").write_text("x")
    os.link(tmp_path / "in/a", tmp_path / "in/b")
    made, names = form.pack(tmp_path / "in")
    for out in (tmp_path / "out", tmp_path / "other"):
        form.unpack(made, out)
    assert names == ("a", "b")
    assert os.path.samefile(tmp_path / "out/a", tmp_path / "out/b")
    files = {path.stat().st_ino for folder in ("in", "out", "other") for path in (tmp_path / folder).iterdir()}
    assert len(files) == 3


def test_each_owner_may_change_what_it_gets(form, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/file").write_bytes(b"packed" * 20_000)
    made, _ = form.pack(tmp_path / "in")
    form.unpack(made, tmp_path / "one")
    for name in ("in", "one"):
        with (tmp_path / name / "file").open("r+b") as file:
            file.write(b"change")
    form.unpack(made, tmp_path / "two")
    assert (tmp_path / "two/file").read_bytes() == b"packed" * 20_000


def test_many_files_are_all_there(form, tmp_path):
    for number in range(300):
        (tmp_path / f"in/{number % 7}").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"in/{number % 7}/{number}").write_bytes(bytes([number % 256]) * (number * 500))
    made, names = form.pack(tmp_path / "in")
    assert form.unpack(made, tmp_path / "out") == len(names) == 300
    assert state(tmp_path / "out") == state(tmp_path / "in")


def test_a_folder_on_the_way_to_what_is_named_keeps_what_it_is_where_it_is(form, source, tmp_path):
    made, _ = form.pack(source, ["readonly/file", "bin/tool"])
    (tmp_path / "out/readonly").mkdir(parents=True)
    (tmp_path / "out/readonly").chmod(0o750)
    os.utime(tmp_path / "out", ns=(5, 5))
    form.unpack(made, tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out/readonly").stat().st_mode) == 0o750
    assert sorted(os.listdir(tmp_path / "out")) == ["bin", "readonly"]


def test_a_link_of_one_layer_is_not_written_through_by_the_next(form, tmp_path):
    for folder in ("one", "two/out", "outside"):
        (tmp_path / folder).mkdir(parents=True)
    os.symlink("../outside", tmp_path / "one/out")
    (tmp_path / "two/out/evil").write_text("evil")
    form.unpack(form.pack(tmp_path / "one")[0], tmp_path / "in")
    for paths in (["out/evil"], ["."]):
        with pytest.raises(ArchiveError, match="refused to unpack into 'out': it is a link to"):
            form.unpack(form.pack(tmp_path / "two", paths)[0], tmp_path / "in")
    assert os.listdir(tmp_path / "outside") == []


def test_only_what_is_named_is_packed_and_once(form, source, tmp_path):
    made, names = form.pack(source, ["bin", "bin/tool", "./private", "gone"])
    assert names == ("bin/env", "bin/tool", "private")
    assert form.unpack(made, tmp_path / "out") == 3
    assert state(tmp_path / "out").keys() == {"bin", *names}


def test_a_folder_that_is_named_after_what_is_in_it_is_packed_whole(form, source, tmp_path):
    made, names = form.pack(source, ["readonly/file", "readonly", "link"])
    assert names == ("readonly/file", "link")
    form.unpack(made, tmp_path / "out")
    assert state(tmp_path / "out")["readonly"] == state(source)["readonly"]


def test_sockets_pipes_and_devices_are_not_packed(form, tmp_path):
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in/pipe")
    (tmp_path / "in/file").write_text("")
    made, names = form.pack(tmp_path / "in")
    form.unpack(made, tmp_path / "out")
    assert (names, os.listdir(tmp_path / "out")) == (("file",), ["file"])


def test_what_is_there_is_replaced_and_never_written_through(form, source, tmp_path):
    out = tmp_path / "out"
    (out / "bin").mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.write_text("precious")
    os.symlink(outside, out / "private")
    os.link(outside, out / "bin/tool")
    form.unpack(form.pack(source)[0], out)
    assert outside.read_text() == "precious"
    assert state(out) == state(source)


def test_a_second_layer_goes_into_a_read_only_folder_of_the_first(form, source, tmp_path):
    out = tmp_path / "out"
    form.unpack(form.pack(source)[0], out)
    (source / "readonly").chmod(0o755)
    (source / "readonly/more").write_text("m")
    form.unpack(form.pack(source, ["readonly/more"])[0], out)
    assert (out / "readonly/more").read_text() == "m"
    assert stat.S_IMODE((out / "readonly").stat().st_mode) == 0o555


@pytest.mark.parametrize(
    ("infos", "message"),
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
        (
            [("d", FOLDER, ""), ("l", LINK, "d"), ("l/a", FILE, ""), ("l", LINK, "../outside"), ("l/evil", FILE, "")],
            "it is a link to",
        ),
    ],
)
def test_a_member_that_would_leave_the_folder_is_refused(tmp_path, infos, message):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s")
    with pytest.raises(ArchiveError, match=message):
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


def test_a_folder_in_a_files_place_is_a_clear_error(form, tmp_path):
    for folder in ("in", "out/file"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "in/file").write_text("")
    with pytest.raises(ArchiveError, match="there is a folder of that name"):
        form.unpack(form.pack(tmp_path / "in")[0], tmp_path / "out")


def test_members_reports_what_another_unpacker_would_meet(source):
    file, names = packed(source)
    assert [member.name for member in members(file) if not member.isdir()] == list(names)


NAMES = st.text("ab.ü \n*", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
TREES = st.recursive(st.binary(max_size=700), lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=8)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, TREES, max_size=4), st.sampled_from([0o600, 0o755, 0o444]))
def test_any_tree_survives(tmp_path_factory, tree, mode):
    folder = tmp_path_factory.mktemp("tree")
    layers = FolderLayers(tmp_path_factory.mktemp("layers"))

    def make(at, content):
        if isinstance(content, dict):
            at.mkdir()
            for name, inner in content.items():
                make(at / name, inner)
        else:
            at.write_bytes(content)
            at.chmod(mode)

    make(folder / "in", tree)
    for form in (Archives(), layers):
        form.unpack(form.pack(folder / "in")[0], folder / type(form).__name__)
        assert state(folder / type(form).__name__) == state(folder / "in")


@pytest.mark.parametrize("what", ["packing", "unpacking"])
def test_packing_and_unpacking_take_steps_in_proportion_to_the_files(tmp_path, what):
    """As many for each 200 more; seconds, beside those of plain copies, are in tests/bench."""
    steps = []
    for count in (200, 400, 600):
        source = tmp_path / f"source{count}"
        for number in range(count):
            (source / f"{number // 4}").mkdir(parents=True, exist_ok=True)
            (source / f"{number // 4}/{number}").write_bytes(b"x" * 100)
        file, _ = packed(source)
        work = (packed, source) if what == "packing" else (unpack, file, f"{source}.out")
        steps.append(calls(*work))
    assert steps[2] - steps[1] <= 1.05 * (steps[1] - steps[0])


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("home/project", "/tmp/p"),
        ("home/project/a", "/tmp/p/a"),
        ("home/project/home/project", "/tmp/p/home/project"),
        ("home/project2", None),
        ("home", None),
        ("a/home/project", None),
    ],
)
def test_a_moved_folder_holds_itself_and_what_is_below_it(name, place):
    moved = Moved("home/project", "/tmp/p")
    assert moved.holds(name) is (place is not None)
    if place:
        assert moved.path(name) == place


def test_a_moved_folder_is_packed_from_its_place_and_unpacked_into_it(form, tmp_path):
    for folder in ("root/work", "place", "other", "root/workshop"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "place/a").write_text("moved")
    (tmp_path / "root/work/hidden").write_text("covered by the moved folder")
    (tmp_path / "root/workshop/b").write_text("not moved")
    moved = Moved("work", str(tmp_path / "place"))
    made, names = form.pack(tmp_path / "root", ["work", "workshop"], moved)
    assert names == ("work/a", "workshop/b")
    there = tmp_path / "there"
    assert form.unpack(made, there, Moved("work", str(tmp_path / "other"))) == 2
    assert (tmp_path / "other/a").read_text() == "moved"
    assert (there / "workshop/b").read_text() == "not moved"
    assert os.listdir(there) == ["workshop"]


@pytest.mark.parametrize(
    ("target", "name", "refused"),
    [
        ("other/sub", "work/link/x", False),
        ("outside", "work/link/x", True),
        ("there", "work/link/x", True),
        ("other2", "work/link/x", True),
        ("other2", "work/link", True),  # the folder itself
        ("other", "link/x", True),
    ],
)
def test_a_link_of_a_moved_folder_leads_out_if_it_leaves_its_place(tmp_path, target, name, refused):
    for folder in ("there", "other/sub", "other2", "outside"):
        (tmp_path / folder).mkdir(parents=True)
    link = tmp_path / "other/link" if name.startswith("work") else tmp_path / "there/link"
    os.symlink(tmp_path / target, link)
    archive = crafted((name, FILE, "") if name.endswith("/x") else (name, FOLDER, ""))
    moved = Moved("work", str(tmp_path / "other"))
    if not refused:
        unpack(archive, str(tmp_path / "there"), moved=moved)
        assert (tmp_path / target / "x").read_text() == "evil"
        return
    folder = name.removesuffix("/x")
    wanted = f"refused to unpack into {folder!r}: it is a link to {str(tmp_path / target)!r}, out of its folder"
    with pytest.raises(ArchiveError) as refusal:
        unpack(archive, str(tmp_path / "there"), moved=moved)
    assert str(refusal.value) == wanted
    assert not (tmp_path / target / "x").exists()


def test_an_archive_may_be_unpacked_at_the_root_of_everything(tmp_path):
    name = str(tmp_path / "new/file").lstrip("/")
    assert unpack(crafted((name, FILE, "")), "/") == 1
    assert (tmp_path / "new/file").read_text() == "evil"


@pytest.mark.parametrize(
    ("member", "strict", "message"),
    [
        (("/etc/evil", FILE, ""), False, "'/etc/evil': it leads out of its folder"),
        (("", FILE, ""), False, "'': it leads out of its folder"),
        (("h", HARD, "../s"), False, "'h': a hard link to '../s', out of its folder"),
        (("a/l", LINK, "../../x"), True, "'a/l': a link to '../../x', out of its folder"),
        (("l", LINK, "/x"), True, "'l': a link to '/x', out of its folder"),
        (("d", tarfile.CHRTYPE, ""), False, "'d': it is a device or a pipe"),
        (("p", tarfile.FIFOTYPE, ""), True, "'p': it is a device or a pipe"),
        (("a/l", LINK, "../x"), True, None),
        (("a/l", LINK, "b/../../x"), True, None),
        (("a..b", FILE, ""), True, None),
        (("a", FOLDER, ""), True, None),
        (("l", LINK, "../x"), False, None),
    ],
)
def test_what_is_refused_is_named_with_the_reason(member, strict, message):
    if message is None:
        assert [each.name for each in members(crafted(member), strict)] == [member[0]]
        return
    with pytest.raises(ArchiveError) as refusal:
        list(members(crafted(member), strict))
    assert str(refusal.value) == f"refused to unpack {message}"


def test_only_with_strict_a_link_may_not_lead_out():
    outward = ("l", LINK, "../x")
    assert [member.linkname for member in members(crafted(outward))] == ["../x"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", True),
        ("/", True),
        ("/a", True),
        ("..", True),
        ("a/..", True),
        ("a\0b", True),
        ("a", False),
        ("a/...", False),
    ],
)
def test_a_name_leaves_its_folder_if_it_is_absolute_or_goes_up(name, expected):
    assert leaves(name) is expected


def test_members_are_not_kept_once_they_are_passed():
    archive = crafted(*((f"f{number}", FILE, "") for number in range(50)))
    kept = [sum(isinstance(each, tarfile.TarInfo) for each in gc.get_objects()) for _ in members(archive)]
    assert len(kept) == 50
    assert max(kept) < 10


def test_what_cannot_be_read_or_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError) as unread:
        packed(tmp_path, "file/below")
    assert str(unread.value) == f"cannot read {tmp_path}/file/below: Not a directory"
    with pytest.raises(ArchiveError) as unwritten:
        unpack(crafted(("a", FILE, "")), str(tmp_path / "file"))
    assert str(unwritten.value) == f"cannot write {tmp_path}/file: File exists"


@pytest.mark.parametrize("real", [True, False])
def test_a_member_that_is_cut_short_is_named(tmp_path, real):
    (tmp_path / "data").write_bytes(b"x" * 5000)
    file, _ = packed(tmp_path, "data")
    cut = io.BytesIO(file.getvalue()[:2000])
    if real:
        (tmp_path / "a.tar").write_bytes(cut.getvalue())
        cut = (tmp_path / "a.tar").open("rb")
    with cut, pytest.raises(ArchiveError) as damaged:
        unpack(cut, str(tmp_path / "out"))
    assert str(damaged.value) == "the archive is damaged: 'data' is cut short"


def test_a_damaged_archive_says_how(tmp_path):
    with pytest.raises(ArchiveError, match=r"^the archive is damaged: .*header"):
        unpack(io.BytesIO(b"x" * 1024), str(tmp_path / "out"))


def test_a_folder_in_a_files_place_is_named(tmp_path):
    (tmp_path / "out/a/file").mkdir(parents=True)
    with pytest.raises(ArchiveError) as refusal:
        unpack(crafted(("a/file", FILE, "")), str(tmp_path / "out"))
    assert str(refusal.value) == "cannot unpack 'file': there is a folder of that name"


def test_a_file_that_may_not_be_removed_is_named(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old")

    def refuse(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "unlink", refuse)  # as in a folder of another user
    with pytest.raises(ArchiveError) as refusal:
        unpack(crafted(("a", FILE, "")), str(tmp_path))
    assert str(refusal.value) == f"cannot write {tmp_path}/a: Permission denied"


def test_a_folder_takes_the_place_of_a_file_and_a_file_that_of_a_link_to_a_folder(tmp_path):
    out = tmp_path / "out"
    (out / "real").mkdir(parents=True)
    (out / "folder").write_text("a file once")
    os.symlink("real", out / "file")
    assert unpack(crafted(("folder", FOLDER, ""), ("folder/a", FILE, ""), ("file", FILE, "")), str(out)) == 2
    assert (out / "folder/a").read_text() == "evil"
    assert not (out / "file").is_symlink()
    assert os.listdir(out / "real") == []


def test_the_folder_itself_as_a_member_changes_nothing(tmp_path):
    (tmp_path / "out").mkdir(mode=0o700)
    assert unpack(crafted((".", FOLDER, ""), ("./a", FILE, "")), str(tmp_path / "out")) == 1
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert os.listdir(tmp_path / "out") == ["a"]


def test_the_place_is_made_with_those_above_it(tmp_path):
    assert unpack(crafted(("a/b/c", FILE, "")), str(tmp_path / "x/y")) == 1
    assert (tmp_path / "x/y/a/b/c").read_text() == "evil"


def test_a_name_that_is_not_utf_8_survives(tmp_path):
    (tmp_path / "in").mkdir()
    name = os.fsdecode(b"\xff-\xc3\xa4")
    (tmp_path / "in" / name).write_text("x")
    unpack(packed(tmp_path / "in")[0], str(tmp_path / "out"))
    assert os.listdir(os.fsencode(tmp_path / "out")) == [b"\xff-\xc3\xa4"]


def test_a_folder_that_may_not_be_written_to_is_opened_for_the_members_below_it_and_closed_again(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir(mode=0o555)
    changes, chmod = [], os.chmod

    def recorded(path, mode):
        changes.append((str(path), mode))
        chmod(path, mode)

    monkeypatch.setattr(os, "access", lambda path, mode: os.stat(path).st_mode & stat.S_IWUSR != 0)  # as for a user
    monkeypatch.setattr(os, "chmod", recorded)
    assert unpack(crafted(("closed/a", FILE, ""), ("closed/b", FILE, "")), str(tmp_path)) == 2
    closed = [mode for path, mode in changes if path == str(tmp_path / "closed")]
    assert closed == [0o700, 0o555]
    assert stat.S_IMODE((tmp_path / "closed").stat().st_mode) == 0o555


def test_two_files_with_two_names_each_stay_two_files(tmp_path):
    (tmp_path / "in").mkdir()
    for name in "ab":
        (tmp_path / "in" / name).write_text(name)
        os.link(tmp_path / "in" / name, tmp_path / "in" / f"{name}-again")
    unpack(packed(tmp_path / "in")[0], str(tmp_path / "out"))
    out = tmp_path / "out"
    assert [(out / name).read_text() for name in ("a", "a-again", "b", "b-again")] == ["a", "a", "b", "b"]
    assert os.path.samefile(out / "a", out / "a-again")
    assert os.path.samefile(out / "b", out / "b-again")


def test_a_hard_link_of_a_link_is_a_link(tmp_path):
    members_ = [
        ("d", FOLDER, ""),
        ("d/file", FILE, ""),
        ("d/l", LINK, "file"),
        ("h", HARD, "d/l"),
        ("g", HARD, "d/file"),
    ]
    assert unpack(crafted(*members_), str(tmp_path)) == 4
    assert os.readlink(tmp_path / "h") == "file"
    assert os.path.samefile(tmp_path / "g", tmp_path / "d/file")


def test_no_setuid_is_passed_on(form, tmp_path):
    (tmp_path / "in/folder").mkdir(parents=True)
    (tmp_path / "in/tool").write_text("")
    (tmp_path / "in/tool").chmod(0o6755)
    (tmp_path / "in/folder").chmod(0o3777)
    before = os.umask(0o077)
    try:
        form.unpack(form.pack(tmp_path / "in")[0], tmp_path / "out")
    finally:
        os.umask(before)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()} == {
        "tool": 0o755,
        "folder": 0o777,
    }


def test_permissions_are_kept_whatever_the_umask_but_no_setuid(tmp_path):
    (tmp_path / "in/folder").mkdir(parents=True)
    (tmp_path / "in/tool").write_text("")
    (tmp_path / "in/tool").chmod(0o6777)
    (tmp_path / "in/folder").chmod(0o1777)
    file, _ = packed(tmp_path / "in")
    assert {member.name: member.mode for member in members(file)} == {"tool": 0o777, "folder": 0o777}
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, kind in (("tool", FILE), ("folder", FOLDER)):
            info = tarfile.TarInfo(name)
            info.type, info.mode = kind, 0o7777
            tar.addfile(info)
    made.seek(0)
    before = os.umask(0o077)
    try:
        unpack(made, str(tmp_path / "out"))
    finally:
        os.umask(before)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()} == {
        "tool": 0o777,
        "folder": 0o777,
    }


def test_headers_have_what_tar_wants_of_each_kind(tmp_path):
    """https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html: only a file has a size; an archive ends in
    two blocks of zeros."""
    root = tmp_path / "in"
    (root / "d").mkdir(parents=True)
    (root / "d/file").write_bytes(b"x" * 513)
    os.link(root / "d/file", root / "d/hard")
    os.symlink("file", root / "d/link")
    os.utime(root / "d/file", ns=(0, 7 * 10**9))
    os.utime(root / "d", ns=(0, 5 * 10**9 + 12))
    file, names = packed(root)
    assert names == ("d/file", "d/hard", "d/link")
    found = {member.name: member for member in members(file)}
    assert {name: (each.type, each.size, each.linkname) for name, each in found.items()} == {
        "d": (FOLDER, 0, ""),
        "d/file": (FILE, 513, ""),
        "d/hard": (HARD, 0, "d/file"),
        "d/link": (LINK, 0, "file"),
    }
    assert found["d/file"].pax_headers == {}
    assert found["d"].pax_headers == {"mtime": "5.000000012"}
    assert found["d/file"].mtime == 7
    assert len(file.getvalue()) % 512 == 0
    assert file.getvalue()[-1024:] == bytes(1024)
    assert file.getvalue()[-1536:-1024] != bytes(512)


SMALL_LIMIT = 65_536


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, SMALL_LIMIT, SMALL_LIMIT + 1, 70_000])
@pytest.mark.parametrize("change", [-600, -1, 0, 1, 600])
def test_a_file_has_as_many_bytes_as_its_header_says_though_it_grew_or_shrank(tmp_path, size, change):
    there = max(0, size + change)
    content = bytes(1 + at % 255 for at in range(there))
    (tmp_path / "file").write_bytes(content)
    archive = io.BytesIO()
    with (tmp_path / "file").open("rb") as file:
        TarPacker(str(tmp_path), archive, None)._content(file.fileno(), size)
    wanted = content[:size].ljust(size, b"\0")
    assert archive.getvalue() == wanted.ljust(-(-size // 512) * 512, b"\0")


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize(
    ("offset", "size", "count"),
    [(0, 10, 10), (3, 4, 4), (3, 10, 7), (10, 5, 0), (0, 0, 0), (20, 1, 0)],
)
def test_a_copy_begins_at_its_place_and_ends_where_the_file_does(tmp_path, real, offset, size, count):
    (tmp_path / "from").write_bytes(b"0123456789")
    to = (tmp_path / "to").open("w+b") if real else io.BytesIO()
    with (tmp_path / "from").open("rb") as source, to:
        to.write(b"before ")
        assert _copy(source.fileno(), offset, to, size) == count
        to.flush()
        to.seek(0)
        assert to.read() == b"before " + b"0123456789"[offset : offset + size]


def test_a_copy_of_more_than_a_mebibyte_is_whole(tmp_path):
    content = os.urandom(1 << 10) * 2050
    (tmp_path / "from").write_bytes(content)
    to = io.BytesIO()
    with (tmp_path / "from").open("rb") as source:
        assert _copy(source.fileno(), 5, to, len(content)) == len(content) - 5
    assert to.getvalue() == content[5:]


def test_large_files_of_an_archive_in_memory_are_whole(tmp_path):
    (tmp_path / "in").mkdir()
    for name in "ab":
        (tmp_path / "in" / name).write_bytes(name.encode() * 2_500_000)
    assert unpack(packed(tmp_path / "in")[0], str(tmp_path / "out")) == 2
    assert state(tmp_path / "out") == state(tmp_path / "in")


@pytest.mark.parametrize(
    ("written", "nanoseconds"),
    [
        (None, 1_700_000_000_000_000_000),
        ("5", 5_000_000_000),
        ("5.", 5_000_000_000),
        ("5.5", 5_500_000_000),
        ("5.000000001", 5_000_000_001),
        ("5.1234567899", 5_123_456_789),
    ],
)
def test_a_time_of_change_is_read_to_the_nanosecond(written, nanoseconds):
    info = tarfile.TarInfo("a")
    info.mtime = 1_700_000_000.9
    info.pax_headers = {} if written is None else {"mtime": written}
    assert _nanoseconds(info) == nanoseconds


class Canceled(Exception):
    """What a check raises here."""


def check_after(times):
    """Return a check that raises when it is called once more than that."""
    left = iter(range(times))

    def check():
        if next(left, None) is None:
            raise Canceled

    return check


def test_a_check_is_called_for_each_member_and_within_a_large_one(tmp_path, monkeypatch):
    monkeypatch.setattr("ci.runtime.files.archive.CHUNK", 1 << 17)
    (tmp_path / "large").write_bytes(bytes(1 << 19))
    for number in range(5):
        (tmp_path / f"small{number}").write_bytes(b"x")
    for times in range(11):  # four chunks, the folder and six files are eleven
        with (tmp_path / "../archive").open("w+b") as file, pytest.raises(Canceled):
            pack(str(tmp_path), ["."], file, check=check_after(times))


@pytest.mark.parametrize("real", [True, False], ids=["a file", "a stream in memory"])
def test_of_what_is_canceled_no_half_file_is_left(tmp_path, monkeypatch, real):
    monkeypatch.setattr("ci.runtime.files.archive.CHUNK", 1 << 20)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "large").write_bytes(bytes(3 << 20))
    with (tmp_path / "archive").open("w+b") if real else io.BytesIO() as file:
        pack(str(tmp_path / "source"), ["large"], file)
        file.seek(0)
        with pytest.raises(Canceled):
            unpack(file, str(tmp_path / "here"), check=check_after(3))
    assert os.listdir(tmp_path / "here") == []


@pytest.mark.parametrize("files", [1, 100], ids=["one", "so many that threads copy them"])
def test_what_a_check_raises_ends_the_copies_of_a_layer(tmp_path, files):
    (tmp_path / "source").mkdir()
    for number in range(files):
        (tmp_path / "source" / f"{number}").write_bytes(b"x")
    layer = str(tmp_path / "layer")
    pack_folder(str(tmp_path / "source"), ["."], layer)
    for times in (0, files + 1):  # where files are found, and where they are copied
        with pytest.raises(Canceled):
            pack_folder(str(tmp_path / "source"), ["."], f"{layer}-{times}", check=check_after(times))
        with pytest.raises(Canceled):
            unpack_folder(layer, str(tmp_path / f"at-{times}"), check=check_after(times))
    with pytest.raises(Canceled):
        pack_layer(layer, io.BytesIO(), check_after(1))
