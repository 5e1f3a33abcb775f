"""A machine executor's container has an init, whichever program the engine has for it."""

import pytest

from ci.engines.docker import init
from ci.engines.docker.client import Client

DOCKER, PODMAN = Client("docker"), Client("podman")


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A PATH of this test's own, on a Linux where Podman came without its init."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(init, "OF_PODMAN", tmp_path / "none")
    monkeypatch.setattr(init.sys, "platform", "linux")
    return tmp_path


def program(path):
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


def test_docker_has_one_of_its_own(path):
    assert init.options(DOCKER) == ["--init"]


def test_podman_takes_its_own_where_it_is_installed(path, monkeypatch):
    program(path / "catatonit")
    monkeypatch.setattr(init, "OF_PODMAN", path / "catatonit")
    assert init.options(PODMAN) == ["--init"]


def test_podman_without_its_own_is_given_another_ones_path(path):
    program(path / "tini")
    assert init.options(PODMAN) == ["--init", "--init-path", str(path / "tini")]
    assert init.missing_reason(PODMAN) is None


def test_podman_in_a_virtual_machine_knows_by_itself(path, monkeypatch):
    monkeypatch.setattr(init.sys, "platform", "darwin")
    assert init.options(PODMAN) == ["--init"]


def test_where_there_is_none_a_job_runs_without_and_says_so(path):
    assert init.options(PODMAN) == []
    assert "without an init" in (init.missing_reason(PODMAN) or "")
    assert "install catatonit" in (init.missing_reason(PODMAN) or "")
