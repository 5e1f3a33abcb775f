"""The user's folders that passed variables name: they go to where the steps are."""

import pytest

from ci.git.call import ask
from ci.run.passed_folders import named_folders


@pytest.fixture
def folders(tmp_path):
    for name in ("repository/below", "bare"):
        (tmp_path / name).mkdir(parents=True)
    ask(tmp_path / "repository", "init", "--quiet")
    (tmp_path / "file").write_text("")
    return tmp_path


def named(folders, **environ):
    return [(name, tree.root) for name, tree in named_folders(environ, environ)]


def test_a_variable_names_a_folder_by_an_absolute_path(folders):
    assert named(folders, A=f"{folders}/bare") == [("A", folders / "bare")]
    assert named(folders, A="bare", B=f"{folders}/gone", C=f"{folders}/file", D="") == []


def test_a_variable_without_a_value_names_nothing(folders):
    assert named_folders(["A"], {}) == ()


def test_a_folder_within_a_repository_is_that_folder_alone(folders):
    assert named(folders, A=f"{folders}/repository/below", B=f"{folders}/repository") == [
        ("A", folders / "repository/below"),
        ("B", folders / "repository"),
    ]


def test_a_variable_that_is_asked_for_twice_is_passed_once(folders):
    assert len(named_folders(["A", "A"], {"A": f"{folders}/bare"})) == 1
