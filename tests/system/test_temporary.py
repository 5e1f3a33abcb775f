"""Temporary folders are where ``tempfile`` makes them, and nobody else's."""

import os
import subprocess
import sys

import pytest

from ci.system import temporary
from ci.system.temporary import Owner, new_folder, start_time, temporary_folder
from tests.patience import alive, eventually
from tests.projects import ROOT

ASK = "from ci.system.temporary import temporary_place; print(temporary_place())"
STANDARD = "import tempfile; print(tempfile.gettempdir())"


def printed(code, folder, **variables):
    environ = {name: value for name, value in os.environ.items() if name not in ("TMPDIR", "TEMP", "TMP")}
    environ |= {"PYTHONPATH": str(ROOT), **variables}
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=environ, check=True, capture_output=True).stdout


@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "TMP"])
@pytest.mark.parametrize(
    "value", ["{folder}", "{folder}/../{name}", "{folder}/absent", "relative", "", "{folder}/file"]
)
def test_the_place_is_the_one_that_tempfile_finds(tmp_path, name, value):
    (tmp_path / "relative").mkdir()
    (tmp_path / "file").touch()
    variables = {name: value.format(folder=tmp_path, name=tmp_path.name)}
    assert printed(ASK, tmp_path, **variables) == printed(STANDARD, tmp_path, **variables)


def test_a_new_folder_is_its_users_alone_and_another_one_each_time(tmp_path):
    made = {new_folder("some-", tmp_path) for _ in range(100)}
    assert len(made) == 100
    assert {os.stat(each).st_mode & 0o777 for each in made} == {0o700}
    assert {os.path.dirname(each) for each in made} == {str(tmp_path)}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads /proc")
def test_an_owner_that_has_ended_is_dead_although_nobody_has_asked_for_its_status():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = Owner(child.pid, start_time(child.pid))
    assert owner.alive()
    child.stdin.close()
    assert eventually(lambda: not alive(child.pid))
    assert not owner.alive()
    child.wait()


def test_an_interruption_right_after_a_folder_was_made_leaves_none(tmp_path, monkeypatch):
    make = os.mkdir

    def interrupted(path, mode):
        make(path, mode)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "mkdir", interrupted)
    with pytest.raises(KeyboardInterrupt), temporary_folder("some-", tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_of_the_removal_leaves_nothing(tmp_path, monkeypatch):
    remove, calls = temporary.remove_tree, []

    def interrupted(path):
        calls.append(path)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return remove(path)

    monkeypatch.setattr(temporary, "remove_tree", interrupted)
    with pytest.raises(KeyboardInterrupt), temporary_folder("some-", tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []
