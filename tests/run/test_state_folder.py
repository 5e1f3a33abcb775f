"""The state folder before it is used: the user's own, untracked, of the kinds that it should be."""

import os
import subprocess
import sys

import pytest

from ci.errors import UsageError
from ci.run.state_folder import check_state, prepare_state

from ..projects import call, make_project

CONFIG = """
version: 2.1
jobs: {build: {docker: [{image: a/b}], steps: [run: echo ran]}}
workflows: {w: {jobs: [build]}}
"""


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project", CONFIG)


@pytest.fixture
def precious(tmp_path):
    """A folder of the user's that is laid out as a state folder is."""
    for name in ("cache", "pythons", "timings", "runs/20260101-000000-abcdef"):
        (tmp_path / "precious" / "ci" / name).mkdir(parents=True)
        (tmp_path / "precious" / "ci" / name / "file").write_text("precious")
    return tmp_path / "precious"


def files(folder):
    return sorted(str(path) for path in folder.rglob("*"))


def refused(project, *words):
    """What a command says that is refused, and how many lines it takes."""
    done = project.ci(*words)
    assert (done.status, done.stdout) == (2, ""), done.stderr
    assert len(done.stderr.splitlines()) == 2, done.stderr
    return done.stderr


def test_the_state_is_ignored_by_git_and_by_backups(tmp_path):
    prepare_state(tmp_path / ".nox" / "ci")
    assert (tmp_path / ".nox/ci/.gitignore").read_text() == "*\n"
    tag = (tmp_path / ".nox/ci/CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55\n")  # https://bford.info/cachedir/


@pytest.mark.parametrize("words", [("clean",), ("clean", "cache"), ("run", "w", "--engine", "host")])
def test_a_link_that_the_repository_brings_is_refused_and_nothing_behind_it_changes(project, precious, words):
    (project.path / ".nox").symlink_to(precious)
    project.commit()
    before = files(precious)
    message = refused(project, *words)
    assert message.startswith(f"{project.path}/.nox is a link that git tracks")
    assert "git rm --cached .nox" in message
    assert files(precious) == before


@pytest.mark.parametrize("name", ["runs", "cache", "cache/1", "runs/20260101-000000-abcdef"])
def test_what_the_repository_brings_below_the_state_folder_is_refused(project, precious, name):
    (project.path / ".nox" / "ci" / name).parent.mkdir(parents=True)
    (project.path / ".nox" / "ci" / name).symlink_to(precious)
    project.git("add", "-f", ".nox")
    before = files(precious)
    message = refused(project, "clean")
    assert f"{name}" in message
    assert "git rm -r --cached .nox/ci/" in message or "rm " in message
    assert files(precious) == before


def test_listing_sessions_writes_nothing_through_a_link_of_the_repository(project, precious):
    (project.path / ".nox").symlink_to(precious)
    project.commit()
    before = files(precious)
    code = "from ci.sessions.register import sessions_of; from ci.project.project import find_project; "
    code += "from pathlib import Path; "
    code += f"print(len(sessions_of(find_project(Path({str(project.path)!r})))))"
    assert call([sys.executable, "-c", code], project.path).stdout.strip() == "2"
    assert files(precious) == before


def test_a_link_of_the_users_own_is_the_folder(project, tmp_path):
    (tmp_path / "scratch disk").mkdir()
    (project.path / ".nox").symlink_to(tmp_path / "scratch disk")
    assert project.run("w").status == 0
    assert len(list((tmp_path / "scratch disk" / "ci" / "runs").glob("2*"))) == 1
    assert "removed run" in project.ci("clean").stdout
    assert list((tmp_path / "scratch disk" / "ci" / "runs").glob("2*")) == []
    assert (project.path / ".nox").is_symlink()


def test_a_link_of_the_users_own_into_what_another_repository_tracks_is_refused(project, tmp_path):
    other = make_project(tmp_path / "other", CONFIG)
    other.write("ci/runs/20260101-000000-abcdef/file", "precious")
    other.commit()
    (project.path / ".nox").symlink_to(other.path)
    assert "is tracked by git" in refused(project, "clean")
    assert (other.path / "ci/runs/20260101-000000-abcdef/file").exists()


def test_a_link_that_git_cannot_judge_is_refused(project, precious):
    (project.path / ".nox").symlink_to(precious)
    (project.path / ".git" / "HEAD").write_text("damaged")
    assert "may be tracked by git, which does not answer" in refused(project, "clean")


