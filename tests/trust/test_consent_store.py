"""The store of consents: private, by project and content, whole or not at all."""

import json
import os
import stat
from pathlib import Path

import pytest

from ci.errors import UsageError
from ci.options.permissions import Permission
from ci.trust.consent_store import Consents

TOKEN = Permission("pass-env", "TOKEN")
HOST = Permission("engine", "host")


@pytest.fixture
def environ(tmp_path):
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_what_was_allowed_is_remembered_and_nothing_else(project, environ):
    Consents.of(project, environ).add([TOKEN])
    again = Consents.of(project, environ)
    assert TOKEN in again
    assert HOST not in again
    assert Permission("pass-folder", "TOKEN") not in again
    assert list(again) == [TOKEN]


def test_a_consent_is_for_one_project_by_whatever_path_it_is_reached(project, environ, tmp_path):
    Consents.of(project, environ).add([TOKEN])
    (tmp_path / "link").symlink_to(project)
    assert TOKEN in Consents.of(tmp_path / "link", environ)
    (tmp_path / "copy").mkdir()
    assert TOKEN not in Consents.of(tmp_path / "copy", environ)


def test_the_store_is_private_whatever_the_umask(project, environ, tmp_path):
    before = os.umask(0)
    try:
        Consents.of(project, environ).add([TOKEN, HOST])
    finally:
        os.umask(before)
    ours = [tmp_path / "state" / "nox-circleci", *(tmp_path / "state" / "nox-circleci").rglob("*")]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in ours if path.is_dir()}
    assert modes == {0o700}
    files = [path for path in ours if path.is_file()]
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_store_that_was_open_to_others_is_closed(project, environ, tmp_path):
    (tmp_path / "state" / "nox-circleci").mkdir(parents=True)
    (tmp_path / "state" / "nox-circleci").chmod(0o777)
    Consents.of(project, environ).add([TOKEN])
    assert stat.S_IMODE((tmp_path / "state" / "nox-circleci").stat().st_mode) == 0o700


def test_revoking_forgets_this_project_alone(project, environ, tmp_path):
    Consents.of(project, environ).add([TOKEN, HOST])
    Consents.of(tmp_path, environ).add([TOKEN])
    assert Consents.of(project, environ).revoke() == 2
    assert list(Consents.of(project, environ)) == []
    assert TOKEN in Consents.of(tmp_path, environ)
    assert Consents.of(project, environ).revoke() == 0


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '"x"', "\xff", "null", "[" * 9000])
def test_a_damaged_consent_allows_nothing(project, environ, content):
    consents = Consents.of(project, environ)
    consents.add([TOKEN])
    [file] = consents.folder.iterdir()
    file.write_text(content, encoding="latin-1")
    assert TOKEN not in consents
    assert list(consents) == []


def test_a_consent_moved_to_another_projects_or_permissions_place_allows_nothing(project, environ, tmp_path):
    consents, other = Consents.of(project, environ), Consents.of(tmp_path, environ)
    consents.add([TOKEN])
    other.add([HOST])
    [file] = consents.folder.iterdir()
    (other.folder / file.name).write_bytes(file.read_bytes())
    assert TOKEN not in other
    content = {"project": str(project), "key": "engine", "value": "host"}
    file.write_text(json.dumps(content))
    assert HOST not in consents
    assert TOKEN not in consents


def test_half_a_consent_is_never_left(project, environ):
    consents = Consents.of(project, environ)
    consents.add([TOKEN])
    consents.add([TOKEN, HOST])
    assert sorted(path.suffix for path in consents.folder.iterdir()) == [".json", ".json"]


def test_the_store_is_below_xdg_state_home_else_below_home(project):
    assert Consents.of(project, {"HOME": "/home/me"}).folder.parent == Path("/home/me/.local/state/nox-circleci/trust")
    relative = Consents.of(project, {"HOME": "/home/me", "XDG_STATE_HOME": "state"})
    assert relative.folder.parent == Path("/home/me/.local/state/nox-circleci/trust")


def test_without_a_home_nothing_is_remembered(project):
    homeless = Consents.of(project, {})
    assert TOKEN not in homeless
    assert list(homeless) == []
    with pytest.raises(UsageError, match="no folder to remember a consent in"):
        homeless.add([TOKEN])


def test_values_that_are_no_text_are_remembered_too(project, environ):
    odd = Permission("share", os.fsdecode(b"/caf\xe9"))
    Consents.of(project, environ).add([odd])
    assert list(Consents.of(project, environ)) == [odd]
