"""Messages name programs as their reader starts them."""

import sys
from pathlib import Path

import pytest

from ci.system import command_names
from ci.system.command_names import forget_sessions, name_session, nox_command, typed_command, usage_name


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """A project whose virtualenv `.venv` runs this, with nothing of it on PATH."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for name in ("python", "nox"):
        (tmp_path / ".venv/bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / ".venv/bin" / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv/bin/python"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".venv/bin"


def test_nox_is_its_path_where_the_path_variable_does_not_find_it(environment, monkeypatch):
    assert nox_command() == ".venv/bin/nox"
    monkeypatch.chdir("/usr")
    assert nox_command() == str(environment / "nox")


def test_nox_is_its_name_where_the_path_variable_finds_it_or_where_it_is_not_installed(environment, monkeypatch):
    monkeypatch.setenv("PATH", f"{environment}:/usr/bin:/bin")
    assert nox_command() == "nox"
    (environment / "nox").unlink()
    assert nox_command() == "nox"


def test_another_nox_on_the_path_is_not_the_one_that_is_meant(environment, tmp_path, monkeypatch):
    other = Path(tmp_path / "other")
    other.mkdir()
    (other / "nox").write_text("#!/bin/sh\n")
    (other / "nox").chmod(0o755)
    monkeypatch.setenv("PATH", str(other))
    assert nox_command() == ".venv/bin/nox"


def test_a_clone_has_the_program_as_a_module_of_the_python_that_runs(environment, monkeypatch):
    assert typed_command("runs") == ".venv/bin/python -m ci runs"
    monkeypatch.setenv("PATH", f"{environment}:/usr/bin:/bin")
    assert typed_command("runs") == "python -m ci runs"


def test_a_virtualenvs_python_is_not_the_systems_that_it_links_to(environment, monkeypatch):
    system = environment.parents[1] / "usr"
    system.mkdir()
    (environment / "python").rename(system / "python")
    (environment / "python").symlink_to(system / "python")
    monkeypatch.setenv("PATH", str(system))
    assert typed_command("runs") == ".venv/bin/python -m ci runs"


@pytest.fixture
def installed(environment, monkeypatch):
    """The same, with the package installed in that virtualenv."""
    monkeypatch.setattr(command_names, "_IS_CLONE", False)
    for name in ("nox-circleci", "circleci-local"):
        (environment / name).write_text("#!/bin/sh\n")
        (environment / name).chmod(0o755)
    return environment


@pytest.mark.parametrize(
    ("running", "named"),
    [("circleci-local", "circleci-local"), ("nox-circleci", "nox-circleci"), ("nox", "nox-circleci")],
)
def test_an_installed_package_has_the_program_that_runs(installed, monkeypatch, running, named):
    monkeypatch.setattr(sys, "argv", [str(installed / running)])
    assert typed_command("runs --json") == f".venv/bin/{named} runs --json"
    monkeypatch.setenv("PATH", str(installed))
    assert typed_command("runs --json") == f"{named} runs --json"


def test_a_package_without_its_programs_is_started_as_a_module(installed, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["nox"])
    (installed / "nox-circleci").unlink()
    assert typed_command("runs") == ".venv/bin/python -m nox_circleci runs"


@pytest.fixture
def sessions(environment, monkeypatch):
    """The same under nox, where the config has taken the name ``log``."""
    monkeypatch.setattr(sys, "argv", [".venv/bin/nox", "-s", "log"])
    name_session(["run", "log"], "log")
    name_session(["log"], "ci-log")
    yield
    forget_sessions()


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        ("log", "-s ci-log"),
        ("log -1 build --step 3", "-s ci-log -- -1 build --step 3"),
        ("run log -j build", "-s log -- -j build"),
        ("run WORKFLOW", "-s WORKFLOW"),
        ("list", "--list"),
    ],
)
def test_under_nox_a_command_is_named_by_its_session(sessions, command, typed):
    assert typed_command(command) == f".venv/bin/nox {typed}"


@pytest.mark.parametrize("command", ["trust", "run -j build", "orbs fetch"])
def test_under_nox_a_command_without_a_session_is_named_with_the_program(sessions, command):
    assert typed_command(command) == f".venv/bin/python -m ci {command}"


def test_a_usage_line_under_nox_ends_with_the_dashes(sessions):
    assert usage_name("log") == ".venv/bin/nox -s ci-log --"


@pytest.mark.parametrize("option", [["-f", "other.py"], ["--noxfile", "other.py"], ["--noxfile=other.py"]])
def test_the_noxfile_that_was_named_is_named_again(sessions, monkeypatch, option):
    monkeypatch.setattr(sys, "argv", [".venv/bin/nox", *option, "-s", "log"])
    assert typed_command("log") == f".venv/bin/nox {' '.join(option)} -s ci-log"


def test_another_project_is_named_too(environment, monkeypatch):
    monkeypatch.setenv("CI_PROJECT", "../my project")
    assert typed_command("runs") == "CI_PROJECT='../my project' .venv/bin/python -m ci runs"
