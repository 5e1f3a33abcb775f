"""The layout on disk: names, pruning, what a killed run left."""

import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from ci.dataclass import replace
from ci.errors import UsageError
from ci.run.folder import (
    Removed,
    clean_leftovers,
    encoded,
    in_progress,
    is_detached,
    next_number,
    open_run,
    prune,
    reopen_run,
    runs,
)
from ci.system.temporary import Owner, temporary_prefix
from tests.projects import ROOT


@pytest.fixture
def dead() -> Owner:
    """A process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return Owner(child.pid, "1")


def old_run(state: Path, name: str, size: int = 10, owner: Owner | None = None) -> Path:
    folder = state / "runs" / name
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"x" * size)
    if owner:
        owner.write(folder / "owner")
    return folder


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("build", "build"),
        ("py 3.10-test", "py 3.10-test"),
        ("box/task", "box%2Ftask"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("a%b", "a%25b"),
        ("tab\there", "tab%09here"),
    ],
)
def test_a_jobs_name_is_one_safe_file_name(name, file):
    assert encoded(name) == file


def test_two_long_names_that_begin_alike_have_two_file_names():
    assert encoded("x" * 300 + "a") != encoded("x" * 300 + "b")
    assert len(encoded("é" * 300)) <= 255


def test_a_runs_scratch_folder_goes_with_it_even_where_it_has_read_only_folders(tmp_path):
    with open_run(tmp_path) as run:
        (run.scratch / "locked").mkdir()
        (run.scratch / "locked" / "file").write_text("")
        (run.scratch / "locked").chmod(0o500)
        assert run.scratch.stat().st_mode & 0o777 == 0o700
    assert not run.scratch.exists()
    assert run.path.is_dir()


def test_a_scratch_folder_that_is_kept_goes_with_its_run(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with open_run(tmp_path / "state", keep=True) as run:
        (run.scratch / "file").write_text("")
    monkeypatch.setattr("ci.system.temporary.Owner.alive", lambda owner: False)  # the process that made it has ended
    assert clean_leftovers(tmp_path) == []
    assert (run.scratch / "file").exists()
    assert prune(tmp_path / "state", keep=0, limit=0) == [Removed(run.path)]
    assert not run.scratch.exists()


def named(number: int) -> str:
    return f"2026010{number}-120000-abcdef"


def test_the_newest_runs_are_kept(tmp_path):
    for number in range(5):
        old_run(tmp_path, named(number))
    assert [each.path.name for each in prune(tmp_path, keep=3)] == [named(1), named(0)]
    assert [each.name for each in runs(tmp_path)] == [named(4), named(3), named(2)]


def test_runs_beyond_the_size_go_and_the_newest_stays_however_large(tmp_path):
    for number in range(3):
        old_run(tmp_path, named(number), size=1000)
    assert [each.path.name for each in prune(tmp_path, limit=2500)] == [named(0)]
    assert [each.path.name for each in prune(tmp_path, limit=10)] == [named(1)]


def test_a_run_in_progress_is_not_pruned(tmp_path):
    old_run(tmp_path, named(1), owner=Owner.current())
    assert prune(tmp_path, keep=0, limit=0) == []


def test_what_is_not_called_like_a_run_or_is_a_link_is_no_run(tmp_path):
    old_run(tmp_path, "notes")
    (tmp_path / "outside").mkdir()
    (tmp_path / "runs" / named(1)).symlink_to(tmp_path / "outside")
    (tmp_path / "runs" / named(2)).write_text("")
    assert prune(tmp_path, keep=0, limit=0) == []
    assert (tmp_path / "runs" / "notes" / "file").exists()
    assert (tmp_path / "runs" / named(1)).is_symlink()


def test_a_link_of_a_run_to_a_folder_that_is_not_its_own_is_not_followed(tmp_path, dead):
    other = tmp_path / f"{temporary_prefix(dead)}abcdefgh"
    other.mkdir()
    (other / "kept").write_text(named(2))
    (old_run(tmp_path, named(1)) / "kept").symlink_to(other)
    assert prune(tmp_path, keep=0, limit=0) == [Removed(tmp_path / "runs" / named(1))]
    assert other.exists()


def test_runs_are_the_users_alone_also_where_an_older_version_made_them(tmp_path):
    (tmp_path / "runs").mkdir(mode=0o755)
    os.umask(os.umask(0o022))
    with open_run(tmp_path) as run:
        made = [run.path, *run.path.rglob("*"), tmp_path / "runs"]
    assert [f"{path}: {path.stat().st_mode:o}" for path in made if path.exists() and path.stat().st_mode & 0o077] == []


def test_a_run_whose_folder_was_removed_meanwhile_ends_without_a_word(tmp_path):
    with open_run(tmp_path) as run:
        subprocess.run(["rm", "-rf", tmp_path / "runs"], check=True)
        (tmp_path / "runs").write_text("a file by now")
    assert not run.scratch.exists()


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_uses_is_not(tmp_path, dead):
    mine = Path(tempfile.mkdtemp(prefix=temporary_prefix(), dir=tmp_path))
    left = tmp_path / f"{temporary_prefix(dead)}abcdefgh"
    others = [tmp_path / "nox-circleci-of-somebody", tmp_path / f"nox-circleci-{dead.pid}-{dead.start}-notes"]
    for folder in (left / "below", *others):
        folder.mkdir(parents=True)
    assert clean_leftovers(tmp_path) == [Removed(left)]
    assert not left.exists()
    assert all(each.exists() for each in (mine, *others))


def test_a_folder_of_another_pid_namespace_is_left_because_nobody_here_knows_its_process(tmp_path, dead):
    """https://man7.org/linux/man-pages/man7/pid_namespaces.7.html: a container may share the place, not the numbers."""
    elsewhere = tmp_path / f"nox-circleci-{dead.pid}-{dead.start}-f00000ff-abcdefgh"
    elsewhere.mkdir()
    mine = Path(tempfile.mkdtemp(prefix=temporary_prefix(), dir=tmp_path))
    assert in_another_pid_namespace("clean_leftovers", tmp_path) == "[]\n"
    assert clean_leftovers(tmp_path) == []
    assert mine.exists()
    assert elsewhere.exists()


