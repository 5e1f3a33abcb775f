"""The user's repository as a run sees it, and what is reported if git does not read it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from ci.errors import UsageError
from ci.git.reading import GitReading
from ci.run.passed_folders import named_folders
from tests.projects import Project, make_project

CONFIG = """
    version: 2.1
    jobs: {build: {docker: [{image: x}], steps: [checkout]}}
    workflows: {w: {jobs: [build]}}
    """


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project", CONFIG, **{"sub/file": "x\n"})


def refused(folder):
    """What a run says of a repository that git does not read; ``validate`` and ``doctor`` see the same."""
    with pytest.raises(UsageError) as error:
        GitReading(folder).work_tree()
    (problem,) = error.value.problems
    assert [each.message for each in GitReading(folder).problems()] == [problem.message]
    return problem


def test_a_folder_without_a_repository_is_a_bare_folder(tmp_path):
    assert not GitReading(tmp_path).work_tree().repository
    assert GitReading(tmp_path).problems() == ()
    (tmp_path / ".git").mkdir()  # as a container engine makes for a volume
    assert not GitReading(tmp_path).work_tree().repository


@pytest.mark.parametrize(
    "damage",
    [
        "echo garbage > .git/HEAD",
        ": > .git/HEAD",
        "rm .git/HEAD",
        "echo '[core' > .git/config",
        ": > .git/refs/heads/main",
        "echo 1234567890123456789012345678901234567890 > .git/refs/heads/main",
        "rm -r .git; echo 'gitdir: /nowhere' > .git",
        "rm -r .git; ln -s /nowhere .git",
    ],
)
def test_a_damaged_repository_is_an_error_that_quotes_git(project, damage):
    subprocess.run(["sh", "-c", damage], cwd=project.path, check=True)
    for folder in (project.path, project.path / "sub"):
        problem = refused(folder)
        assert f"git does not read the repository in {project.path}: fatal: " in problem.message
        assert f"mv {project.path}/.git " in problem.hint


def test_a_damaged_repository_within_another_is_not_taken_for_a_part_of_that(project):
    inner = project.path / "sub"
    subprocess.run(["git", "init", "-q"], cwd=inner, check=True)
    assert GitReading(inner).work_tree().root == inner
    (inner / ".git/HEAD").write_text("garbage\n")
    assert f"git does not read the repository in {inner}" in refused(inner).message


def test_a_repository_of_another_owner_is_an_error_with_gits_own_advice(project, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    problem = refused(project.path)
    assert "detected dubious ownership" in problem.message
    assert problem.hint.endswith(f"git config --global --add safe.directory {project.path}")


def test_a_repository_on_a_machine_without_git_is_an_error(project, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    problem = refused(project.path)
    assert "there is no git on PATH" in problem.message
    assert "apt-get install git" in problem.hint


def test_a_repository_whose_settings_name_another_work_tree_is_an_error(project, tmp_path):
    (tmp_path / "private").mkdir()
    project.git("config", "core.worktree", str(tmp_path / "private"))
    assert "core.worktree" in refused(project.path).message


def test_a_repository_without_a_commit_is_none_of_these(tmp_path):
    project = Project(tmp_path)
    project.git("init", "-q")
    assert (GitReading(tmp_path).work_tree().repository, GitReading(tmp_path).work_tree().revision) == (True, "")
    assert GitReading(tmp_path).problems() == ()


def test_worktrees_and_submodules_are_repositories_of_their_own(project, tmp_path):
    project.git("worktree", "add", "-q", str(tmp_path / "tree"))
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(project.path), "inner")
    for folder in (tmp_path / "tree", project.path / "inner"):
        assert GitReading(folder).work_tree().root == folder


def test_a_folder_of_the_users_that_git_does_not_read_is_an_error_too(project):
    (project.path / ".git/HEAD").write_text("garbage\n")
    with pytest.raises(UsageError, match="git does not read"):
        named_folders(["SOURCE"], {"SOURCE": str(project.path)})


def test_run_validate_and_doctor_say_that_git_does_not_read_the_repository(project):
    (project.path / ".git/HEAD").write_text("garbage\n")
    for words in (["run", "w", "--engine", "host"], ["run", "w", "--engine", "host", "--dry-run"]):
        done = project.ci(*words)
        assert done.status == 2
        assert "git does not read the repository" in done.stderr
        assert "not a git repository" in done.stderr
        assert "Traceback" not in done.stderr
    validated = project.ci("validate")
    assert validated.status == 0
    assert "warning: git does not read the repository" in validated.stderr
    assert "git does not read the repository" in project.ci("doctor").stdout


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE"])
def test_another_repository_in_the_environment_is_not_followed(project, tmp_path, monkeypatch, name):
    other = make_project(tmp_path / "other", CONFIG)
    other.git("branch", "-m", "wrong")
    expected = GitReading(project.path).work_tree()
    place = other.path if name == "GIT_WORK_TREE" else other.path / ".git"
    monkeypatch.setenv(name, str(place / "index" if name == "GIT_INDEX_FILE" else place))
    assert GitReading(project.path).work_tree() == expected
    assert GitReading(project.path).place.top == project.path


def hostile(project, ran):
    """Name a program wherever the repository's own settings can."""
    program = f"touch {ran}; cat"
    hook = project.write("../hooks/any", f"#!/bin/sh\n{program}\n")
    hook.chmod(0o755)
    for name in ("post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"):
        for folder in (project.path / ".git/hooks", hook.parent):
            folder.mkdir(exist_ok=True)
            shutil.copy(hook, folder / name)
    for key in (
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "diff.external",
        "diff.x.textconv", "diff.x.command", "filter.x.clean", "filter.x.smudge", "filter.x.process", "gpg.program",
        "credential.helper", "pager.status", "pager.log", "alias.status", "remote.origin.uploadpack",
    ):  # fmt: skip
        value = f"!{program}" if key in ("alias.status", "credential.helper") else program
        project.git("config", key, value)
    for key, value in (
        ("core.hooksPath", str(hook.parent)), ("filter.x.required", "true"), ("log.showSignature", "true"),
        ("remote.origin.url", f"ext::sh -c {program}"), ("remote.origin.promisor", "true"),
        ("protocol.ext.allow", "always"), ("extensions.partialClone", "origin"), ("status.submoduleSummary", "true"),
    ):  # fmt: skip
        project.git("config", key, value)


