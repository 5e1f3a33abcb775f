"""Pipeline values from real git repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ci.compiler.pipeline_values import DEFAULTS, PipelineValues
from ci.git.git_values import NAMES, GitValues
from ci.git.reading import GitReading

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ann"), ("EMAIL", "ann@example.com"))
    },
}


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def local_values(folder: Path, branch: str | None = None, tag: str | None = None) -> GitValues:
    return GitValues(GitReading(folder), branch, tag)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "topic/one,two")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "Say hello\n\nFirst line.\n\nLast line.")
    return tmp_path


def test_branch_revision_and_commit_are_git_s(repository: Path) -> None:
    values = local_values(repository)
    head = git(repository, "rev-parse", "HEAD")
    assert values["git.branch"] == "topic/one,two"
    assert values["git.tag"] == ""
    assert {values[name] for name in ("git.revision", "git.base_revision", "config.sha", "event.github.after")} == {
        head
    }
    assert values["git.commit.subject"] == "Say hello"
    assert values["git.commit.body"] == "First line.\n\nLast line."
    assert (values["git.commit.author_name"], values["git.commit.author_email"]) == ("Ann", "ann@example.com")


def test_a_folder_below_the_repository_is_in_it(repository: Path) -> None:
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    assert local_values(below)["git.branch"] == "topic/one,two"


def test_of_several_tags_the_first_in_order_counts(repository: Path) -> None:
    for name in ("v2", "v10", "later"):
        git(repository, "tag", name)
    git(repository, "tag", "-a", "annotated", "-m", "x")
    assert local_values(repository)["git.tag"] == "annotated"


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    git(repository, "tag", "v1")
    git(repository, "checkout", "-q", "--detach")
    values = local_values(repository)
    assert (values["git.branch"], values["git.tag"]) == ("", "v1")


def test_a_repository_without_a_commit_has_its_branch_and_the_default_revision(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "first")
    values = PipelineValues(values=local_values(tmp_path)).with_defaults()
    assert values["git.branch"] == "first"
    assert values["git.revision"] == DEFAULTS["git.revision"]


def test_a_folder_without_a_repository_has_the_defaults(tmp_path: Path) -> None:
    values = PipelineValues(values=local_values(tmp_path)).with_defaults()
    for name in ("git.branch", "git.revision", "project.git_url", "project.type", "git.branch.is_default"):
        assert values[name] == DEFAULTS[name]


@pytest.mark.parametrize("there", [True, False])
def test_a_tag_that_was_asked_for_leaves_no_branch(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, there: bool
) -> None:
    folder = repository if there else tmp_path_factory.mktemp("empty")
    values = local_values(folder, branch="dev", tag="v9")
    assert (values["git.tag"], values["git.branch"]) == ("v9", "")


def test_a_branch_that_was_asked_for_leaves_no_tag(repository: Path) -> None:
    git(repository, "tag", "v1")
    values = local_values(repository, branch="dev")
    assert (values["git.tag"], values["git.branch"]) == ("", "dev")


@pytest.mark.parametrize(
    ("remote", "kind", "slug", "url"),
    [
        ("https://github.com/acme/web.git", "github", "gh/acme/web", "https://github.com/acme/web"),
        ("https://user:secret@github.com/acme/web", "github", "gh/acme/web", "https://github.com/acme/web"),
        ("git@github.com:acme/web.git", "github", "gh/acme/web", "https://github.com/acme/web"),
        ("ssh://git@github.com:22/acme/web.git", "github", "gh/acme/web", "https://github.com/acme/web"),
        ("git@bitbucket.org:acme/web.js.git", "bitbucket", "bb/acme/web.js", "https://bitbucket.org/acme/web.js"),
        ("https://gitlab.com/acme/group/web", "gitlab", "gl/acme/group/web", "https://gitlab.com/acme/group/web"),
    ],
)
def test_the_remote_reports_the_project(repository: Path, remote: str, kind: str, slug: str, url: str) -> None:
    git(repository, "remote", "add", "origin", remote)
    values = local_values(repository)
    assert (values["project.type"], values["project.slug"]) == (kind, slug)
    assert values["project.git_url"] == values["git.repo_url"] == values["config.repository.url"] == url
    owner, _, name = slug[3:].rpartition("/")
    assert (values["git.repo_owner"], values["git.repo_name"]) == (owner, name)
    commits = {"github": "commit", "bitbucket": "commits", "gitlab": "-/commit"}[kind]
    assert values["git.commit.url"] == f"{url}/{commits}/{values['git.revision']}"
    assert not any("secret" in str(value) for value in values.values())


@pytest.mark.parametrize("remote", ["/srv/git/web.git", "https://git.example.com/acme/web.git", "C:\\web"])
def test_another_remote_leaves_the_defaults(repository: Path, remote: str) -> None:
    git(repository, "remote", "add", "origin", remote)
    values = PipelineValues(values=local_values(repository)).with_defaults()
    assert values["project.git_url"] == DEFAULTS["project.git_url"]
    assert values["git.repo_name"] == ""


def test_the_default_branch_is_the_remote_s(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", str(repository), ".")
    assert local_values(clone)["git.branch.is_default"] is True
    assert local_values(clone, branch="dev")["git.branch.is_default"] is False
    assert local_values(repository)["git.branch.is_default"] is False


def test_another_repository_in_the_environment_does_not_matter(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q", "-b", "wrong")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert local_values(repository)["git.branch"] == "topic/one,two"


def test_the_user_s_settings_of_git_do_not_matter(repository: Path) -> None:
    git(repository, "tag", "v1")
    for setting in (
        "log.excludeDecoration=refs/tags/*",
        "color.ui=always",
        "log.decorate=no",
        "log.showSignature=true",
    ):
        git(repository, "config", *setting.split("="))
    assert (local_values(repository)["git.branch"], local_values(repository)["git.tag"]) == ("topic/one,two", "v1")


def test_git_is_asked_only_for_what_it_may_know_and_once(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = recorded(tmp_path, monkeypatch)
    values = PipelineValues(values=local_values(repository)).with_defaults()
    assert values["number"] == 1
    assert asked() == []
    assert values["git.branch"] == "topic/one,two"
    assert values["git.tag"] == ""
    assert asked() == ["log"]
    assert values["project.type"] == values["project.type"]
    assert asked() == ["log", "config"]


def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Put a git first on PATH that writes down what it is asked."""
    log, git = tmp_path / "asked", tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\necho "$@" >>{log}\nexec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}{os.pathsep}{os.environ['PATH']}")
    words = ("log", "remote", "symbolic-ref", "config")
    return lambda: [
        next(word for word in line.split() if word in words)
        for line in (log.read_text().splitlines() if log.exists() else [])
    ]


def test_a_machine_without_git_has_the_defaults(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert PipelineValues(values=local_values(repository)).with_defaults().get("git.branch") == DEFAULTS["git.branch"]


def test_every_value_from_git_has_a_default(repository: Path) -> None:
    git(repository, "remote", "add", "origin", "git@github.com:acme/web.git")
    assert set(local_values(repository)) == NAMES
    assert set(DEFAULTS) >= NAMES
