"""Submodules in a job's repository: the user's own, at their state, and nothing of any other place."""

from __future__ import annotations

import os
import subprocess

import pytest

from ci.git.reading import GitReading
from ci.runtime.checkout.checkout import write_tree
from tests.projects import GIT, Project

ALLOW = ("-c", "protocol.file.allow=always")


def git(folder, *words):
    done = subprocess.run([*GIT, *ALLOW, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(folder, **files):
    project = Project(folder)
    folder.mkdir(parents=True)
    project.git("init", "-q")
    for name, text in files.items():
        project.write(name, text)
    project.commit()
    return project


@pytest.fixture
def inner(tmp_path):
    return repository(tmp_path / "inner", file="innermost\n")


@pytest.fixture
def library(tmp_path, inner):
    project = repository(tmp_path / "library", file="content\n", old="x\n", **{".gitignore": "ignored\n"})
    git(project.path, "submodule", "--quiet", "add", str(inner.path), "inner")
    project.commit()
    return project


@pytest.fixture
def user(user, library):
    """The user's repository with a submodule ``sub`` that has one itself."""
    git(user.path, "submodule", "--quiet", "add", str(library.path), "sub")
    git(user.path, "submodule", "--quiet", "update", "--init", "--recursive")
    user.commit("submodule")
    return user


def checked_out(project, tmp_path):
    notes = []
    write_tree(tmp_path / "job", GitReading(project.path).work_tree(), notes.append)
    for name in ("library", "inner"):
        if (tmp_path / name).exists():
            (tmp_path / name).rename(tmp_path / f"{name}.gone")
    return tmp_path / "job", notes


def updated(job, *options):
    """The job's work tree after the step that CircleCI documents, with nothing else on the machine to fetch from."""
    git(job, "submodule", "sync", "-q")
    git(job, "submodule", "--quiet", "update", "--init", *options)
    return job


def content(folder):
    """The text of each file below a folder, git's own aside."""
    return {
        os.path.relpath(os.path.join(place, name), folder): open(os.path.join(place, name)).read()
        for place, _, names in os.walk(folder)
        for name in names
        if "/.git" not in place and name != ".git"
    }


def test_submodules_come_empty_and_update_without_their_remotes(user, tmp_path):
    job, notes = checked_out(user, tmp_path)
    assert notes == []
    assert os.listdir(job / "sub") == []
    assert git(job, "status", "--porcelain") == ""
    updated(job, "--recursive")
    assert (job / "sub/file").read_text() == "content\n"
    assert (job / "sub/inner/file").read_text() == "innermost\n"
    assert git(job, "status", "--porcelain") == ""


def test_uncommitted_files_in_a_submodule_come_with_its_update(user, tmp_path):
    sub = Project(user.path / "sub")
    sub.write("file", "changed\n")
    sub.write("new/file", "new\n")
    sub.write("ignored", "no\n")
    (sub.path / "old").unlink()
    sub.write("staged", "staged\n")
    sub.git("add", "staged")
    Project(sub.path / "inner").write("file", "changed innermost\n")
    before = git(sub.path, "status", "--porcelain"), (user.path / ".git/modules/sub/index").read_bytes()
    tree = GitReading(user.path).work_tree()
    assert tree.dirty == 5
    job, notes = checked_out(user, tmp_path)
    assert notes == [
        "submodule inner has 1 uncommitted file: it comes as a commit of its own",
        "submodule sub has 4 uncommitted files: they come as a commit of its own",
    ]
    assert os.listdir(job / "sub") == []
    updated(job, "--recursive")
    wanted = content(user.path / "sub")
    del wanted["ignored"]
    assert content(job / "sub") == wanted
    assert git(job / "sub", "log", "-2", "--format=%s") == "Uncommitted files\na commit"
    assert (git(sub.path, "status", "--porcelain"), (user.path / ".git/modules/sub/index").read_bytes()) == before


def test_the_same_files_make_the_same_commit(user, tmp_path):
    Project(user.path / "sub").write("file", "changed\n")
    commits = set()
    for name in ("one", "two"):
        job, _ = checked_out(user, tmp_path / name)
        commits.add(git(job, "ls-files", "-s", "sub"))
    assert len(commits) == 1


def test_a_submodule_at_another_commit_comes_at_that(user, tmp_path):
    Project(user.path / "sub").write("file", "committed\n")
    Project(user.path / "sub").commit("mine")
    job, notes = checked_out(user, tmp_path)
    assert notes == ["submodule sub is at another commit than the committed one"]
    assert (updated(job) / "sub/file").read_text() == "committed\n"


def test_a_submodule_that_git_does_not_read_is_reported(user, tmp_path):
    (user.path / ".git/modules/sub/index").write_text("garbage\n")
    job, notes = checked_out(user, tmp_path)
    assert len(notes) == 1
    assert "the uncommitted files of submodule sub are left out: git status failed" in notes[0]
    assert (updated(job) / "sub/file").read_text() == "content\n"


def test_a_link_in_the_place_of_a_submodule_comes_as_the_link(user, private, tmp_path):
    subprocess.run(["rm", "-r", user.path / "sub"], check=True)
    (user.path / "sub").symlink_to(private.path)
    job, _ = checked_out(user, tmp_path)
    assert os.readlink(job / "sub") == str(private.path)


def test_a_submodule_with_its_own_folder_git_comes_too(user, tmp_path):
    """As git made them long ago."""
    place = user.path / "sub/.git"
    place.unlink()
    (user.path / ".git/modules/sub").rename(place)
    git(tmp_path, "config", "--file", str(place / "config"), "--unset", "core.worktree")
    job, _ = checked_out(user, tmp_path)
    assert (updated(job) / "sub/file").read_text() == "content\n"


@pytest.fixture
def private(tmp_path):
    """A repository beside the user's that no job has anything to do with."""
    return repository(tmp_path / "private", secret="secret\n")


HOSTILE = [
    ("absolute name", "{private}/.git", "sub"),
    ("name above", "../../../private/.git", "sub"),
    ("name within", "a/../../../../private/.git", "sub"),
    ("path above", "x", "../private"),
    ("absolute path", "x", "{private}"),
    ("the repository itself", "x", "."),
    ("its own folder", "x", ".git"),
    ("no submodule", "x", "folder"),
    ("through a link", "x", "link"),
    ("below a link", "x", "up/private"),
    ("a name that is a link", "linked", "sub"),
]


@pytest.mark.parametrize(("name", "path"), [each[1:] for each in HOSTILE], ids=[each[0] for each in HOSTILE])
def test_a_hostile_gitmodules_brings_nothing_and_writes_nowhere(user, private, tmp_path, name, path):
    name, path = (text.format(private=private.path) for text in (name, path))
    (user.path / "link").symlink_to(private.path)
    (user.path / "up").symlink_to(tmp_path)
    (user.path / ".git/modules/linked").symlink_to(private.path / ".git")
    git(tmp_path, "clone", "-q", str(private.path), str(user.path / "folder"))
    (user.path / "folder/.git").rename(user.path / "folder/git")
    user.write(".gitignore", "folder\n")
    user.write(".gitmodules", f'[submodule "{name}"]\n\tpath = {path}\n\turl = x\n')
    user.commit("hostile")
    (user.path / "folder/git").rename(user.path / "folder/.git")
    user.git("config", "user.secret", "own-secret")
    before = sorted(map(str, private.path.rglob("*")))
    secret = git(private.path, "rev-parse", "HEAD:secret")
    checked_out(user, tmp_path)
    (tmp_path / "job").rename(tmp_path / "moved")
    assert set(os.listdir(tmp_path)) == {"inner.gone", "library.gone", "moved", "private", "user"}
    assert sorted(map(str, private.path.rglob("*"))) == before
    found = [place for place in (tmp_path / "moved/.git").rglob("*") if place.is_file()]
    assert not [place for place in found if b"own-secret" in place.read_bytes()]
    assert not [place for place in found if f"{place.parent.name}{place.name}" == secret]


def test_a_submodules_settings_have_neither_credentials_nor_programs_in_the_job(user, tmp_path):
    inside = user.path / ".git/modules/sub/config"
    for key, value in (
        ("remote.origin.url", "https://me:secret@example.com/a/b"),
        ("remote.origin.uploadpack", "secret"),
        ("http.extraheader", "Authorization: secret"),
        ("credential.helper", "!secret"),
        ("core.fsmonitor", "secret"),
    ):
        subprocess.run(["git", "config", "--file", inside, key, value], check=True)
    job, _ = checked_out(user, tmp_path)
    text = (job / ".git/modules/sub/config").read_text()
    assert "secret" not in text
    assert "https://example.com/a/b" in text


def test_programs_that_a_submodules_settings_name_do_not_run(user, tmp_path):
    program = f"touch {tmp_path / 'ran'}; cat"
    for key in ("core.fsmonitor", "filter.x.clean", "filter.x.process"):
        git(user.path / "sub", "config", key, program)
    Project(user.path / "sub").write(".gitattributes", "* filter=x\n")
    Project(user.path / "sub").write("file", "changed\n")
    hook = user.write(".git/modules/sub/hooks/post-index-change", f"#!/bin/sh\n{program}\n")
    hook.chmod(0o755)
    job, _ = checked_out(user, tmp_path)
    assert not (tmp_path / "ran").exists()
    assert (updated(job) / "sub/file").read_text() == "changed\n"
