"""Where a server of this process listens, and by which address jobs reach it."""

import pytest

from ci.engines.docker.address import reach
from ci.engines.docker.client import Client
from ci.errors import EngineError

NOBODYS = "198.51.100.1"
"""An address for documentation: https://www.rfc-editor.org/rfc/rfc5737"""


def client(folder, program: str, gateway: str, info: str = "") -> Client:
    """A stand-in for an engine's command line, with that gateway."""
    file = folder / program
    file.write_text(f"#!/bin/sh\ncase $1 in network) echo {gateway};; info) echo '{info}';; esac\n")
    file.chmod(0o755)
    return Client(str(file))


@pytest.fixture
def outward(monkeypatch):
    """This machine's address in a network, whatever it has."""
    monkeypatch.setattr("ci.engines.docker.address._outward", lambda: "192.0.2.7")


def test_a_gateway_that_is_this_machines_own_is_both(tmp_path, outward):
    assert reach(client(tmp_path, "docker", "127.0.0.2")) == ("127.0.0.2", "127.0.0.2")


@pytest.mark.parametrize(
    ("program", "rootless", "reached"),
    [
        ("docker", "[name=rootless]", "192.0.2.7"),
        ("podman", "false", "192.0.2.7"),
        ("podman", "true", "host.containers.internal"),
    ],
)
def test_else_this_machine_is_reached_by_the_address_that_others_know(tmp_path, outward, program, rootless, reached):
    assert reach(client(tmp_path, program, NOBODYS, rootless)) == ("192.0.2.7", reached)


def test_a_machine_that_has_no_address_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("ci.engines.docker.address._outward", lambda: "")
    with pytest.raises(EngineError) as raised:
        reach(client(tmp_path, "docker", NOBODYS))
    assert "Use --engine host" in str(raised.value)
