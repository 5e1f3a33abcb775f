"""What a job with namespaces sees of this machine, as operations."""

import os
import socket

import pytest

from ci.engines.host import view
from ci.engines.host.residence import may_write_much
from ci.workflow.model import (
    AttachWorkspace,
    Checkout,
    PersistToWorkspace,
    RestoreCache,
    SaveCache,
    StoreArtifacts,
    StoreTestResults,
)
from tests.tasks import HERE, job, run

TABLE = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:5 / /proc rw - proc proc rw
24 22 8:2 / /srv/with\\040blank rw,nosuid shared:2 master:1 - xfs /dev/sdb rw
25 22 7:0 / /snap/core ro,nodev - squashfs /dev/loop0 ro
"""


def test_the_mounts_are_read_with_their_kind_and_whether_they_can_be_written():
    found = view.mount_table(TABLE)
    assert found["/srv/with blank"] == view.Mounted("xfs", True)
    assert found["/snap/core"] == view.Mounted("squashfs", False)
    assert set(found) == {"/", "/proc", "/srv/with blank", "/snap/core"}


def test_every_folder_of_this_machine_is_under_a_layer_or_without_files():
    table = view.mount_table(TABLE)
    shown = {place: kind for kind, _, place in view.machine(table, user=False)}
    for name in ("usr", "etc", "home", "var"):
        if os.path.isdir(f"/{name}") and not os.path.islink(f"/{name}"):
            assert shown[f"/{name}"] in ("overlay", "disk-overlay", "folder")
    assert (shown["/proc"], shown["/dev/shm"], shown["/run"]) == ("proc", "tmpfs", "folder")
    assert (shown["/dev"], shown["/sys"], shown["/proc/sys"]) == ("overlay", "read-only", "seal")
    assert view.TEMPORARY not in shown


def operations(tmp_path, *mounted, user=False):
    table = {str(tmp_path / name): view.Mounted(kind, writable) for name, kind, writable in mounted}
    return list(view._folder(str(tmp_path), table, user))


def test_what_is_mounted_below_a_folder_gets_a_layer_of_its_own_after_it(tmp_path):
    for name in ("disk/file", "rom/file", "dev/file"):
        (tmp_path / name).mkdir(parents=True)
    found = operations(tmp_path, ("disk", "ext4", True), ("rom", "squashfs", False), ("dev", "devtmpfs", True))
    assert [(kind, os.path.basename(place)) for kind, _, place in found] == [
        ("overlay", tmp_path.name),
        ("overlay", "disk"),
        ("bind", "rom"),
        ("bind", "dev"),
    ]


def test_a_user_gets_a_folder_with_mounts_entry_by_entry(tmp_path):
    for name in ("disk/file", "mine/file"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to("mine")
    found = operations(tmp_path, ("disk", "ext4", True), user=True)
    assert found[0] == ("folder", "", str(tmp_path))
    assert set(found[1:]) == {
        ("overlay", f"{tmp_path}/disk", f"{tmp_path}/disk"),
        ("overlay", f"{tmp_path}/mine", f"{tmp_path}/mine"),
        ("link", "mine", f"{tmp_path}/link"),
    }


def test_files_beside_mounts_are_copied_for_a_user_and_large_ones_are_read_only(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "small").write_text("x")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(view.SMALL + 1)
    found = operations(tmp_path, ("disk", "ext4", True), user=True)
    assert ("copy", f"{tmp_path}/small", f"{tmp_path}/small") in found
    assert ("read-only", f"{tmp_path}/large", f"{tmp_path}/large") in found
    assert not [each for each in found if each[0] == "bind"]


def test_a_folder_that_a_user_cannot_write_gets_a_layer_for_those_below_that_he_can(tmp_path, monkeypatch):
    for name in ("disk/file", "closed/mine"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "closed").chmod(0o555)
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)  # root may write everywhere
    found = operations(tmp_path, ("disk", "ext4", True), user=True)
    (tmp_path / "closed").chmod(0o755)
    assert ("overlay", f"{tmp_path}/closed", f"{tmp_path}/closed") in found


@pytest.mark.parametrize("above", ["squashfs", "autofs"])
@pytest.mark.parametrize("user", [True, False])
def test_a_disk_below_a_mount_without_files_of_its_own_gets_a_layer(tmp_path, above, user):
    for name in ("mount/disk/file", "mount/rom/file"):
        (tmp_path / name).mkdir(parents=True)
    mounted = [("mount", above, False), ("mount/disk", "nfs4", True), ("mount/rom", "squashfs", False)]
    found = [(kind, os.path.basename(place)) for kind, _, place in operations(tmp_path, *mounted, user=user)]
    assert found[1:] == [("bind", "mount"), ("overlay", "disk"), ("bind", "rom")]


def test_a_file_system_of_a_program_gets_a_layer_too(tmp_path):
    (tmp_path / "cloud/file").mkdir(parents=True)
    assert ("overlay", f"{tmp_path}/cloud", f"{tmp_path}/cloud") in operations(tmp_path, ("cloud", "fuse.rclone", True))


def test_a_file_that_is_mounted_is_copied_and_what_another_mount_hides_is_left_out(tmp_path):
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1")
    found = operations(tmp_path, ("resolv.conf", "ext4", True), ("hidden", "ext4", True))
    assert found[1:] == [("copy", f"{tmp_path}/resolv.conf", f"{tmp_path}/resolv.conf")]


STEPS = (
    Checkout(HERE, path="/app/src"),
    SaveCache(HERE, "k", ("/go/pkg/mod", "~/.cache", "/usr/local/lib/x", "relative")),
    RestoreCache(HERE, ("k",)),
    PersistToWorkspace(HERE, "/", ("x",)),
    AttachWorkspace(HERE, "/tmp/workspace"),
    StoreArtifacts(HERE, "/home/circleci/project/out"),
    StoreTestResults(HERE, "/results/../reports"),
    run("true", working_directory="//data"),
)


def test_absolute_places_are_those_of_every_step_and_the_working_directory_but_for_the_home():
    assert view.absolute_places(job(*STEPS, working_directory="/app")) == (
        "/app",
        "/app/src",
        "/go/pkg/mod",
        "/usr/local/lib/x",
        "/",
        "/tmp/workspace",
        "/reports",
        "/data",
    )


def test_absolute_places_are_the_jobs_own_unless_programs_of_this_machine_are_there():
    assert view.own_places(job(*STEPS, working_directory="/app")) == ("/app", "/go/pkg/mod", "/reports", "/data")


@pytest.mark.parametrize("place", ["/opt/app", "/usr/src/app", "/var/www"])
def test_a_working_directory_is_the_jobs_own_wherever_it_is(place):
    assert view.own_places(job(working_directory=place)) == (place,)


def test_what_is_passed_on_stays_at_its_path_where_the_jobs_folders_hide_it(tmp_path):
    (tmp_path / "bundle.pem").touch()
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/s")
        paths = [f"{tmp_path}/{name}" for name in ("bundle.pem", "folder", "s", "absent")]
        hidden = list(view.kept([*paths, "/usr/bin", "relative"], [str(tmp_path)]))
        seen = list(view.kept(paths, ["/elsewhere"]))
    assert hidden == [("bind", paths[0], paths[0]), ("overlay", paths[1], paths[1]), ("bind", paths[2], paths[2])]
    assert seen == [("bind", paths[2], paths[2])]


def test_credentials_are_covered_by_something_empty_of_the_same_kind(tmp_path):
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".netrc").touch()
    paths = [f"{tmp_path}/{name}" for name in (".ssh", ".netrc", ".aws")]
    assert list(view.covered(paths, ["/tmp/other"], [], "/scratch")) == [
        ("bind", "/scratch/memory/empty", paths[0]),
        ("bind", "/scratch/memory/empty-file", paths[1]),
    ]
    assert list(view.covered(paths, [str(tmp_path)], [], "/scratch")) == []
    assert len(list(view.covered(paths, [str(tmp_path.parent)], [str(tmp_path)], "/scratch"))) == 2


def test_layers_of_a_job_whose_steps_write_little_are_all_in_memory():
    found = [("disk-overlay", "/usr", "/usr"), ("bind", "/sys", "/sys")]
    assert list(view.in_memory(found)) == [("overlay", "/usr", "/usr"), ("bind", "/sys", "/sys")]


@pytest.mark.parametrize(
    ("command", "much"),
    [
        ("pip install torch", True),
        ("apt-get update", True),
        ("./gradlew build", True),
        ("bash ci/build.sh", True),
        ("make", True),
        ("cp x /usr/local/bin", True),
        ("echo $HOME; ls -l ~/project", False),
        ("pytest tests", False),
    ],
)
def test_a_job_that_may_write_much_is_known_by_its_steps_text(command, much):
    assert may_write_much(job(run(command))) is much
