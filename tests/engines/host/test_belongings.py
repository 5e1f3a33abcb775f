"""What of the user's a job on this machine gets, and what it must not see."""

import os
import pwd
import sys

import pytest

from ci.engines.host.belongings import Belongings, caches, credentials, user_home, version_managers

linux = pytest.mark.skipif(sys.platform == "darwin", reason="macOS has its caches elsewhere")


def made(home, *folders, view=False, **environ):
    for folder in folders:
        (home / folder).mkdir(parents=True)
    return caches({"HOME": str(home), **environ}, view)


@linux
def test_caches_are_named_by_the_tools_own_variables(tmp_path):
    found = dict(made(tmp_path, "go/pkg/mod", ".cache/go-build").variables)
    assert found == {
        "PIP_CACHE_DIR": f"{tmp_path}/.cache/pip",
        "UV_CACHE_DIR": f"{tmp_path}/.cache/uv",
        "npm_config_cache": f"{tmp_path}/.npm",
        "GOMODCACHE": f"{tmp_path}/go/pkg/mod",
        "GOCACHE": f"{tmp_path}/.cache/go-build",
        "MAVEN_OPTS": f"-Dmaven.repo.local={tmp_path}/.m2/repository",
    }


def test_what_the_user_has_set_for_a_cache_stays(tmp_path):
    found = dict(made(tmp_path, PIP_CACHE_DIR="/cache/pip", MAVEN_OPTS="-Xmx1g").variables)
    assert (found["PIP_CACHE_DIR"], found["MAVEN_OPTS"]) == ("/cache/pip", "-Xmx1g")


def test_a_home_with_a_blank_is_not_put_into_mavens_options_which_are_split_there(tmp_path):
    assert "MAVEN_OPTS" not in dict(made(tmp_path / "a b").variables)


@pytest.mark.parametrize("view", [False, True])
def test_no_folder_that_holds_settings_or_credentials_is_shared(tmp_path, view):
    found = made(tmp_path, ".gradle/caches/modules-2", ".gradle/wrapper", ".cargo/registry", view=view)
    shared = {*found.folders, *(folder for folder, _ in found.in_home), *dict(found.variables).values()}
    assert not shared & {f"{tmp_path}/{name}" for name in (".gradle", ".cargo", ".m2", ".config", "")}
    assert not {"GRADLE_USER_HOME", "CARGO_HOME"} & set(dict(found.variables))


def test_caches_beside_settings_are_shown_in_the_jobs_home_or_read_only_to_gradle(tmp_path):
    with_view = made(tmp_path, ".gradle/caches/modules-2", ".cargo/registry", view=True)
    assert with_view.in_home == (
        (f"{tmp_path}/.gradle/caches", ".gradle/caches"),
        (f"{tmp_path}/.cargo/registry", ".cargo/registry"),
    )
    without = made(tmp_path)
    assert without.in_home == ()
    assert dict(without.variables)["GRADLE_RO_DEP_CACHE"] == f"{tmp_path}/.gradle/caches"


def test_version_managers_find_the_users_versions_and_those_that_are_absent_are_not_named(tmp_path):
    for name in (".pyenv", ".rustup"):
        (tmp_path / name).mkdir()
    found = dict(version_managers({"HOME": str(tmp_path), "NVM_DIR": str(tmp_path)}))
    assert found == {
        "PYENV_ROOT": f"{tmp_path}/.pyenv",
        "RUSTUP_HOME": f"{tmp_path}/.rustup",
        "NVM_DIR": str(tmp_path),
    }


def test_the_credentials_of_the_field_and_the_projects_contexts_are_known(tmp_path):
    found = set(credentials({"HOME": "/u"}, tmp_path))
    named = ".ssh .aws .gnupg .netrc .npmrc .pypirc .docker .kube .config/gh .gradle/gradle.properties .m2/settings.xml"
    assert {f"/u/{name}" for name in named.split()} <= found
    assert f"{tmp_path}/.circleci/contexts" in found


@pytest.mark.parametrize("home", ["", "relative", None])
def test_a_home_that_is_no_absolute_path_is_not_used(home):
    environ = {} if home is None else {"HOME": home}
    assert str(user_home(environ)) == pwd.getpwuid(os.getuid()).pw_dir
    assert all(map(os.path.isabs, caches(environ, view=True).folders))


def test_a_cache_folder_that_is_no_absolute_path_is_not_used(tmp_path):
    found = made(tmp_path, XDG_CACHE_HOME="cache", UV_CACHE_DIR="uv").folders
    assert [each for each in found if not os.path.isabs(each)] == []


@pytest.mark.parametrize(
    ("variable", "value", "hidden"),
    [
        ("KUBECONFIG", "/a/one:/a/two", "/a/two"),
        ("GRADLE_USER_HOME", "/data/gradle", "/data/gradle/gradle.properties"),
        ("DOCKER_CONFIG", "/data/docker", "/data/docker"),
        ("XDG_CONFIG_HOME", "/data/config", "/data/config/gh"),
    ],
)
def test_credentials_at_another_place_are_known_by_their_variable(tmp_path, variable, value, hidden):
    assert hidden in credentials({"HOME": str(tmp_path), variable: value}, tmp_path)
    assert not set(credentials({"HOME": str(tmp_path), variable: value}, tmp_path)) & {"/data/gradle", "/data/config"}


def test_credentials_that_come_while_a_run_goes_on_are_known_to_its_next_job(tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".config" / "gh").mkdir(parents=True)
    belongings = Belongings({"HOME": str(tmp_path)}, tmp_path)
    assert set(belongings.credentials()) == {f"{tmp_path}/.aws", f"{tmp_path}/.config/gh"}
    (tmp_path / ".netrc").write_text("machine example.com")
    (tmp_path / ".m2").mkdir()
    (tmp_path / ".m2" / "settings.xml").write_text("<settings/>")
    assert {f"{tmp_path}/.netrc", f"{tmp_path}/.m2/settings.xml"} <= set(belongings.credentials())
