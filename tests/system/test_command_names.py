"""Messages name programs as their reader starts them."""

import sys
from pathlib import Path

import pytest

from ci.errors import PROGRAM
from ci.system.command_names import nox_command


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


def test_a_clone_has_the_program_as_a_module():
    assert PROGRAM == "python -m ci"