def test_programs_that_the_repositorys_own_settings_name_do_not_run(project, tmp_path):
    project.write(".gitattributes", "* filter=x diff=x\n")
    project.commit()
    ran = tmp_path / "ran"
    hostile(project, ran)
    project.write("sub/file", "changed\n")
    os.utime(project.path / ".gitattributes")  # git reads it again
    for words in (
        ["run", "w", "--engine", "host", "--dry-run"],
        ["validate"],
        ["list"],
        ["run", "w", "--engine", "host"],
    ):
        done = project.ci(*words)
        assert done.status == 0, done.stdout + done.stderr
        assert not ran.exists(), words
    assert "filter 'x' of this repository's own .git/config is not run: 1 file is copied as it is" in done.stdout


def test_filters_of_the_users_own_settings_run(project, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    subprocess.run(["git", "config", "--global", "filter.up.clean", "tr a-z A-Z"], check=True)
    project.write(".gitattributes", "sub/file filter=up\n")
    project.git("add", "--renormalize", ".")
    project.commit()
    project.git("config", "filter.up.clean", f"touch {tmp_path}/ran; cat")
    os.utime(project.path / "sub/file", (1, 1))
    assert GitReading(project.path).work_tree().dirty == 0
    assert not (tmp_path / "ran").exists()


def test_a_filter_whose_name_git_would_misread_is_refused(project):
    project.git("config", "filter.x=y.clean", "true")
    with pytest.raises(UsageError, match="filter called 'x=y'"):
        GitReading(project.path).work_tree()
