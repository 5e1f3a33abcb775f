"""What a user reads of an engine that does not do what it should."""

import os
import stat

from ci.engines.docker.client import Client, NoEngine, Search, find, message
from tests.patience import eventually


def test_of_an_engines_many_words_the_error_is_reported():
    stderr = (
        "Unable to find image 'a:1' locally\ndocker: Error response from daemon: no such host.\nRun --help for more."
    )
    assert message("docker", ["run"], stderr) == "docker run failed: docker: Error response from daemon: no such host."


def test_a_full_disk_is_reported_with_what_frees_some():
    stderr = "Error response from daemon: write /var/lib/docker/tmp/x: no space left on device"
    error = message("docker", ["pull"], stderr)
    assert "no space left on device" in error
    assert "docker system prune" in error


def test_an_engine_that_printed_nothing_has_a_message_too():
    assert message("podman", ["run"], "") == "podman run failed: it printed no reason"


def program(folder, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod((folder / name).stat().st_mode | stat.S_IXUSR)


def test_a_socket_that_is_dead_is_reported_in_the_programs_own_words(tmp_path):
    program(tmp_path, "docker", "echo 'Cannot connect to the Docker daemon at unix:///x.sock.' >&2; exit 1")
    found = find({"PATH": f"{tmp_path}:/usr/bin:/bin", "NOX_CIRCLECI_DOCKER": str(tmp_path / "docker")})
    assert isinstance(found, NoEngine)
    assert found.reason.endswith("does not answer: Cannot connect to the Docker daemon at unix:///x.sock.")


ANSWERS = "echo 4.9 2 8 amd64 [cpu memory]"
DEAD = "echo 'Cannot connect to the Docker daemon.' >&2; exit 1"


def test_podman_is_taken_where_docker_does_not_answer_and_that_is_reported(tmp_path):
    program(tmp_path, "docker", DEAD)
    program(tmp_path, "podman", ANSWERS)
    client = find({"PATH": str(tmp_path)})
    assert isinstance(client, Client)
    assert client.program == "podman"
    assert client.machine == "2 8 amd64 [cpu memory]\n"
    assert client.instead == "docker does not answer: Cannot connect to the Docker daemon."


def test_the_first_engine_is_asked_at_once_and_the_next_only_where_it_is_dead(tmp_path):
    program(tmp_path, "docker", f": >{tmp_path}/asked; {ANSWERS}")
    program(tmp_path, "podman", f": >{tmp_path}/too; {ANSWERS}")
    search = Search({"PATH": str(tmp_path)})
    assert eventually((tmp_path / "asked").exists)
    assert search.result().program == "docker"
    assert not (tmp_path / "too").exists()


def test_podman_alone_is_nothing_to_report(tmp_path):
    program(tmp_path, "podman", ANSWERS)
    client = find({"PATH": str(tmp_path)})
    assert isinstance(client, Client)
    assert (client.program, client.instead) == ("podman", "")


def test_a_docker_whose_engine_docker_host_names_is_not_passed_by(tmp_path):
    program(tmp_path, "docker", DEAD)
    program(tmp_path, "podman", ANSWERS)
    reason = "docker does not answer: Cannot connect to the Docker daemon. (DOCKER_HOST is set)"
    assert find({"PATH": str(tmp_path), "DOCKER_HOST": "unix:///gone.sock"}) == NoEngine(reason)


def test_a_command_line_that_reports_only_of_itself_has_no_engine(tmp_path):
    program(tmp_path, "docker", "echo ' 0 0  false false'; echo 'Cannot connect.' >&2")
    reason = "docker does not answer: Cannot connect.; there is no podman on PATH"
    assert find({"PATH": str(tmp_path)}) == NoEngine(reason)


def test_an_engines_address_that_the_user_names_goes_to_every_call_and_stays_out_of_this_process(tmp_path):
    program(tmp_path, "docker", 'echo "4.9 $DOCKER_HOST"')
    client = find({"PATH": str(tmp_path)}, "unix:///named.sock")
    assert isinstance(client, Client)
    assert client.machine == "unix:///named.sock\n"
    client = Client(str(tmp_path / "docker"), host=client.host)
    assert client.call("ps").stdout == "4.9 unix:///named.sock\n"
    assert client.call("ps", variables=(("A", "b"),)).stdout == "4.9 unix:///named.sock\n"
    assert client.environ()["DOCKER_HOST"] == "unix:///named.sock"
    assert os.environ.get("DOCKER_HOST") != "unix:///named.sock"
