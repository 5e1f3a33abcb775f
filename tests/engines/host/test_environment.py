"""What a job on this machine gets of the user's environment."""

import sys

import pytest

from ci.engines.host.environment import FALLBACK_PATH, environment, search_path
from ci.engines.host.folder_places import FolderPlaces


def made(**environ):
    return dict(environment(environ, FolderPlaces("/job")))


def test_home_and_temporary_folder_are_the_jobs_own():
    found = made(HOME="/users/me", TMPDIR="/users/tmp", PATH="/bin")
    assert (found["HOME"], found["TMPDIR"]) == ("/job/home", "/job/tmp")


def test_the_homes_own_programs_are_found_before_the_users(tmp_path):
    """As in CircleCI's images. https://circleci.com/docs/guides/execution-managed/circleci-images/"""
    assert made(PATH="/usr/bin")["PATH"] == "/job/home/bin:/job/home/.local/bin:/usr/bin"


def test_locale_proxy_and_certificates_pass_and_nothing_else():
    passed = {
        "LANG": "de_DE.UTF-8",
        "LC_TIME": "C",
        "TZ": "UTC",
        "https_proxy": "http://p:1",
        "SSL_CERT_FILE": "/c.pem",
    }
    kept = {"AWS_SECRET_ACCESS_KEY", "CIRCLE_TOKEN", "SSH_AUTH_SOCK", "PYTHONPATH", "GIT_DIR", "VIRTUAL_ENV", "MINE"}
    found = made(**passed, **dict.fromkeys(kept, "/x"))
    assert passed.items() <= found.items()
    assert not kept & set(found)


@pytest.mark.parametrize(
    ("named", "terminal", "expected"),
    [
        ({}, False, "dumb"),
        ({}, True, "xterm"),
        ({"TERM": "dumb"}, True, "xterm"),
        ({"TERM": "screen"}, True, "screen"),
        ({"TERM": "screen"}, False, "screen"),
    ],
)
def test_the_type_of_the_terminal_is_the_users_unless_that_is_dumb(named, terminal, expected):
    assert dict(environment(named, FolderPlaces("/job"), terminal=terminal))["TERM"] == expected


def test_the_virtualenv_that_runs_nox_is_not_on_path():
    path = search_path({"PATH": f"/users/venv/bin:/usr/bin:{sys.prefix}/bin", "VIRTUAL_ENV": "/users/venv"}, [])
    assert "/users/venv/bin" not in path.split(":")
    if sys.prefix != sys.base_prefix:
        assert f"{sys.prefix}/bin" not in path.split(":")
    assert "/usr/bin" in path.split(":")


def test_path_has_absolute_folders_alone_and_the_jobs_own_first():
    assert search_path({"PATH": "bin::/usr/bin:."}, ["/job/venv/bin"]) == "/job/venv/bin:/usr/bin"
    assert search_path({}, []) == FALLBACK_PATH
