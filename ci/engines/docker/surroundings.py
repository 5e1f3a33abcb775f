"""What a container gets of this machine: the user's proxy and bundle of certificates, and the engine where allowed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...runtime.environment import CERTIFICATES, PROXY
from ...runtime.task import Settings

FOLDER = "/usr/local/share/nox-circleci"
SOCKET = "/var/run/docker.sock"


def handed(settings: Settings, environ: Mapping[str, str] | None = None, engine: bool = True) -> list[str]:
    """The options of ``run`` that hand on the proxy, the certificates (read-only) and, if allowed, the engine."""
    variables = os.environ if environ is None else environ
    words = [word for name in PROXY if variables.get(name) for word in ("--env", f"{name}={variables[name]}")]
    if settings.host_ca:
        words += _certificates(variables)
    if settings.allow_docker and engine:
        words += _engine(variables)
    return words


def said(settings: Settings, environ: Mapping[str, str] | None = None, engine: bool = True) -> Iterator[str]:
    """The lines that tell a job's reader of it."""
    variables = os.environ if environ is None else environ
    proxies = [name for name in PROXY if variables.get(name)]
    if proxies:
        yield f"proxy handed on: {', '.join(proxies)}"
    files = bundles(variables) if settings.host_ca else {}
    if files:
        yield f"certificates of this machine handed on, read-only: {', '.join(files)} (--no-host-ca turns that off)"
    if settings.allow_docker and engine:
        yield "this machine's Docker engine is offered to the job (--allow-docker)"


def bundles(variables: Mapping[str, str]) -> dict[str, str]:
    """The files of certificates that the user's variables name, each with its place in the container."""
    files = dict.fromkeys(variables[name] for name in CERTIFICATES if Path(variables.get(name, "")).is_file())
    return {os.path.realpath(file): f"{FOLDER}/certificates-{number}.pem" for number, file in enumerate(files)}


def _certificates(variables: Mapping[str, str]) -> list[str]:
    places = bundles(variables)
    words = [word for file, place in places.items() for word in ("--volume", f"{file}:{place}:ro")]
    for name in CERTIFICATES:
        place = places.get(os.path.realpath(variables.get(name, "")))
        words += ["--env", f"{name}={place}"] if place else []
    return words


def _engine(variables: Mapping[str, str]) -> list[str]:
    host = variables.get("DOCKER_HOST", "")
    socket = host.removeprefix("unix://") if host.startswith("unix://") else SOCKET
    if not Path(socket).exists():
        return ["--env", f"DOCKER_HOST={host}"] if host else []
    return ["--volume", f"{socket}:{SOCKET}", "--group-add", str(os.stat(socket).st_gid)]
