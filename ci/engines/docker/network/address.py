"""This machine's addresses, as its containers reach them."""

from __future__ import annotations

import socket

from ....errors import EngineError, Problem
from ..client import Client

ELSEWHERE = ("192.0.2.1", 9)
"""An address for documentation: what would be sent there leaves by the address that others reach this machine at."""


def gateway(client: Client) -> str:
    """Return this machine's address in the containers' network; another machine's if the engine has one."""
    if client.podman:
        return client.must("network", "inspect", "podman", "--format", "{{(index .Subnets 0).Gateway}}")
    form = "{{with index .IPAM.Config 0}}{{.Gateway}};{{.Subnet}}{{end}}"
    return of_bridge(client.must("network", "inspect", "bridge", "--format", form))


def of_bridge(gateway_and_subnet: str) -> str:
    """Return the gateway of Docker's bridge: an engine that found the bridge there already names its subnet alone."""
    own, _, subnet = gateway_and_subnet.strip().partition(";")
    if own or not subnet:
        return own
    from ipaddress import ip_network

    return str(next(ip_network(subnet, strict=False).hosts()))


def name(client: Client) -> str:
    """Return the engine's own name for this machine; Docker knows it only by an option."""
    return "host.containers.internal" if client.podman else "host.docker.internal"


def reach(client: Client) -> tuple[str, str]:
    """Return the address that a server of this process listens at, and the one by which a job reaches it.

    They are the gateway's if that is this machine's own. It is not with an engine in a virtual machine, with one
    without rights, and before Podman's first container. Raise EngineError if this machine has no other.
    """
    own = gateway(client)
    if is_own(own):
        return own, own
    outward = _outward()
    if not outward:
        hint = "Use --engine host, or connect this machine to a network."
        raise EngineError(Problem("this machine has no address that a container can reach", None, hint))
    return outward, name(client) if client.podman and client.rootless() else outward


def is_own(address: str) -> bool:
    """Whether a server of this process can listen at an address; at none it would listen at all of them."""
    if not address:
        return False
    try:
        with socket.socket() as server:
            server.bind((address, 0))
    except OSError:
        return False
    return True


def _outward() -> str:
    """Return the address from which this machine reaches others, empty if it has no network; nothing is sent."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])
