"""One reading of git for all of a run: no question twice, no two answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ci.errors import UsageError
from ci.git.git_values import GitValues
from ci.git.reading import GitReading, no_repository
from tests.projects import Project, make_project

CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: x}]
        environment: {BRANCH: << pipeline.git.branch >>, URL: << pipeline.project.git_url >>}
        steps: [checkout]
    workflows: {w: {jobs: [build]}}
    """


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_project(tmp_path / "project", CONFIG, **{"sub/file": "x\n"})
    made.git("remote", "add", "origin", "git@github.com:acme/web.git")
    return made


def questions(project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """Return what git is asked while a command runs, a line a process: its folder, its arguments."""
    log, wrapper = folder / "questions", folder / "bin" / "git"
    wrapper.parent.mkdir(exist_ok=True)
    wrapper.write_text(f'#!/bin/sh\necho "$PWD $*" >>{log}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
        done = project.ci(*words)
    assert done.status == 0, done.stdout + done.stderr
    lines = log.read_text().splitlines()
    log.unlink()
    return lines


def test_a_run_of_one_job_asks_git_no_question_twice(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions(project, tmp_path, monkeypatch, "run", "w", "--engine", "host")
    asked = questions(project, tmp_path, monkeypatch, "run", "w", "--engine", "host")  # .nox is there now
    assert {line: count for line, count in Counter(asked).items() if count > 1} == {}
    assert len(asked) <= 10, "\n".join(asked)


def test_a_project_is_found_without_loading_what_asks_git(project: Project) -> None:
    lines = (
        "import sys; from pathlib import Path; from ci.project.project import find_project",
        f"find_project(Path({str(project.path)!r}), {{}})",
        "print(sorted({'subprocess', 'ci.process', 'ci.git.call', 'ci.git.work_tree'} & set(sys.modules)))",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_work_tree_and_the_values_are_of_one_revision_though_somebody_commits_meanwhile(project: Project) -> None:
    for values_first in (True, False):
        git, head = GitReading(project.path), project.git("rev-parse", "HEAD").strip()
        values = GitValues(git)
        found = values["git.revision"] if values_first else git.work_tree().revision
        project.write("sub/file", f"{values_first}\n")
        project.commit("meanwhile")
        assert (values["git.revision"], git.work_tree().revision, found) == (head, head, head)
        assert values["git.branch"] == git.work_tree().branch


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ((), "git@github.com:acme/web.git"),
        ((("url.https://github.com/.insteadOf", "git@github.com:"),), "https://github.com/acme/web.git"),
        ((("remote.origin.url", "/second"),), "git@github.com:acme/web.git"),
        ((("remote.origin.pushurl", "/other"),), "git@github.com:acme/web.git"),
    ],
)
def test_the_remote_is_what_git_says(project: Project, settings: tuple[tuple[str, str], ...], address: str) -> None:
    for name, value in settings:
        project.git("config", "--add", name, value)
    assert GitReading(project.path).remote == address == project.git("remote", "get-url", "origin").strip()


def test_a_folder_below_the_top_leads_to_the_same_repository(project: Project, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project.path / "sub")
    for folder in (project.path / "sub", tmp_path / "link"):
        source = GitReading(folder).source
        assert source is not None
        assert (source.root, source.folder) == (project.path, project.path / ".git")


def test_a_folder_that_no_repository_holds_starts_no_git(tmp_path, monkeypatch):
    monkeypatch.setattr("ci.git.call.capture", None)
    git = GitReading(tmp_path)
    assert (git.place, git.commit, git.remote, git.default_branch) == (None, None, "", "")
    assert dict(GitValues(git)) == {"git.branch.is_default": False}
    assert not git.work_tree().repository


@pytest.mark.parametrize("bare", [(), ("--bare",)], ids=["with a work tree", "bare"])
def test_a_repository_is_asked_from_any_folder_below_it_and_through_links(tmp_path, bare):
    subprocess.run(["git", "init", "-q", *bare, str(tmp_path / "top")], check=True)
    (tmp_path / "top" / "below").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "top" / "below")
    assert [no_repository(tmp_path / name) for name in ("top", "top/below", "link")] == [False] * 3
    assert no_repository(tmp_path)


def test_what_was_asked_ahead_is_answered_like_what_is_asked_when_it_is_needed(project: Project) -> None:
    (project.path / "sub" / "file").write_text("edited\n")
    ahead, asked = GitReading(project.path), GitReading(project.path)
    ahead.begin()
    ahead.begin_status()
    assert ahead.commit == asked.commit
    assert (ahead.work_tree(), ahead.remote) == (asked.work_tree(), asked.remote)
    ahead.begin_status()  # as of the run's next workflow
    assert ahead.work_tree().dirty == 1


def test_asking_ahead_leaves_an_error_to_whoever_needs_the_answer(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("nonsense\n")
    reading = GitReading(tmp_path)
    reading.begin()
    reading.begin_status()
    with pytest.raises(UsageError, match="git does not read"):
        reading.work_tree()
