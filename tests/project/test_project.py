"""Where a project's files are, and what is reported if they are missing."""

import sys
from pathlib import Path

import pytest

from ci.errors import ConfigError, UsageError
from ci.project.project import find_project, read_config

from ..projects import call, make_project


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


OTHER = """
    version: 2.1
    jobs:
      b:
        docker: [{image: 'cimg/base:stable'}]
        steps: [checkout, run: 'echo from the other; ls kept']
    workflows:
      other: {jobs: [b]}
    """
OWN = OTHER.replace("other:", "own:").replace("from the other", "from its own")


@pytest.fixture
def two_configs(tmp_path):
    made = make_project(tmp_path / "made", OWN, kept="1\n")
    made.write("sub/other.yml", OTHER)
    return made


@pytest.mark.parametrize("words", [["list"], ["graph"], ["process"], ["run", "other", "--dry-run"]])
def test_another_config_is_taken_by_an_option_and_by_a_variable(two_configs, words):
    by_option = two_configs.ci(*words, "--config", "sub/other.yml")
    assert by_option.status == 0, by_option.stderr
    assert "other" in by_option.stdout
    assert "own" not in by_option.stdout
    assert two_configs.ci(*words, CI_CONFIG="sub/other.yml").stdout == by_option.stdout
    assert two_configs.ci(*words, "--config", "sub/other.yml", CI_CONFIG="no/such").stdout == by_option.stdout


def test_another_config_runs_with_the_files_of_the_project(two_configs):
    result = two_configs.run("other", "--config", "sub/other.yml")
    assert result.status == 0, result.stdout
    assert result.output("b").endswith("from the other\nkept\n")


def test_validate_names_the_config_that_it_has_read(two_configs):
    assert two_configs.ci("validate", "--config", "sub/other.yml").stdout == "sub/other.yml is valid.\n"
    two_configs.write("sub/other.yml", "version: 2.1\njobs: 3\n")
    assert "sub/other.yml:2:7: " in two_configs.ci("validate", "--config", "sub/other.yml").stderr
    both = two_configs.ci("validate", "a.yml", "--config", "b.yml")
    assert both.status == 2
    assert "Name one config" in both.stderr


@pytest.mark.parametrize("name", ["no/such.yml", "sub", "~no-such-user/x.yml"])
def test_a_config_that_cannot_be_read_is_one_message(two_configs, name):
    for words in (["list"], ["validate"], ["run", "own"]):
        result = two_configs.ci(*words, "--config", name)
        assert result.status == 2
        assert result.stderr.startswith(f"the config {name} cannot be read: ")
        assert "Traceback" not in result.stderr


def test_the_sessions_are_those_of_the_config_that_a_variable_names(two_configs):
    source = str(Path(__file__).parents[2])
    noxfile = f"import sys\nsys.path.insert(0, {source!r})\nimport ci\nci.register(__file__)\n"
    words = [sys.executable, "-m", "nox", "-f", str(two_configs.write("noxfile.py", noxfile)), "--script-mode", "none"]
    environ = {"CI_PROJECT": "", "CI_CONFIG": "sub/other.yml"}
    listed = call([*words, "--list"], two_configs.path, environ=environ).stdout
    assert "other-b" in listed
    assert "own" not in listed
    run = call([*words, "-s", "other", "--", "--engine", "host"], two_configs.path, environ=environ)
    assert "from the other" in run.stdout


@pytest.mark.parametrize("option", [["--config", "sub/other.yml"], ["--config=sub/other.yml"]])
def test_the_sessions_are_those_of_the_config_that_the_option_names(two_configs, option):
    run = nox_of(two_configs, "-s", "other", "--", "--engine", "host", *option)
    assert "from the other" in run.stdout, run.stderr


def test_a_config_option_of_another_session_changes_no_session(two_configs):
    two_configs.write("ruff.toml", "line-length = 80\n")
    listed = nox_of(two_configs, "--list", "--", "--config", "ruff.toml")
    assert "own-b" in listed.stdout
    assert "ruff.toml" not in listed.stderr
    run = nox_of(two_configs, "-s", "own", "--", "--config", "no/such.yml")
    assert "the config no/such.yml cannot be read" in run.stderr


def nox_of(made, *words):
    source = str(Path(__file__).parents[2])
    noxfile = f"import sys\nsys.path.insert(0, {source!r})\nimport ci\nci.register(__file__)\n"
    start = [sys.executable, "-m", "nox", "-f", str(made.write("noxfile.py", noxfile)), "--script-mode", "none"]
    return call([*start, *words], made.path, environ={"CI_PROJECT": ""})