def test_a_folder_that_is_no_repository_keeps_state_as_any_other(tmp_path):
    project = make_project(tmp_path / "plain", CONFIG, repository=False)
    (tmp_path / "disk").mkdir()
    (project.path / ".nox").symlink_to(tmp_path / "disk")
    assert project.run("w").status == 0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (".nox", "file"),
        (".nox", "dangling"),
        (".nox", "loop"),
        (".nox/ci", "file"),
        (".nox/ci", "link"),
        (".nox/ci/runs", "file"),
        (".nox/ci/runs", "link"),
        (".nox/ci/cache", "file"),
        (".nox/ci/timings", "file"),
        (".nox/ci/serial", "link"),
        (".nox/ci/counter", "folder"),
        (".nox/ci/counter", "pipe"),
        (".nox/ci/counter.lock", "folder"),
        (".nox/ci/.gitignore", "folder"),
        (".nox/ci/sessions.json", "dangling"),
    ],
)
@pytest.mark.parametrize("words", [("run", "w", "--engine", "host"), ("clean",)])
def test_a_file_where_a_folder_belongs_and_the_reverse_are_refused_in_a_line(project, tmp_path, name, kind, words):
    place = project.path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    make = {
        "file": lambda: place.write_text(""),
        "folder": place.mkdir,
        "link": lambda: place.symlink_to(tmp_path),
        "dangling": lambda: place.symlink_to(tmp_path / "nothing"),
        "loop": lambda: place.symlink_to(place.name),
        "pipe": lambda: os.mkfifo(place),
    }
    make[kind]()
    message = refused(project, *words)
    assert message.startswith(f"{place} is ")
    assert os.path.lexists(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_users_state_is_refused_and_that_of_the_projects_owner_is_not(project):
    (project.path / ".nox" / "ci").mkdir(parents=True)
    os.chown(project.path / ".nox" / "ci", 65534, 65534)
    with pytest.raises(UsageError, match="belongs to another user, number 65534"):
        check_state(project.path, project.path / ".nox" / "ci")
    os.chown(project.path, 65534, 65534)
    check_state(project.path, project.path / ".nox" / "ci")


@pytest.mark.parametrize("change", ["rm -rf {}/.nox", "rm -rf {0}/.nox/ci/runs; touch {0}/.nox/ci/runs",
                                    "rm -rf {0}/.nox; touch {0}/.nox", "mv {0}/.nox/ci {0}/.nox/away"])  # fmt: skip
def test_a_state_that_changes_in_mid_run_ends_it_at_worst_with_a_line(project, change):
    project.write(
        ".circleci/config.yml",
        f"""
        version: 2.1
        jobs:
          build:
            docker: [{{image: a/b}}]
            steps:
              - run: {change.format(project.path)!r}
              - run: echo x >file
              - store_artifacts: {{path: file}}
              - store_test_results: {{path: file}}
              - persist_to_workspace: {{root: ., paths: [file]}}
              - save_cache: {{key: k, paths: [file]}}
          next: {{docker: [{{image: a/b}}], steps: [attach_workspace: {{at: .}}, restore_cache: {{key: k}}]}}
        workflows: {{w: {{jobs: [build, next: {{requires: [build]}}]}}}}
        """,
    )
    done = project.ci("run", "w", "--engine", "host", "--isolation", "folder")
    assert done.status in (0, 1)
    assert "Traceback" not in done.stdout + done.stderr


def test_git_is_asked_once(project, monkeypatch):
    (project.path / ".nox" / "ci").mkdir(parents=True)
    asked = []
    monkeypatch.setattr("ci.run.state_folder.ask", lambda folder, *words: asked.append(words) or subprocess_ok())
    check_state(project.path, project.path / ".nox" / "ci")
    assert len(asked) == 1


def subprocess_ok():
    from ci.process import Captured

    return Captured(0, "", "")


def test_a_state_that_git_tracks_in_other_letters_is_refused_too(project):
    project.write(".nox/ci/file", "x")
    blob = project.git("hash-object", "-w", ".nox/ci/file").strip()
    project.git("update-index", "--add", "--cacheinfo", f"100644,{blob},.NOX/ci/file")
    with pytest.raises(UsageError, match="tracked by git"):
        check_state(project.path, project.path / ".nox" / "ci")
    subprocess.run(["git", "rm", "-r", "-q", "--cached", ".NOX"], cwd=project.path, check=True)
    check_state(project.path, project.path / ".nox" / "ci")
