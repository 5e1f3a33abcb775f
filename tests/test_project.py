"""Where a project's files are, and what is said where they are not."""

import pytest

from ci.errors import ConfigError, UsageError
from ci.project import find_project, read_config


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / ".circleci").mkdir(parents=True)
    (folder / ".circleci" / "config.yml").write_text("version: 2.1\n")
    (folder / "a" / "b").mkdir(parents=True)
    return folder


def test_the_project_is_the_nearest_folder_from_here_up_that_has_a_config(project):
    assert find_project(project / "a" / "b", {}).root == project


def test_ci_project_names_another_one_and_its_state_is_kept_there(project, tmp_path):
    found = find_project(tmp_path, {"CI_PROJECT": str(project)})
    assert found.root == project
    assert found.state == project / ".nox" / "ci"


def test_ci_project_that_is_no_folder_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="CI_PROJECT names no folder"):
        find_project(tmp_path, {"CI_PROJECT": str(tmp_path / "gone")})


def test_where_there_is_no_config_the_error_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match=r"there is no \.circleci/config\.yml") as caught:
        read_config(find_project(tmp_path, {"CI_PROJECT": str(tmp_path)}))
    assert "CI_PROJECT=FOLDER" in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_text(project):
    (project / ".circleci" / "config.yml").write_bytes(b"\xef\xbb\xbfversion: 2.1\n")
    assert read_config(find_project(project, {})) == "version: 2.1\n"


def test_a_file_that_is_not_utf_8_is_an_error_with_its_place(project):
    (project / ".circleci" / "config.yml").write_bytes(b"version: 2.1\n# caf\xe9\n")
    with pytest.raises(ConfigError) as caught:
        read_config(find_project(project, {}))
    assert str(caught.value).startswith(".circleci/config.yml:2:6: not UTF-8")
