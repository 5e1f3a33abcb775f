"""The seal of a record: the user's own run, in that project, with what it was allowed."""

from dataclasses import replace
from pathlib import Path

import pytest

from ci.pipeline.record_seal import is_sealed, seal

from ..record.records import job, run, workflow

HOLD = job("hold", "success", kind="approval")
RECORD = run(workflow("w", job("build"), HOLD), options={"engine": "host"}, branch="main")


@pytest.fixture
def environ(tmp_path):
    return {"HOME": str(tmp_path / "home")}


def project(record):
    return Path(record.project)


def test_a_record_is_the_users_own_as_long_as_nothing_in_it_has_changed(environ):
    record = replace(RECORD, seal=seal(RECORD, environ))
    assert is_sealed(record, project(record), environ)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "20261126-120000-fedcba"},
        {"options": {"engine": "host", "share": ["/"]}},
        {"parameters": {"who": "me"}},
        {"branch": "other"},
        {"tag": "v1"},
        {"workflows": (workflow("w", job("build", kind="approval"), HOLD),)},
        {"seal": ""},
        {"seal": "\xe9"},
    ],
)
def test_a_record_that_was_changed_is_not(environ, change):
    record = (
        replace(RECORD, seal=seal(RECORD, environ), **change) if "seal" not in change else replace(RECORD, **change)
    )
    assert not is_sealed(record, project(record), environ)


def test_a_record_counts_in_its_own_project_alone(environ):
    record = replace(RECORD, seal=seal(RECORD, environ))
    assert not is_sealed(record, Path("/home/me/another"), environ)


def test_another_user_has_another_seal(environ, tmp_path):
    record = replace(RECORD, seal=seal(RECORD, {"HOME": str(tmp_path / "other")}))
    assert not is_sealed(record, project(record), environ)


def test_a_cache_folder_in_the_project_has_no_key(tmp_path):
    environ = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "project/.cache")}
    assert seal(replace(RECORD, project=str(tmp_path / "project")), environ) == ""
    assert seal(replace(RECORD, project=str(tmp_path / "elsewhere")), environ) != ""
