"""What a container gets of this machine: proxy, certificates, and the engine only where that was allowed."""

import dataclasses

import pytest

from ci.engines.docker.surroundings import handed, said
from ci.runtime.task import Settings

SETTINGS = Settings(project=None)


@pytest.fixture
def bundle(tmp_path):
    file = tmp_path / "bundle.pem"
    file.write_text("certificates")
    return file


def test_a_machine_without_proxy_and_bundle_hands_nothing_on():
    assert handed(SETTINGS, {"PATH": "/bin"}) == []
    assert list(said(SETTINGS, {"PATH": "/bin"})) == []


def test_one_bundle_under_many_names_is_mounted_once_and_read_only(bundle):
    names = ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
    words = handed(SETTINGS, dict.fromkeys(names, str(bundle)))
    place = "/usr/local/share/nox-circleci/certificates-0.pem"
    assert words.count("--volume") == 1
    assert f"{bundle}:{place}:ro" in words
    assert {f"{name}={place}" for name in names} <= set(words)


def test_a_bundle_that_is_not_there_is_not_mounted(tmp_path):
    assert handed(SETTINGS, {"SSL_CERT_FILE": str(tmp_path / "gone.pem")}) == []


def test_the_proxy_is_handed_on_and_said_without_its_password(bundle):
    environ = {"https_proxy": "http://me:secret@proxy:3128", "SSL_CERT_FILE": str(bundle)}
    assert "https_proxy=http://me:secret@proxy:3128" in handed(SETTINGS, environ)
    lines = list(said(SETTINGS, environ))
    assert any("https_proxy" in line for line in lines)
    assert not any("secret" in line for line in lines)


def test_no_host_ca_keeps_certificates_here_and_the_proxy_goes_on(bundle):
    settings = dataclasses.replace(SETTINGS, host_ca=False)
    environ = {"https_proxy": "http://proxy:3128", "SSL_CERT_FILE": str(bundle)}
    assert handed(settings, environ) == ["--env", "https_proxy=http://proxy:3128"]


def test_the_engine_is_offered_only_where_it_was_allowed(tmp_path):
    socket = tmp_path / "docker.sock"
    socket.touch()
    environ = {"DOCKER_HOST": f"unix://{socket}"}
    assert handed(SETTINGS, environ) == []
    words = handed(dataclasses.replace(SETTINGS, allow_docker=True), environ)
    assert f"{socket}:/var/run/docker.sock" in words
