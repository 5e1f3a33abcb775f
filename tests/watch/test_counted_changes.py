"""Which changed files count: those that a checkout would copy, and the config."""

import pytest

from ci.watch.changed_files import Change
from ci.watch.counted_changes import WatchedTree
from tests.projects import make_project


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path / "p", "version: 2.1\n", **{"a.py": "1", "kept.log": "1"})
    made.write(".gitignore", "*.log\n.circleci/local.yml\n")
    return made


def counted(project, *names, added=False, repository=True, config=".circleci/config.yml"):
    tree = WatchedTree(project.path, repository, project.path / config)
    return tree.counted([Change(str(project.path / name), added) for name in names])


def test_tracked_and_untracked_files_count_and_ignored_ones_do_not(project):
    for name in ("new.py", "new.log"):
        project.write(name, "1")
    assert counted(project, "a.py", "new.py", "new.log") == ["a.py", "new.py"]


def test_a_tracked_file_counts_although_a_pattern_names_it(project):
    assert counted(project, "kept.log") == ["kept.log"]


def test_without_a_repository_every_file_counts(project):
    project.write("new.log", "1")
    assert counted(project, "new.log", repository=False) == ["new.log"]


def test_the_config_counts_even_if_git_ignores_it(project):
    project.write(".circleci/local.yml", "1")
    assert counted(project, ".circleci/local.yml", config=".circleci/local.yml") == [".circleci/local.yml"]


def test_a_removed_file_counts_and_one_that_has_come_and_gone_does_not(project):
    assert counted(project, "gone.py") == ["gone.py"]
    assert counted(project, "gone.py", added=True) == []


def test_an_empty_folder_does_not_count_and_one_that_came_with_files_does(project):
    (project.path / "empty").mkdir()
    project.write("full/file", "1")
    assert counted(project, "empty", "full", added=True) == ["full"]
    assert counted(project, "full") == [], "its own time is no content"


@pytest.mark.parametrize("name", [".a.py.swp", "a.py~", ".#a.py", "#a.py#", "4913", "a.py___jb_tmp___", ".DS_Store"])
def test_what_editors_keep_beside_a_file_does_not_count(project, name):
    project.write(name, "1")
    assert counted(project, name, added=True) == []


def test_each_repository_below_answers_for_its_own_files(project):
    inner = make_project(project.path / "inner", "version: 2.1\n", **{".gitignore": "*.tmp\n"})
    for name in ("x.tmp", "x.log"):
        inner.write(name, "1")
    assert counted(project, "inner/x.tmp", "inner/x.log", "a.py") == ["a.py", "inner/x.log"]
