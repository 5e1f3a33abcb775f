"""Finding the Python of a version: the running one, PATH, pyenv."""

import os
import platform
import sys

import pytest

from ci.engines.host.interpreters import ask, candidates, find, fits, missing

FULL = ".".join(map(str, sys.version_info[:3]))
SHORT = ".".join(map(str, sys.version_info[:2]))


def fake(path, version):
    """A program that answers as a Python of that version would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' {version} {path}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("version", "wanted", "fit"),
    [("3.1.4", "3.1", True), ("3.11.4", "3.1", False), ("3.6.15", "3.6.15", True), ("3.6.1", "3.6.15", False)],
)
def test_a_version_fits_by_whole_numbers(version, wanted, fit):
    assert fits(version, wanted) is fit


@pytest.mark.parametrize("version", ["3", SHORT, FULL])
def test_the_running_python_is_taken_first_and_is_never_a_virtualenv(version):
    found = find(version, {"PATH": ""})
    assert found is not None
    assert found.version == platform.python_version()
    assert os.path.realpath(found.executable) == os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def test_path_comes_before_pyenv(tmp_path):
    own = fake(tmp_path / "bin/python2.9", "2.9.1")
    fake(tmp_path / "pyenv/versions/2.9.3/bin/python2.9", "2.9.3")
    found = find("2.9", {"PATH": str(tmp_path / "bin"), "PYENV_ROOT": str(tmp_path / "pyenv")})
    assert found is not None
    assert (found.version, found.executable) == ("2.9.1", own)


def test_of_pyenvs_the_highest_patch_is_taken(tmp_path):
    for patch in (2, 10, 9):
        fake(tmp_path / f"versions/2.9.{patch}/bin/python2.9", f"2.9.{patch}")
    found = find("2.9", {"PATH": "", "PYENV_ROOT": str(tmp_path)})
    assert found is not None
    assert found.version == "2.9.10"


def test_a_shim_that_does_not_run_is_passed_over(tmp_path):
    shim = tmp_path / "shims/python2.9"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho 'pyenv: python2.9: command not found' >&2; exit 127\n")
    shim.chmod(0o755)
    fake(tmp_path / "versions/2.9.3/bin/python2.9", "2.9.3")
    environ = {"PATH": str(shim.parent), "PYENV_ROOT": str(tmp_path)}
    assert ask(str(shim), environ) is None
    assert next(candidates("2.9", environ)) == str(shim)
    found = find("2.9", environ)
    assert found is not None
    assert found.version == "2.9.3"


def test_what_is_not_there_or_no_version_is_none_and_reported(tmp_path):
    environ = {"PATH": "", "PYENV_ROOT": str(tmp_path)}
    assert find("2.9", environ) is None
    assert find("latest", environ) is None
    assert "pyenv install 2.9" in missing("2.9")
    assert "'latest' is not a version" in missing("latest")
