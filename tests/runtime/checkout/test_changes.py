"""How the user's work tree differs from a revision, and a job's work tree made like it, with real repositories."""

import os

import pytest

from ci.git.reading import GitReading
from ci.runtime.checkout.changes import Changes, apply, make_parents, read_changes


@pytest.fixture
def tree(user):
    """A repository with two files, a folder and a link, all committed."""
    user.write("folder/inner", "inner\n")
    user.write(".gitignore", "ignored\n*.log\n")
    os.symlink("file", user.path / "link")
    user.commit()
    return user


def changes(project):
    source = GitReading(project.path).source
    found = read_changes(source, project.git("rev-parse", "HEAD").strip())
    return {"copied": set(found.copied), "removed": set(found.removed), "submodules": set(found.submodules)}


NOTHING = {"copied": set(), "removed": set(), "submodules": set()}


def test_a_work_tree_as_it_was_committed_has_no_changes(tree):
    assert changes(tree) == NOTHING


@pytest.mark.parametrize(
    ("make", "copied", "removed"),
    [
        (lambda p: p.write("file", "changed"), {"file"}, set()),
        (lambda p: (p.write("file", "changed"), p.git("add", "file")), {"file"}, set()),
        (lambda p: p.write("new", "x"), {"new"}, set()),
        (lambda p: p.write("a/b/c", "x"), {"a/b/c"}, set()),
        (lambda p: p.write("ü \n name", "x"), {"ü \n name"}, set()),
        (lambda p: (p.path / "file").unlink(), set(), {"file"}),
        (lambda p: p.git("rm", "-q", "file"), set(), {"file"}),
        (lambda p: p.git("mv", "file", "moved"), {"moved"}, {"file"}),
        (lambda p: (p.path / "file").chmod(0o755), {"file"}, set()),
        (lambda p: ((p.path / "link").unlink(), p.write("link", "x")), {"link"}, set()),
        (lambda p: p.write("ignored", "x"), set(), set()),
        (lambda p: p.write("folder/x.log", "x"), set(), set()),
        (lambda p: p.write(".nox/ci/runs/1/x", "x"), set(), set()),
        (lambda p: p.write("folder/.nox/x", "x"), set(), set()),
    ],
)
def test_what_is_not_committed_is_copied_or_removed_but_not_what_is_ignored(tree, make, copied, removed):
    make(tree)
    assert changes(tree) == {**NOTHING, "copied": copied, "removed": removed}


def test_of_a_repository_within_what_it_does_not_ignore_is_copied(tree):
    for name, text in (("within/a", "x"), ("within/b.tmp", "x"), ("within/.gitignore", "*.tmp\n")):
        tree.write(name, text)
    tree.git("init", "-q", "within")
    assert changes(tree)["copied"] == {"within/a", "within/.gitignore"}


def test_before_the_first_commit_all_that_is_there_is_new(tmp_path, user):
    (tmp_path / "fresh").mkdir()
    user.git("init", "-q", str(tmp_path / "fresh"))
    (tmp_path / "fresh/staged").write_text("x")
    (tmp_path / "fresh/file").write_text("x")
    user.git("-C", str(tmp_path / "fresh"), "add", "staged")
    found = read_changes(GitReading(tmp_path / "fresh").source, "")
    assert (set(found.copied), found.removed) == ({"staged", "file"}, ())


def test_a_filter_that_is_not_run_is_counted(tree):
    tree.write(".gitattributes", "*.secret filter=crypt\n")
    tree.git("config", "filter.crypt.clean", "cat")
    tree.commit()
    for name in ("a.secret", "b.secret", "c.txt"):
        tree.write(name, "x")
    found = read_changes(GitReading(tree.path).source, tree.git("rev-parse", "HEAD").strip())
    assert found.unfiltered == (("crypt", 2),)


def test_a_work_tree_at_the_revision_is_made_like_the_users(tree, tmp_path):
    job = tmp_path / "job"
    for name in ("file", "folder/inner", "gone/deep/x", "instead/of"):
        (job / name).parent.mkdir(parents=True, exist_ok=True)
        (job / name).write_text("committed")
    tree.write("file", "changed")
    tree.write("instead", "a file now")
    made = Changes(copied=("file", "instead", "vanished"), removed=("gone/deep/x", "instead/of", "never-there"))
    apply(made, GitReading(tree.path).source, job)
    assert {str(each.relative_to(job)) for each in job.rglob("*")} == {"file", "folder", "folder/inner", "instead"}
    assert (job / "file").read_text() == "changed"
    assert (job / "instead").read_text() == "a file now"


def test_nothing_is_written_through_a_link(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "job").mkdir()
    os.symlink(tmp_path / "outside", tmp_path / "job/a")
    (tmp_path / "job/b").write_text("a file")
    made = set()
    make_parents(tmp_path / "job", "a/x", made)
    make_parents(tmp_path / "job", "b/y", made)
    assert made == {"a", "a/x", "b", "b/y"}
    assert os.listdir(tmp_path / "outside") == []
    assert (tmp_path / "job/a/x").is_dir()
    assert (tmp_path / "job/b/y").is_dir()
