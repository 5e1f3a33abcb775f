"""The layout on disk: names, pruning, what a killed run left."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ci.run.folder import clean_leftovers, encoded, next_number, open_run, prepare_state, prune, runs
from ci.runtime.owner import Owner, temporary_prefix


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


def test_the_state_is_ignored_by_git_and_by_backups(tmp_path):
    prepare_state(tmp_path / ".nox" / "ci")
    assert (tmp_path / ".nox/ci/.gitignore").read_text() == "*\n"
    tag = (tmp_path / ".nox/ci/CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55\n")  # https://bford.info/cachedir/


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
    monkeypatch.setattr("ci.runtime.owner.Owner.alive", lambda owner: False)  # the process that made it has ended
    assert clean_leftovers(tmp_path) == []
    assert (run.scratch / "file").exists()
    assert prune(tmp_path / "state", keep=0, limit=0) == [run.path]
    assert not run.scratch.exists()


def test_the_newest_runs_are_kept(tmp_path):
    for number in range(5):
        old_run(tmp_path, f"2026010{number}")
    assert [each.name for each in prune(tmp_path, keep=3)] == ["20260101", "20260100"]
    assert [each.name for each in runs(tmp_path)] == ["20260104", "20260103", "20260102"]


def test_runs_beyond_the_size_go_and_the_newest_stays_however_large(tmp_path):
    for number in range(3):
        old_run(tmp_path, f"2026010{number}", size=1000)
    assert [each.name for each in prune(tmp_path, limit=2500)] == ["20260100"]
    assert [each.name for each in prune(tmp_path, limit=10)] == ["20260101"]


def test_a_run_in_progress_is_not_pruned(tmp_path):
    old_run(tmp_path, "1", owner=Owner.current())
    assert prune(tmp_path, keep=0, limit=0) == []


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_uses_is_not(tmp_path, dead):
    mine = Path(tempfile.mkdtemp(prefix=temporary_prefix(), dir=tmp_path))
    left = tmp_path / f"nox-circleci-{dead.pid}-{dead.start}-abc"
    for folder in (left / "below", tmp_path / "nox-circleci-of-somebody"):
        folder.mkdir(parents=True)
    assert clean_leftovers(tmp_path) == [left]
    assert not left.exists()
    assert mine.exists()


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
