"""One virtualenv per interpreter, and a copy of it for each job."""

import os
import subprocess

import pytest

from ci.engines.host.interpreters import find
from ci.engines.host.virtualenvs import copy, exists, template


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A project with a file that is named like a module of Python's."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "venv.py").write_text("open('ran', 'w')")
    return folder


@pytest.fixture(scope="module")
def made(state, hostile):
    before = os.getcwd()
    os.chdir(hostile)
    try:
        return template(find("3", os.environ), state)
    finally:
        os.chdir(before)


def test_no_file_of_the_project_is_code_for_the_making_of_a_template(made, hostile):
    assert made.is_dir()
    assert not (hostile / "ran").exists()


def prefix(python) -> str:
    """The folder that a Python takes for its own."""
    words = [str(python), "-c", "import sys; print(sys.prefix)"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def test_a_template_is_made_once(state, made):
    interpreter = find("3", os.environ)
    assert exists(interpreter, state)
    before = made.stat().st_mtime_ns
    assert template(interpreter, state) == made
    assert made.stat().st_mtime_ns == before
    assert [each for each in made.parent.iterdir() if each != made] == []


@pytest.mark.parametrize("name", ["venv", "a place with blanks", "deep/" * 12 + "d" * 100])
def test_a_copy_uses_its_own_python_in_its_scripts_too(made, tmp_path, name):
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    copy(made, place)
    assert prefix(place / "bin/python") == str(place)
    output = subprocess.run([place / "bin/pip", "--version"], check=True, capture_output=True, text=True).stdout
    assert str(place) in output


def test_what_is_put_into_a_copy_is_in_no_other(made, tmp_path):
    for name in ("one", "two"):
        copy(made, tmp_path / name)
    [packages] = (tmp_path / "one").glob("lib/python*/site-packages")
    (packages / "only_here.py").write_text("")
    assert subprocess.run([tmp_path / "one/bin/python", "-c", "import only_here"]).returncode == 0
    for other in (tmp_path / "two", made):
        assert subprocess.run([other / "bin/python", "-c", "import only_here"], capture_output=True).returncode == 1
