"""A user's repository, and what tests of its checkout ask of git."""

from __future__ import annotations

import pytest

from tests.projects import Project


@pytest.fixture
def user(tmp_path):
    """A repository with two commits, a tag and another branch."""
    project = Project(tmp_path / "user")
    project.path.mkdir()
    project.git("init", "-q")
    project.write("file", "one\n")
    project.commit("first")
    project.git("tag", "-a", "v1.0", "-m", "release")
    project.git("branch", "other")
    project.write("file", "two\n")
    project.commit("second")
    return project
