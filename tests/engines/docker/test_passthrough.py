"""What a container gets of this machine: proxy, certificates, and the engine only where that was allowed."""

import contextlib
import dataclasses
import os
import socket
import sys

import pytest

from ci.engines.docker.client import Client
from ci.engines.docker.passthrough import pass_through
from ci.runtime.task import Settings

SETTINGS = Settings(project=None)
ENDING = contextlib.ExitStack()
ALLOWED = dataclasses.replace(SETTINGS, allow_docker=True)


@pytest.fixture(autouse=True)
def _closed():
    yield
    ENDING.close()


def passed(client, settings, environ, engine, names=()):
    return pass_through(client, settings, environ, ENDING, engine, names)


@pytest.fixture
def bundle(tmp_path):
    file = tmp_path / "bundle.pem"
    file.write_text("certificates")
    return file


@pytest.fixture
def client(tmp_path):
    """A command line that knows one context, and whose network has its gateway on this machine's second loopback."""
    file = tmp_path / "docker"
    file.write_text(
        f"#!/bin/sh\ncase $* in 'context inspect'*) echo unix://{tmp_path}/of-the-context.sock;;"
        " 'network inspect'*) echo 127.0.0.2;; esac\n"
    )
    file.chmod(0o755)
    return Client(str(file))


def test_a_machine_without_proxy_and_bundle_hands_nothing_on(client):
    given = passed(client, SETTINGS, {"PATH": "/bin"}, engine=True)
    assert (given.options, given.variables, given.lines) == ((), (), ())


def test_one_bundle_under_many_names_is_mounted_once_and_read_only(client, bundle):
    names = ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
    given = passed(client, SETTINGS, dict.fromkeys(names, str(bundle)), engine=False)
    place = "/usr/local/share/nox-circleci/certificates-0.pem"
    assert given.options.count("--mount") == 1
    assert f"type=bind,source={bundle},target={place},readonly" in given.options
    assert {f"{name}={place}" for name in names} <= set(given.options)


def test_a_bundle_that_only_its_owner_reads_is_reported_to_be_so(client, bundle):
    bundle.chmod(0o600)
    lines = passed(client, SETTINGS, {"SSL_CERT_FILE": str(bundle)}, engine=False).lines
    assert lines[-1] == f"a job's user may not be allowed to read {bundle}"


def test_a_bundle_that_is_not_there_is_not_mounted(client, tmp_path):
    assert passed(client, SETTINGS, {"SSL_CERT_FILE": str(tmp_path / "gone.pem")}, engine=False).options == ()


def test_a_variable_that_names_no_file_is_reported_not_to_be_handed_on(client, tmp_path, bundle):
    given = passed(client, SETTINGS, {"SSL_CERT_FILE": str(bundle), "PIP_CERT": "/nowhere/ca.pem"}, engine=False)
    assert given.lines[-1] == "certificates not passed on, no such file: PIP_CERT (/nowhere/ca.pem)"


def test_a_folder_of_certificates_alone_is_not_handed_on_and_that_is_reported(client, tmp_path, bundle):
    environ = {"SSL_CERT_DIR": str(tmp_path)}
    (line,) = passed(client, SETTINGS, environ, engine=False).lines
    assert "SSL_CERT_DIR names a folder" in line
    assert "SSL_CERT_FILE" in line
    given = passed(client, SETTINGS, {**environ, "SSL_CERT_FILE": str(bundle)}, engine=False)
    assert not any("SSL_CERT_DIR" in word for word in (*given.options, *given.lines))


def test_the_proxy_is_handed_on_and_its_password_is_neither_reported_nor_in_the_process_list(client, bundle):
    environ = {"https_proxy": "http://me:secret@proxy:3128", "SSL_CERT_FILE": str(bundle)}
    given = passed(client, SETTINGS, environ, engine=False)
    assert given.options[:2] == ("--env", "https_proxy")
    assert given.variables[0] == ("https_proxy", "http://me:secret@proxy:3128")
    assert any("https_proxy" in line for line in given.lines)
    assert not any("secret" in word for word in (*given.options, *given.lines))


@pytest.mark.parametrize("place", ["http://me:secret@127.0.0.1:{}", "localhost:{}", "http://LOCALHOST:{}/"])
def test_a_proxy_on_this_machines_loopback_is_reached_through_a_relay(client, place):
    with socket.create_server(("127.0.0.1", 0)) as server:
        value = place.format(server.getsockname()[1])
        given = passed(client, SETTINGS, {"http_proxy": value, "no_proxy": "localhost,127.0.0.1"}, engine=False)
        variables = dict(given.variables)
        assert variables["no_proxy"] == variables["NO_PROXY"] == "localhost,127.0.0.1"
        address = variables["http_proxy"].rpartition("@")[2].removeprefix("http://").rstrip("/")
        assert variables["http_proxy"].replace(address, "") == place.lower().split("localhost")[0].split("127.")[0] + (
            "/" if place.endswith("/") else ""
        )
        host, _, port = address.partition(":")
        assert host == "127.0.0.2"
        with socket.create_connection((host, int(port)), 5) as client_side:
            client_side.sendall(b"ask")
            client_side.shutdown(socket.SHUT_WR)
            there, _ = server.accept()
            with there:
                assert there.makefile("rb").read() == b"ask"
                there.sendall(b"answer")
            assert client_side.makefile("rb").read() == b"answer"
    assert any("this machine's loopback" in line and address in line for line in given.lines)
    assert not any("secret" in line for line in given.lines)


