"""A folder of ours goes whole, and nothing else is touched: links, mounts, modes, writers, depth."""

import ctypes
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ci.engines.host.guards import PROGRAM
from ci.system.removal import remove_tree

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts, and gives files away")


@pytest.fixture
def folder(tmp_path):
    """A folder to be removed, with a file and a folder in it."""
    place = tmp_path / "parent" / "folder"
    (place / "below").mkdir(parents=True)
    (place / "below" / "file").write_text("x")
    return place


@pytest.fixture
def outside(tmp_path):
    """A folder that is to stay as it is."""
    place = tmp_path / "outside"
    place.mkdir(mode=0o755)
    (place / "file").write_text("precious")
    (place / "file").chmod(0o640)
    return place


def remove_as_the_supervisor(folder):
    """Call the supervisor's own function, in a Python that has no more of this package than a supervisor has."""
    call = (
        f"import sys; sys.path.append({os.fspath(PROGRAM.parent)!r}); import supervisor; supervisor.remove(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", call, os.fspath(folder)], check=True)


def intact(outside):
    return (
        (outside / "file").read_text() == "precious"
        and outside.stat().st_mode & 0o777 == 0o755
        and (outside / "file").stat().st_mode & 0o777 == 0o640
    )


def mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True)


def test_a_folder_goes_and_one_that_is_gone_is_no_error(folder):
    assert remove_tree(folder) is None
    assert not folder.exists()
    assert remove_tree(folder) is None
    assert remove_tree(folder / "below") is None


def as_nobody(function, *folders):
    """Call a function as a user without rights, who owns these folders; where the tests run as one, as that one."""
    if os.geteuid():
        function()
        return
    for path in folders:
        os.chown(path, 65534, 65534)
    for path in [each for each in folders[0].parents if each.stat().st_mode & 0o011 != 0o011]:
        path.chmod(path.stat().st_mode | 0o011)
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE, as after exec: /proc/self is its own
            function()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_folders_without_permissions_go_too(folder):
    (folder / "below").chmod(0)
    folder.chmod(0o500)
    as_nobody(lambda: remove_tree(folder), folder.parent, folder, folder / "below")
    assert not folder.exists()


def test_links_go_and_what_they_lead_to_stays(folder, outside):
    (folder / "to-folder").symlink_to(outside)
    (folder / "below" / "to-file").symlink_to(outside / "file")
    (folder / "dangling").symlink_to(outside / "nothing")
    assert remove_tree(folder) is None
    assert intact(outside)


def test_a_link_in_the_folders_own_place_is_left(tmp_path, outside):
    (tmp_path / "link").symlink_to(outside)
    assert remove_tree(tmp_path / "link") == f"{tmp_path}/link is a link"
    assert intact(outside)
    assert (tmp_path / "link").is_symlink()


def test_a_file_in_the_folders_place_is_left(outside):
    assert remove_tree(outside / "file") == f"{outside}/file is no folder"
    assert intact(outside)


@as_root
def test_another_users_folder_is_left(folder):
    os.chown(folder, 65534, 65534)
    assert remove_tree(folder) == f"{folder} belongs to another user"
    assert (folder / "below" / "file").exists()
    assert remove_tree(folder, owners=(65534,)) is None


@as_root
@pytest.mark.parametrize("kind", ["bind", "tmpfs"])
def test_what_is_mounted_in_the_folder_stays_and_is_named(folder, outside, kind):
    place = folder / "below" / "mount"
    place.mkdir()
    mount(*(["--bind", outside] if kind == "bind" else ["-t", "tmpfs", "tmpfs"]), place)
    try:
        (place / "more").write_text("")
        parent = folder.parent.stat().st_mode
        assert remove_tree(folder) == f"{place} is another file system, mounted there"
        assert (place / "more").exists()
        assert not (folder / "below" / "file").exists()
        assert folder.parent.stat().st_mode == parent
        assert kind == "tmpfs" or intact(outside)
    finally:
        subprocess.run(["umount", place], check=True)
    assert remove_tree(folder) is None


@as_root
def test_a_file_that_is_mounted_over_stays(folder, outside):
    mount("--bind", outside / "file", folder / "below" / "file")
    try:
        assert remove_tree(folder) == f"{folder}/below/file: Device or resource busy"
    finally:
        subprocess.run(["umount", folder / "below" / "file"], check=True)
    assert intact(outside)


@as_root
def test_a_folder_that_is_itself_a_mount_stays(folder, outside):
    mount("--bind", outside, folder)
    try:
        assert "another file system" in remove_tree(folder)
    finally:
        subprocess.run(["umount", folder], check=True)
    assert intact(outside)


def test_a_living_writer_ends_nothing_and_changes_no_mode_above(folder):
    code = f"""
import itertools, os
for n in itertools.count():
    try:
        os.makedirs({str(folder)!r} + "/below/more", exist_ok=True)
        open({str(folder)!r} + f"/below/more/{{n}}", "w").close()
    except OSError:
        pass
"""
    mode = folder.parent.stat().st_mode
    writer = subprocess.Popen([sys.executable, "-c", code])
    try:
        while not (folder / "below" / "more").exists():
            time.sleep(0.01)
        remove_tree(folder)
        assert folder.parent.stat().st_mode == mode
    finally:
        writer.kill()
        writer.wait()
    assert remove_tree(folder) is None


def test_a_tree_deeper_than_pythons_stack_and_the_descriptors_goes(folder):
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(64, hard), hard))
    try:
        assert remove_tree(folder) is None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not folder.exists()


def test_no_descriptor_stays_open(folder, outside):
    (folder / "link").symlink_to(outside)
    before = os.listdir("/proc/self/fd") if Path("/proc/self/fd").exists() else []
    remove_tree(folder)
    assert before == (os.listdir("/proc/self/fd") if before else [])


def test_the_supervisor_removes_by_the_same_rules(folder, outside):
    (folder / "link").symlink_to(outside)
    (folder / "below").chmod(0o500)
    remove_as_the_supervisor(folder)
    assert not folder.exists()
    folder.symlink_to(outside)
    remove_as_the_supervisor(folder)
    assert intact(outside)
