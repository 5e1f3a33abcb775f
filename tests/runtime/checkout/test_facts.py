"""What a checkout gives a job, as facts: those of the job's copy are those of the user's folder, if that stays."""

from __future__ import annotations

import os
import subprocess

import pytest

from ci.git.reading import GitReading
from ci.git.work_tree import WorkTree
from ci.runtime.checkout.checkout import write_tree
from ci.runtime.checkout.facts import facts_now
from tests.projects import GIT, Project


def copied(tree, folder):
    """What a job has seen that has checked out."""
    found = []
    write_tree(folder, tree, lambda line: None, None, found.append)
    return found[0]


def of(project):
    return GitReading(project.path).work_tree()


def change_all_kinds(project):
    project.write("file", "three\n")
    project.write("new", "new\n")
    project.write("a folder/with blanks\tand more", "x")
    project.write("large", "0123456789" * 20_000)
    (project.path / "run.sh").write_text("#!/bin/sh\n")
    (project.path / "run.sh").chmod(0o755)
    (project.path / "link").symlink_to("nowhere")
    (project.path / os.fsdecode(b"latin-\xe9")).write_text("x")
    (project.path / "gone").unlink()
    project.write(".gitignore", "ignored\n")
    project.write("ignored", "x")
    (project.path / "within").mkdir()
    within = Project(project.path / "within")
    within.git("init", "-q")
    within.write("file", "of a repository within\n")


@pytest.fixture
def changed(user):
    user.write("gone", "x")
    user.commit("third")
    change_all_kinds(user)
    return user


def test_the_job_has_what_the_folder_has_whatever_is_not_committed(changed, tmp_path):
    facts = copied(of(changed), tmp_path / "job")
    assert facts == facts_now(of(changed))
    assert facts.unsure == ""
    paths = {"file", "new", "a folder/with blanks\tand more", "large", "run.sh", "link", "gone", ".gitignore"}
    assert paths | {os.fsdecode(b"latin-\xe9"), "within/file"} == facts.files.keys()
    assert {"refs/heads/other", "refs/tags/v1.0", "HEAD", "revision"} < facts.repository.keys()


CHANGES = {
    "content": lambda path: (path / "new").write_text("now\n"),
    "the end of a large file": lambda path: (path / "large").write_text("0123456789" * 19_999 + "012345678x"),
    "permissions": lambda path: (path / "new").chmod(0o700),
    "where a link leads": lambda path: ((path / "link").unlink(), (path / "link").symlink_to("elsewhere")),
    "a file goes": lambda path: (path / "new").unlink(),
    "a file comes back": lambda path: (path / "gone").write_text("x"),
    "a file is ignored": lambda path: (path / ".gitignore").write_text("ignored\nnew\n"),
    "a repository within": lambda path: (path / "within/file").write_text("other\n"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_shows(changed, name):
    before = facts_now(of(changed))
    CHANGES[name](changed.path)
    assert facts_now(of(changed)) != before


def test_what_is_ignored_and_what_is_of_this_program_does_not_count(changed):
    before = facts_now(of(changed))
    changed.write("ignored", "y")
    changed.write(".nox/ci/x", "y")
    assert facts_now(of(changed)) == before


def test_a_file_that_is_changed_while_it_is_copied_counts_as_the_job_has_it(changed, tmp_path, monkeypatch):
    from ci.runtime.checkout import checkout

    write_lfs = checkout.write_lfs

    def change_then(*args):  # the files are copied, and not looked at yet
        changed.write("new", "changed meanwhile\n")
        write_lfs(*args)

    before = facts_now(of(changed))
    monkeypatch.setattr(checkout, "write_lfs", change_then)
    facts = copied(of(changed), tmp_path / "job")
    assert facts == before != facts_now(of(changed))


def test_a_folder_that_is_no_repository_counts_with_all_its_files(tmp_path):
    project = Project(tmp_path / "p")
    project.path.mkdir()
    project.write("deep/file", "x")
    (project.path / "link").symlink_to("deep")
    (project.path / "empty").mkdir()
    os.mkfifo(project.path / "pipe")
    tree = WorkTree(project.path, False)
    before = copied(tree, tmp_path / "job")
    assert before == facts_now(tree)
    assert before.files.keys() == {"deep", "deep/file", "link", "empty"}
    project.write("deep/more", "x")
    assert facts_now(tree) != before


def test_a_submodule_counts_by_its_commit_and_one_with_other_files_is_not_known(user, tmp_path):
    library = Project(tmp_path / "library")
    library.path.mkdir()
    library.git("init", "-q")
    library.write("file", "x")
    library.commit()
    words = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "sub"]
    subprocess.run([*GIT, *words], cwd=user.path, check=True, capture_output=True)
    user.commit("submodule")
    facts = copied(of(user), tmp_path / "job")
    assert facts == facts_now(of(user))
    assert (facts.unsure, "submodule sub" in facts.repository) == ("", True)
    user.write("sub/file", "other")
    assert facts_now(of(user)).unsure == "submodule sub has files that are not committed"
    sub = Project(user.path / "sub")
    sub.commit()
    assert facts_now(of(user)).unsure == "submodule sub is at another commit"