def in_another_pid_namespace(function: str, folder: Path) -> str:
    """Return what a function of the module returns for a folder, as a container has it that shares the folder."""
    program = "import sys; from pathlib import Path; from ci.run import folder; "
    program += f"print(folder.{function}(Path(sys.argv[1])))"
    words = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", sys.executable, "-c", program]
    try:
        done = subprocess.run([*words, folder], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs unshare")
    if done.returncode and done.stderr.startswith("unshare: "):
        pytest.skip(f"needs a PID namespace of its own: {done.stderr}")
    assert done.stderr == ""
    return done.stdout


def test_a_run_is_in_progress_for_those_too_who_do_not_see_its_process(tmp_path):
    """A container that has the project may run jobs while this machine does, and the other way round."""
    path = old_run(tmp_path, named(1), owner=Owner.current())
    assert in_another_pid_namespace("in_progress", path) == "True\n"


def test_a_run_of_another_pid_namespace_that_has_written_nothing_for_a_day_is_not_in_progress(tmp_path, dead):
    path = old_run(tmp_path, named(1), owner=replace(dead, space="f00000ff"))
    (path / "events.jsonl").touch()
    assert in_progress(path)
    assert prune(tmp_path, keep=0, limit=0) == []
    a_day_ago = time.time() - 24 * 3600 - 1
    os.utime(path / "owner", (a_day_ago, a_day_ago))
    assert in_progress(path), "it still writes events"
    os.utime(path / "events.jsonl", (a_day_ago, a_day_ago))
    assert not in_progress(path)
    assert prune(tmp_path, keep=0, limit=0) == [Removed(path)]


def test_a_link_that_is_called_like_a_temporary_folder_of_ours_is_left(tmp_path, dead):
    link = tmp_path / f"{temporary_prefix(dead)}abcdefgh"
    (tmp_path / "outside").mkdir(mode=0o755)
    link.symlink_to(tmp_path / "outside")
    assert clean_leftovers(tmp_path) == []
    assert (tmp_path / "outside").stat().st_mode & 0o777 == 0o755
    assert link.is_symlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts, and gives files away")
def test_another_users_folder_and_the_mode_of_the_temporary_folder_stay(tmp_path, dead):
    theirs = tmp_path / f"{temporary_prefix(dead)}abcdefgh"
    mounted = tmp_path / f"nox-circleci-{dead.pid}-{dead.start}-hgfedcba"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    (mounted / "mount").mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", mounted / "mount"], check=True)
    tmp_path.chmod(0o1777)
    try:
        why = f"{mounted}/mount is another file system, mounted there"
        assert clean_leftovers(tmp_path) == [Removed(mounted, why)]
    finally:
        subprocess.run(["umount", mounted / "mount"], check=True)
    assert theirs.exists()
    assert tmp_path.stat().st_mode & 0o7777 == 0o1777


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")
def test_a_later_process_of_the_same_number_is_another_owner():
    assert Owner.current().alive()
    assert not Owner(os.getpid(), "1").alive()


def test_a_file_that_names_no_owner_has_none(tmp_path):
    (tmp_path / "owner").write_text("nobody\n")
    assert Owner.read(tmp_path / "owner") is None
    assert Owner.read(tmp_path / "absent") is None


def test_two_processes_at_once_get_two_numbers(tmp_path):
    code = (
        f"from pathlib import Path\nfrom ci.run.folder import next_number\nprint(next_number(Path({str(tmp_path)!r})))"
    )
    root = Path(__file__).parents[2]
    children = [
        subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    assert sorted(int(child.communicate()[0]) for child in children) == [1, 2, 3, 4, 5, 6]
    assert next_number(tmp_path) == 7


def test_last_leads_to_the_newest_run_and_goes_with_it(tmp_path):
    last = tmp_path / "runs" / "last"
    for _ in range(2):
        with open_run(tmp_path) as run:
            assert last.is_symlink()
            assert os.readlink(last) == run.id  # relative: the project's folder may be moved
            assert last.resolve() == run.path.resolve()
            assert sorted(each.name for each in last.parent.iterdir() if each.name[0] == ".") == []
    assert run.path in runs(tmp_path)
    assert last not in runs(tmp_path)
    prune(tmp_path, keep=0, limit=0)
    assert list((tmp_path / "runs").iterdir()) == []


def test_what_somebody_else_has_at_last_stays_and_the_run_goes_on(tmp_path):
    for name in ("file", "folder"):
        last = tmp_path / name / "runs" / "last"
        last.parent.mkdir(parents=True)
        if name == "folder":
            last.mkdir()
            (last / "notes").write_text("mine")
        else:
            (tmp_path / "outside").write_text("mine")
            last.symlink_to(tmp_path / "outside")
        with open_run(tmp_path / name) as run:
            assert not (run.path / "last").is_symlink()
    assert (tmp_path / "folder/runs/last/notes").read_text() == (tmp_path / "outside").read_text() == "mine"


def test_runs_that_start_at_once_leave_one_whole_link(tmp_path):
    program = "import sys, pathlib; from ci.run.folder import open_run\nwith open_run(pathlib.Path(sys.argv[1])): pass"
    started = [subprocess.Popen([sys.executable, "-c", program, tmp_path]) for _ in range(4)]
    assert [each.wait() for each in started] == [0] * 4
    assert (tmp_path / "runs/last").resolve() in [each.resolve() for each in runs(tmp_path)]
    assert len(list((tmp_path / "runs").iterdir())) == 5


def test_the_first_workflow_of_a_run_has_its_files_in_the_runs_folder_and_each_other_one_in_a_folder_of_its_own(
    tmp_path,
):
    with open_run(tmp_path) as run:
        first, second = run.of_workflow(1, "main"), run.of_workflow(2, "main/x")
        assert first == run
        assert second.path == run.path / "workflows" / "main%2Fx"
        assert (second.record, second.events, second.junit) == (run.record, run.events, run.junit)
        for place in ("log", "artifacts", "test_results"):
            assert getattr(second, place)("build").is_relative_to(second.path)
            assert getattr(second, place)("build") != getattr(run, place)("build")
        assert second.of_node("build", 0, 1).scratch != run.of_node("build", 0, 1).scratch
        assert second.of_node("build", 0, 1).scratch.is_relative_to(run.scratch)
        assert second.relative(second.log("build")) == "workflows/main%2Fx/log/build.log"
    assert not run.scratch.exists()
    assert stat.S_IMODE(second.path.stat().st_mode) == 0o700


def test_a_run_goes_with_the_files_of_all_of_its_workflows(tmp_path):
    with open_run(tmp_path) as run:
        (run.of_workflow(2, "other").path / "log" / "a.log").write_text("x")
    prune(tmp_path, keep=0, limit=0)
    assert not run.run.exists()


def test_a_detached_run_is_not_pruned_and_one_process_comes_back_to_it(tmp_path):
    with open_run(tmp_path) as made:
        (made.run / "detached.json").write_text("{}")
    assert prune(tmp_path, keep=0, limit=0) == []
    with reopen_run(tmp_path, made.id) as folder:
        assert (folder.run, folder.id) == (made.run, made.id)
        assert folder.scratch.is_dir()
        assert not is_detached(folder.run)
        with pytest.raises(UsageError, match="is being resumed elsewhere already"):
            reopen_run(tmp_path, made.id).__enter__()
    assert not folder.scratch.exists()
    assert is_detached(made.run)
    (made.run / "detached.json").unlink()
    with pytest.raises(UsageError, match="is detached no more"):
        reopen_run(tmp_path, made.id).__enter__()
