"""The engines by name. Adding one is a module of its own and a line here."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import Problem, UsageError
from .protocol import Engine


def _host() -> Engine:
    from .host.engine import HostEngine

    return HostEngine()


def _docker() -> Engine:
    from .docker.engine import DockerEngine

    return DockerEngine(beside=_host())


def _not_built(name: str) -> Callable[[], Engine]:
    def refuse() -> Engine:
        raise UsageError(Problem(f"the engine {name!r} is not built yet", None, "use --engine host"))

    return refuse


ENGINES: dict[str, Callable[[], Engine]] = {
    "circleci": _not_built("circleci"),
    "docker": _docker,
    "host": _host,
}
