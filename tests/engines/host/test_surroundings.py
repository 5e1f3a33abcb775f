"""What a job on this machine gets of the user's environment."""

import sys

import pytest

from ci.engines.host.surroundings import FALLBACK_PATH, caches, environment, search_path


def made(**environ):
    return dict(environment(environ, "/job/home", "/job/tmp"))


def test_home_and_temporary_folder_are_the_jobs_own():
    found = made(HOME="/users/me", TMPDIR="/users/tmp", PATH="/bin")
    assert (found["HOME"], found["TMPDIR"]) == ("/job/home", "/job/tmp")


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


def test_the_virtualenv_that_runs_nox_is_not_on_path():
    path = search_path({"PATH": f"/users/venv/bin:/usr/bin:{sys.prefix}/bin", "VIRTUAL_ENV": "/users/venv"})
    assert "/users/venv/bin" not in path.split(":")
    if sys.prefix != sys.base_prefix:
        assert f"{sys.prefix}/bin" not in path.split(":")
    assert "/usr/bin" in path.split(":")


def test_path_has_absolute_folders_alone_and_the_jobs_own_first():
    assert search_path({"PATH": "bin::/usr/bin:."}, "/job/venv/bin") == "/job/venv/bin:/usr/bin"
    assert search_path({}) == FALLBACK_PATH


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has its caches elsewhere")
def test_the_users_caches_are_named_by_the_tools_own_variables(tmp_path):
    found = dict(caches({}, tmp_path))
    assert found["PIP_CACHE_DIR"] == f"{tmp_path}/.cache/pip"
    assert found["UV_CACHE_DIR"] == f"{tmp_path}/.cache/uv"
    assert found["npm_config_cache"] == f"{tmp_path}/.npm"
    assert found["GRADLE_USER_HOME"] == f"{tmp_path}/.gradle"
    assert found["MAVEN_OPTS"] == f"-Dmaven.repo.local={tmp_path}/.m2/repository"


def test_what_the_user_has_set_for_a_cache_stays(tmp_path):
    found = dict(caches({"PIP_CACHE_DIR": "/cache/pip", "MAVEN_OPTS": "-Xmx1g"}, tmp_path))
    assert (found["PIP_CACHE_DIR"], found["MAVEN_OPTS"]) == ("/cache/pip", "-Xmx1g")


def test_a_home_with_a_blank_is_not_put_into_mavens_options_which_are_split_there(tmp_path):
    assert "MAVEN_OPTS" not in dict(caches({}, tmp_path / "a b"))
