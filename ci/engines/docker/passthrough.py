"""What a container gets of this machine: the user's proxy and bundle of certificates, and the engine if allowed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from ...dataclass import dataclass
from ...runtime.task import Settings
from ...workflow.model import Pairs
from ..container import certificates
from .client import Client
from .network import proxy

FOLDER = "/usr/local/share/nox-circleci"
SOCKET = "/var/run/docker.sock"
UNIX = "unix://"


@dataclass(frozen=True)
class Passthrough:
    """The options of ``run`` that pass it on, the values of the variables that they name, and lines for a reader.

    A proxy's value may have a password: it is in no option, because every process of this machine can read those.
    """

    options: tuple[str, ...] = ()
    variables: Pairs = ()
    lines: tuple[str, ...] = ()
    offers_docker: bool = False


def pass_through(
    client: Client,
    settings: Settings,
    environ: Mapping[str, str],
    ending: ExitStack,
    engine: bool,
    names: Sequence[str] = (),
) -> Passthrough:
    """Return what a job's primary container gets; ``engine`` is whether the job asks for a Docker engine.

    ``names`` are those by which its containers find each other: no proxy stands between them. ``ending`` closes what
    a local proxy needs to be reached.
    """
    parts = [_proxy(client, environ, ending, names)]
    if settings.host_ca:
        parts.append(_certificates(environ))
    if settings.allow_docker and engine:
        parts.append(_engine(client, environ))
    return Passthrough(
        tuple(word for part in parts for word in part.options),
        tuple(pair for part in parts for pair in part.variables),
        tuple(line for part in parts for line in part.lines),
        any(part.offers_docker for part in parts),
    )


def _proxy(client: Client, environ: Mapping[str, str], ending: ExitStack, names: Sequence[str]) -> Passthrough:
    found = proxy.in_containers(client, environ, ending, names)
    named = tuple(word for name, _ in found.variables for word in ("--env", name))
    return Passthrough((*named, *found.options), found.variables, found.lines)


def _certificates(environ: Mapping[str, str]) -> Passthrough:
    places = certificates.bundles(environ, FOLDER)
    # unlike --volume, this fails if the engine does not see the file, and makes no folder of its name there
    mounts = (f"type=bind,source={file},target={place},readonly" for file, place in places.items())
    words = [word for mount in mounts for word in ("--mount", mount)]
    words += [word for name, place in certificates.variables(environ, places) for word in ("--env", f"{name}={place}")]
    closed = [file for file in places if not os.stat(file).st_mode & 0o004]
    unreadable = [f"a job's user may not be allowed to read {', '.join(closed)}"] if closed else []
    return Passthrough(tuple(words), (), (*certificates.lines(environ, places), *unreadable))


def _engine(client: Client, environ: Mapping[str, str]) -> Passthrough:
    address = _address(client, environ)
    if not address.startswith(UNIX):
        return _remote(address)
    # with a virtual machine in between, the socket is that machine's
    socket = SOCKET if sys.platform == "darwin" else address.removeprefix(UNIX)
    if sys.platform != "darwin" and not Path(socket).exists():
        return _not_offered(f"there is no socket at {socket}")
    group, lines = _group(client, Path(socket))
    words = ("--volume", f"{socket}:{SOCKET}", "--group-add", str(group))
    line = f"the {client.program} engine of this machine is offered to the job (--allow-docker)"
    return Passthrough(words, (), (line, *lines), offers_docker=True)


def _group(client: Client, socket: Path) -> tuple[int, tuple[str, ...]]:
    """Return the number in containers of the group that may use a socket, and lines for a reader if none may."""
    if not socket.exists():  # it is the virtual machine's
        return 0, ()
    status = os.stat(socket)
    lines = () if status.st_mode & 0o060 == 0o060 else (f"only a job whose user is root can use it: see {socket}",)
    own = status.st_gid == os.getgid() != 0
    return 0 if own and client.rootless() else status.st_gid, lines


def _remote(address: str) -> Passthrough:
    if not address.startswith("tcp://") or "//localhost" in address or "//127." in address:
        return _not_offered(f"the engine is at {address or 'an unknown address'}, which a container cannot reach")
    line = f"the engine at {address} is offered to the job (--allow-docker)"
    return Passthrough(("--env", f"DOCKER_HOST={address}"), (), (line,), offers_docker=True)


def _not_offered(reason: str) -> Passthrough:
    return Passthrough((), (), (f"the job gets no engine despite --allow-docker: {reason}",))


def _address(client: Client, environ: Mapping[str, str]) -> str:
    """Return where the engine of that command line is: Docker's by its variables, else its context; Podman's socket."""
    if client.podman:
        path = client.call("info", "--format", "{{.Host.RemoteSocket.Path}}").stdout.strip()
        return path if "://" in path or not path else f"{UNIX}{path}"
    return (
        environ.get("DOCKER_HOST")
        or client.call("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").stdout.strip()
    )
