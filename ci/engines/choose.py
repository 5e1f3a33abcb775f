"""The engines by name, and which of them runs a plan and why. Adding one is a package of its own and a line here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from ..dataclass import dataclass
from ..errors import Problem, UsageError
from ..runtime.task import Settings
from ..workflow.plan import Plan
from .protocol import Engine

AUTO = "auto"
CompileServer = Callable[[], AbstractContextManager[str]]
"""Starts a server that compiles for CircleCI's CLI while the block lasts, and returns its address."""


def _host(compile_server: CompileServer, docker_host: str) -> Engine:
    from .host import guards

    guards.get_ready()  # it begins while the rest is imported
    from .host.engine import HostEngine

    return HostEngine()


def _docker(compile_server: CompileServer, docker_host: str) -> Engine:
    from .docker.client import Search

    search = Search(host=docker_host)  # the first question is asked while the rest is imported
    from .docker.engine import DockerEngine
    from .host.engine import HostEngine

    return DockerEngine(HostEngine(), search)


def _circleci(compile_server: CompileServer, docker_host: str) -> Engine:
    from .circleci.engine import CircleciEngine

    return CircleciEngine(compile_server, docker_host)


def _kubernetes(compile_server: CompileServer, docker_host: str) -> Engine:
    from .docker.images.for_cluster import ImagesForCluster
    from .kubernetes.engine import KubernetesEngine

    return KubernetesEngine(ImagesForCluster(docker_host))


ENGINES: dict[str, Callable[[CompileServer, str], Engine]] = {
    "circleci": _circleci,
    "docker": _docker,
    "host": _host,
    "kubernetes": _kubernetes,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine of a run, one line on why it was chosen, and the engine to go on with if no job can start on it."""

    engine: Engine
    reason: str
    fallback: Engine | None = None


def choose(name: str, plan: Plan, settings: Settings, compile_server: CompileServer) -> Choice:
    """Return the engine of that name, or the best one for ``auto``.

    Raise UsageError if there is no such engine, or this machine cannot run it.
    """
    if name != AUTO and name not in ENGINES:
        raise UsageError(Problem(f"there is no engine {name!r}", None, f"there are {AUTO}, {', '.join(ENGINES)}"))
    if name == AUTO:
        return _auto(plan, settings, compile_server)
    engine = ENGINES[name](compile_server, settings.docker_host)
    if reason := engine.unavailable_reason(settings):
        raise UsageError(Problem(f"the engine {engine.name!r} cannot run here: {reason}"))
    return Choice(engine, "you chose it")


def _auto(plan: Plan, settings: Settings, compile_server: CompileServer) -> Choice:
    """Choose circleci if everything it needs is there, else docker if every image is available, else host."""
    from .docker.client import NoEngine, Search

    search = Search(host=settings.docker_host)
    from .circleci.engine import CircleciEngine
    from .docker.engine import DockerEngine

    official = CircleciEngine(compile_server, settings.docker_host)
    blocker = official.auto_blocker(plan, settings)
    if blocker is None:
        return Choice(official, f"the CircleCI CLI {official.cli.version}, Docker and CircleCI's servers are available")
    passed_by = f"not circleci: {blocker}; " if official.cli.path else ""
    from .host.engine import HostEngine

    host = HostEngine()
    docker = DockerEngine(host, search)
    found = docker.found
    if isinstance(found, NoEngine):
        return Choice(host, f"{passed_by}no container engine: {found.reason}")
    if missing := docker.missing_images(plan.instances, settings):
        return Choice(host, f"{passed_by}{found.program} answers, but {missing}")
    return Choice(docker, f"{passed_by}{found.program} answers, and every image is available", fallback=host)
