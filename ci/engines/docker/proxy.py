"""The user's proxy, as containers reach it: one that listens on this machine's loopback is another address in there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...runtime.environment import PROXY
from ...workflow.model import Pairs
from .client import Client

LOOPBACK = re.compile(
    r"(?P<before>(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?)(?P<host>localhost|127(?:\.\d+){3}|\[::1\])(?::(?P<port>\d+))?(?P<after>/.*)?",
    re.IGNORECASE,
)
DEFAULT_PORT = 80
NONE = ("no_proxy", "NO_PROXY")
HERE = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Proxy:
    """The variables with their values for containers, the options that go with them, and the lines that tell of it."""

    variables: Pairs = ()
    options: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def in_containers(client: Client, environ: Mapping[str, str], names: Sequence[str] = ()) -> Proxy:
    """The proxy variables of that environment; there is none to the containers, which are here or have ``names``."""
    given = {name: environ[name] for name in PROXY if environ.get(name)}
    local = {value: found for name, value in given.items() if name not in NONE and (found := LOOPBACK.fullmatch(value))}
    reached = {value: _address(client, found) for value, found in local.items()}
    variables = {
        name: _moved(local[value], reached[value]) if value in local else value for name, value in given.items()
    }
    if given.keys() - set(NONE):
        variables.update({name: _joined(given.get(name, ""), (*HERE, *names)) for name in NONE})
    lines = [f"proxy handed on: {', '.join(given)}"] if given else []
    for value, address in reached.items():
        lines.append(f"the proxy at {_place(local[value])}, this machine's loopback, is {address} in containers")
    outside = any(address.startswith(_name(client)) for address in reached.values())
    options = ("--add-host", f"{_name(client)}:host-gateway") if outside and not client.podman else ()
    return Proxy(tuple(variables.items()), options, tuple(dict.fromkeys(lines)))


def _joined(value: str, more: Sequence[str]) -> str:
    """A list of hosts with more of them at its end, each once."""
    return ",".join(dict.fromkeys([*filter(None, (host.strip() for host in value.split(","))), *more]))


def _place(found: re.Match[str]) -> str:
    return f"{found['host']}:{found['port'] or DEFAULT_PORT}"


def _moved(found: re.Match[str], address: str) -> str:
    return f"{found['before']}{address}{found['after'] or ''}"


def _address(client: Client, found: re.Match[str]) -> str:
    """Where containers reach a port of the loopback: at a relay, else by the engine's own name for this machine."""
    from .relay import relay

    port = int(found["port"] or DEFAULT_PORT)
    gateway = client.gateway()
    try:
        return f"{gateway}:{relay(gateway, found['host'].strip('[]'), port)}"
    except OSError:  # an engine in a virtual machine, or one without rights
        return f"{_name(client)}:{port}"


def _name(client: Client) -> str:
    return "host.containers.internal" if client.podman else "host.docker.internal"