def test_no_proxy_stands_between_a_jobs_containers(client):
    environ = {"http_proxy": "http://proxy:3128", "no_proxy": "example.com, 127.0.0.1"}
    variables = dict(passed(client, SETTINGS, environ, engine=False, names=["db", "cache"]).variables)
    assert variables["no_proxy"] == "example.com,127.0.0.1,localhost,db,cache"
    assert variables["NO_PROXY"] == "localhost,127.0.0.1,db,cache"
    assert passed(client, SETTINGS, {"no_proxy": "a"}, engine=False, names=["db"]).variables == (("no_proxy", "a"),)


def test_where_the_network_is_not_this_machines_the_engines_name_for_it_is_taken(client, tmp_path):
    (tmp_path / "docker").write_text("#!/bin/sh\necho 192.0.2.1\n")  # an address for documentation, nobody's
    given = passed(client, SETTINGS, {"HTTPS_PROXY": "http://127.0.0.1:3128"}, engine=False)
    assert given.variables[0] == ("HTTPS_PROXY", "http://host.docker.internal:3128")
    assert "host.docker.internal:host-gateway" in given.options
    assert given.lines[-1] == (
        "host.docker.internal:3128 is not this machine's loopback: the proxy must also listen there"
    )


def test_no_host_ca_keeps_certificates_here_and_the_proxy_goes_on(client, bundle):
    settings = dataclasses.replace(SETTINGS, host_ca=False)
    environ = {"https_proxy": "http://proxy:3128", "SSL_CERT_FILE": str(bundle)}
    words = passed(client, settings, environ, engine=False).options
    assert words == ("--env", "https_proxy", "--env", "no_proxy", "--env", "NO_PROXY")


def test_the_engine_is_offered_only_where_it_was_allowed_and_the_job_asks_for_one(client, tmp_path):
    (tmp_path / "docker.sock").touch()
    environ = {"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}
    assert passed(client, SETTINGS, environ, engine=True).options == ()
    assert passed(client, ALLOWED, environ, engine=False).options == ()
    given = passed(client, ALLOWED, environ, engine=True)
    assert f"{tmp_path}/docker.sock:/var/run/docker.sock" in given.options
    assert given.offers_docker
    assert any("offered to the job (--allow-docker)" in line for line in given.lines)


# By hand with rootless Podman: the socket is `root root` in the container, and --group-add 0 lets a job's user use it.
@pytest.mark.parametrize("mode", [0o660, 0o600], ids=oct)
@pytest.mark.parametrize(("security", "rootless"), [("[name=seccomp name=rootless]", True), ("[name=seccomp]", False)])
def test_the_group_of_the_socket_has_another_number_with_an_engine_without_rights(
    tmp_path, monkeypatch, mode, security, rootless
):
    (tmp_path / "docker.sock").touch()
    (tmp_path / "docker.sock").chmod(mode)
    group = (tmp_path / "docker.sock").stat().st_gid or 1234
    os.chown(tmp_path / "docker.sock", -1, group)
    monkeypatch.setattr("os.getgid", lambda: group)
    (tmp_path / "docker").write_text(f"#!/bin/sh\necho '{security}'\n")
    (tmp_path / "docker").chmod(0o755)
    environ = {"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}
    given = passed(Client(str(tmp_path / "docker")), ALLOWED, environ, engine=True)
    assert given.options[-2:] == ("--group-add", "0" if rootless else str(group))
    assert ("only a job whose user is root can use it" in given.lines[-1]) == (mode == 0o600)


@pytest.mark.skipif(sys.platform == "darwin", reason="the socket is the virtual machine's there")
def test_the_engine_that_is_offered_is_that_of_the_docker_context(client, tmp_path):
    (tmp_path / "of-the-context.sock").touch()
    given = passed(client, ALLOWED, {}, engine=True)
    assert f"{tmp_path}/of-the-context.sock:/var/run/docker.sock" in given.options


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("unix:///nowhere/docker.sock", "there is no socket at /nowhere/docker.sock"),
        ("ssh://me@elsewhere", "ssh://me@elsewhere"),
        ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"),
    ],
)
def test_an_engine_that_a_container_cannot_reach_is_not_reported_to_be_offered(client, host, why):
    given = passed(client, ALLOWED, {"DOCKER_HOST": host}, engine=True)
    assert (given.options, given.offers_docker) == ((), False)
    (line,) = given.lines
    assert line.startswith("the job gets no engine despite --allow-docker: ")
    assert why in line


def test_an_engine_elsewhere_is_offered_by_its_address(client):
    given = passed(client, ALLOWED, {"DOCKER_HOST": "tcp://build-host:2375"}, engine=True)
    assert given.options == ("--env", "DOCKER_HOST=tcp://build-host:2375")
