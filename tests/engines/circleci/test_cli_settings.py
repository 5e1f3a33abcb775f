"""What the official CLI is given: its words, a private home, an environment of its own."""

from pathlib import Path

import pytest
import yaml

from ci.engines.circleci import cli_settings
from ci.engines.circleci.agent_process import words
from ci.engines.circleci.probe import Cli

CONFIG, TEMPORARY = Path("/x/config.yml"), Path("/x/temporary")


@pytest.fixture
def home(tmp_path):
    (tmp_path / "me" / ".circleci").mkdir(parents=True)
    return tmp_path / "me"


def test_a_release_that_wants_job_by_a_flag_gets_it_so():
    plain, flagged = (
        words(Cli("circleci", "0.1", True, flag), CONFIG, TEMPORARY, [], (), "b") for flag in (False, True)
    )
    assert plain[-1:] == ["b"]
    assert flagged[-2:] == ["--job", "b"]
    assert plain[:7] == ["circleci", "local", "execute", "-c", "/x/config.yml", "--temp-dir", "/x/temporary"]


def test_of_two_values_of_a_variable_the_later_is_passed_on():
    assert words(Cli("circleci"), CONFIG, TEMPORARY, [], (("A", "1"), ("B", "2"), ("A", "3")), "b")[7:-1] == [
        *("-e", "A=3"),
        *("-e", "B=2"),
    ]


@pytest.mark.parametrize(
    ("engine", "expected"),
    [("unix:///run/my.sock", ["--docker-socket-path", "/run/my.sock"]), ("tcp://other:2375", []), ("", [])],
)
def test_the_agent_gets_the_socket_of_the_users_engine(engine, expected):
    assert cli_settings.socket_words({"DOCKER_HOST": engine}) == expected


def test_the_private_home_has_all_settings_but_the_token_and_the_chosen_agent(home, tmp_path):
    (home / ".circleci" / "cli.yml").write_text("token: hidden\nhost: https://ci.example\ntls_insecure: true\n")
    (home / ".circleci" / "build_agent_settings.json").write_text('{"LatestSha256":"sha256:1"}')
    (home / ".circleci" / "update_check.yml").write_text("last: never\n")
    found = cli_settings.read_user({"HOME": str(home)})
    cli_settings.write_home(tmp_path / "private", found)
    assert sorted(path.name for path in (tmp_path / "private" / ".circleci").iterdir()) == [
        "build_agent_settings.json",
        "cli.yml",
    ]
    written = yaml.safe_load((tmp_path / "private" / ".circleci" / "cli.yml").read_text())
    assert written == {"host": "https://ci.example", "tls_insecure": True}
    assert (
        cli_settings.environment({"HOME": str(home)}, tmp_path, found, found.server)["CIRCLECI_CLI_TOKEN"] == "hidden"
    )


@pytest.mark.parametrize(
    ("text", "environ", "server"),
    [
        ("", {}, ""),
        ("token: mine\n", {}, cli_settings.PUBLIC),
        ("", {"CIRCLECI_CLI_TOKEN": "mine"}, cli_settings.PUBLIC),
        ("host: https://ci.example\n", {}, "https://ci.example"),
        ("host: https://ci.example\n", {"CIRCLECI_CLI_HOST": "https://other"}, "https://other"),
        ("- no settings\n", {}, ""),
        ("a: [\n", {}, ""),
    ],
)
def test_the_server_is_the_users_own_where_there_is_a_host_or_a_token(home, text, environ, server):
    (home / ".circleci" / "cli.yml").write_text(text)
    assert cli_settings.read_user({"HOME": str(home), **environ}).server == server


def test_the_environment_is_made_and_docker_keeps_its_settings(tmp_path):
    found = cli_settings.read_user({"HOME": str(tmp_path)})
    made = cli_settings.environment(
        {"HOME": "/home/me", "PATH": "/bin", "MINE": "x", "DOCKER_CONTEXT": "c"}, tmp_path, found, "http://h"
    )
    assert (made["HOME"], made["DOCKER_CONFIG"], made["DOCKER_CONTEXT"]) == (str(tmp_path), "/home/me/.docker", "c")
    assert "MINE" not in made
    assert "CIRCLECI_CLI_TOKEN" not in made
