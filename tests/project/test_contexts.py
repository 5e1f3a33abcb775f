"""Contexts from files of this machine. https://circleci.com/docs/guides/security/contexts/"""

import subprocess

import pytest

from ci.errors import UsageError
from ci.project.contexts import has_values, read_context


@pytest.fixture
def places(tmp_path):
    project, home = tmp_path / "project", tmp_path / "home"
    for folder in (project, home):
        (folder / ".circleci" / "contexts").mkdir(parents=True)
    return project, home


def write(folder, name, text, mode=0o600):
    file = folder / ".circleci" / "contexts" / f"{name}.env"
    file.write_text(text)
    file.chmod(mode)
    return file


def test_a_context_without_a_file_is_none(places):
    assert read_context("org", *places) is None


def test_the_projects_file_counts_before_the_home_folders(places):
    write(places[1], "org", "A=home\n")
    assert read_context("org", *places) == (("A", "home"),)
    write(places[0], "org", "A=project\n")
    assert read_context("org", *places) == (("A", "project"),)


def test_a_name_may_have_blanks_and_cannot_leave_the_folder(places, tmp_path):
    write(places[0], "my context", "A=1\n")
    (tmp_path / "project" / ".circleci" / "out.env").write_text("A=stolen\n")
    assert read_context("my context", *places) == (("A", "1"),)
    assert read_context("../out", *places) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_open_is_an_error_with_the_command_that_fixes_it(places, mode):
    file = write(places[0], "org", "A=1\n", mode)
    with pytest.raises(UsageError) as caught:
        read_context("org", *places)
    assert f"chmod 600 {file}" in str(caught.value)


def test_a_context_has_values_if_its_file_has_a_variable_or_is_one_that_a_run_refuses(places):
    assert not has_values("org", *places)
    file = write(places[0], "org", "# none\n")
    assert not has_values("org", *places)
    file.write_text("A=1\n")
    assert has_values("org", *places)
    file.chmod(0o644)
    assert has_values("org", *places)


def test_a_file_that_git_tracks_is_an_error(places):
    file = write(places[0], "org", "A=1\n")
    subprocess.run(["git", "init", "-q", str(places[0])], check=True)
    assert read_context("org", *places) == (("A", "1"),)
    subprocess.run(["git", "-C", str(places[0]), "add", "-f", str(file)], check=True)
    with pytest.raises(UsageError, match="git tracks it"):
        read_context("org", *places)
