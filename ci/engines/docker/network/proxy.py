"""The user's proxy, as containers reach it: one that listens on this machine's loopback is another address in there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from ....dataclass import dataclass
from ....runtime.job_environment import PROXY
from ....workflow.model import Pairs
from ..client import Client
from . import address

LOOPBACK = re.compile(
    r"(?P<before>(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?)(?P<host>localhost|127(?:\.\d+){3}|\[::1\])(?::(?P<port>\d+))?(?P<after>/.*)?",
    re.IGNORECASE,
)
DEFAULT_PORT = 80
NONE = ("no_proxy", "NO_PROXY")
HERE = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Proxy:
    """The variables with their values for containers, the options that go with them, and the lines that report it."""

    variables: Pairs = ()
    options: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def in_containers(client: Client, environ: Mapping[str, str], ending: ExitStack, names: Sequence[str] = ()) -> Proxy:
    """Return an environment's proxy as containers reach it; ``ending`` closes the relays that this takes.

    No proxy stands between the containers themselves, which are reached by the loopback and by ``names``.
    """
    given = {name: environ[name] for name in PROXY if environ.get(name)}
    local = {value: found for name, value in given.items() if name not in NONE and (found := LOOPBACK.fullmatch(value))}
    reached = {value: _reached(client, found, ending) for value, found in local.items()}
    variables = {
        name: _moved(local[value], reached[value]) if value in local else value for name, value in given.items()
    }
    if given.keys() - set(NONE):
        variables.update({name: _joined(given.get(name, ""), (*HERE, *names)) for name in NONE})
    lines = [f"proxy passed on: {', '.join(given)}"] if given else []
    for value, place in reached.items():
        lines.append(f"the proxy at {_place(local[value])}, this machine's loopback, is {place} in containers")
    named = [place for place in reached.values() if place.startswith(address.name(client))]
    lines += [f"{place} is not this machine's loopback: the proxy must also listen there" for place in named]
    options = ("--add-host", f"{address.name(client)}:host-gateway") if named and not client.podman else ()
    return Proxy(tuple(variables.items()), options, tuple(dict.fromkeys(lines)))


def _joined(value: str, more: Sequence[str]) -> str:
    """Return a list of hosts with more of them at its end, each once."""
    return ",".join(dict.fromkeys([*filter(None, (host.strip() for host in value.split(","))), *more]))


def _place(found: re.Match[str]) -> str:
    return f"{found['host']}:{found['port'] or DEFAULT_PORT}"


def _moved(found: re.Match[str], place: str) -> str:
    return f"{found['before']}{place}{found['after'] or ''}"


def _reached(client: Client, found: re.Match[str], ending: ExitStack) -> str:
    """Return where containers reach a port of the loopback: at a relay, else by the engine's name for this machine."""
    from .relay import relay

    port = int(found["port"] or DEFAULT_PORT)
    gateway = address.gateway(client)
    try:
        return f"{gateway}:{ending.enter_context(relay(gateway, found['host'].strip('[]'), port))}"
    except OSError:  # an engine in a virtual machine, or one without rights
        return f"{address.name(client)}:{port}"
