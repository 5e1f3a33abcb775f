"""Which engine runs a plan, and why."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Problem, UsageError
from ..runtime.task import Settings
from ..workflow.plan import Plan
from .protocol import Engine
from .registry import ENGINES

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine of a run, in one line why it is that one, and the one to go on with if no job can start on it."""

    engine: Engine
    reason: str
    fallback: Engine | None = None


def choose(name: str, plan: Plan, settings: Settings) -> Choice:
    """Return the engine of that name, or the best one for ``auto``.

    Raises UsageError where there is no such engine, or this machine cannot run it.
    """
    if name != AUTO and name not in ENGINES:
        raise UsageError(Problem(f"there is no engine {name!r}", None, f"there are {AUTO}, {', '.join(ENGINES)}"))
    if name == AUTO:
        return _auto(plan, settings)
    engine = ENGINES[name]()
    trouble = engine.unavailable(settings)
    if trouble:
        raise UsageError(Problem(f"the engine {engine.name!r} cannot run here: {trouble}"))
    return Choice(engine, "it was asked for")


def _auto(plan: Plan, settings: Settings) -> Choice:
    """circleci where all is there that it needs; else docker where every image can be had; else host."""
    from .docker.client import Search

    search = Search()
    from .circleci.engine import CircleciEngine
    from .docker.engine import DockerEngine

    official = CircleciEngine()
    doubt = official.doubt(plan, settings)
    if not doubt:
        return Choice(official, f"the CircleCI CLI {official.cli.version}, Docker and CircleCI's servers are there")
    passed_by = f"not circleci: {doubt}; " if official.cli.path else ""
    host = ENGINES["host"]()
    docker = DockerEngine(host, search)
    client, reason = docker.found
    if client is None:
        return Choice(host, f"{passed_by}no container engine: {reason}")
    lacks = docker.lacks(plan.instances, settings)
    if lacks:
        return Choice(host, f"{passed_by}{client.program} answers, but {lacks}")
    return Choice(docker, f"{passed_by}{client.program} answers, and every image can be had", fallback=host)
