"""The engines by name. Adding one is a module of its own and a line here."""

from __future__ import annotations

from collections.abc import Callable

from .protocol import Engine


def _host() -> Engine:
    from .host.engine import HostEngine

    return HostEngine()


def _docker() -> Engine:
    from .docker.client import Search

    search = Search()
    from .docker.engine import DockerEngine

    return DockerEngine(beside=_host(), search=search)


def _circleci() -> Engine:
    from .circleci.engine import CircleciEngine

    return CircleciEngine()


ENGINES: dict[str, Callable[[], Engine]] = {
    "circleci": _circleci,
    "docker": _docker,
    "host": _host,
}
