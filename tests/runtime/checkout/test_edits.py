"""Files that were edited since the checkout: which ones, by the rules of the checkout."""

import subprocess

import pytest

from ci.git.work_tree import WorkTree
from ci.runtime.checkout.edits import Edits, edits_between, stamps
from tests.projects import GIT


@pytest.fixture(params=[True, False], ids=["repository", "folder"])
def tree(request, tmp_path):
    folder = tmp_path / "tree"
    folder.mkdir()
    for name in ("kept", "changed", "removed", "sub/inner", ".nox/state"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("one\n")
    (folder / ".gitignore").write_text("ignored\n.nox\n")
    if request.param:
        subprocess.run([*GIT, "init", "-q"], cwd=folder, check=True)
        subprocess.run([*GIT, "add", "-A"], cwd=folder, check=True)
        subprocess.run([*GIT, "commit", "-qm", "one"], cwd=folder, check=True)
    return WorkTree(folder, request.param)


def test_what_was_changed_added_and_removed_is_found(tree):
    before = stamps(tree)
    (tree.root / "changed").write_text("longer\n")
    (tree.root / "sub/new").write_text("")
    (tree.root / "link").symlink_to("kept")
    (tree.root / "removed").unlink()
    edits = edits_between(before, stamps(tree))
    assert edits == Edits(("changed", "link", "sub/new"), ("removed",))
    assert edits.lines() == ("M changed", "M link", "M sub/new", "D removed")


def test_a_mode_is_a_change(tree):
    before = stamps(tree)
    (tree.root / "kept").chmod(0o755)
    assert edits_between(before, stamps(tree)).changed == ("kept",)


def test_nothing_is_found_if_nothing_was_edited(tree):
    assert edits_between(stamps(tree), stamps(tree)) == Edits()


def test_the_state_of_runs_is_never_an_edit(tree):
    before = stamps(tree)
    (tree.root / ".nox/state").write_text("another\n")
    assert edits_between(before, stamps(tree)) == Edits()


def test_what_git_ignores_is_never_an_edit(tree):
    before = stamps(tree)
    (tree.root / "ignored").write_text("another\n")
    assert edits_between(before, stamps(tree)).changed == (() if tree.repository else ("ignored",))
