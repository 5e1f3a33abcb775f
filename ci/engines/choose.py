"""Which engine runs a plan, and why."""

from __future__ import annotations

from ..errors import Problem, UsageError
from ..runtime.task import Settings
from ..workflow.plan import Plan
from .protocol import Engine
from .registry import ENGINES

AUTO = "auto"


def choose(name: str, plan: Plan, settings: Settings) -> tuple[Engine, str]:
    """The engine of that name, or the best one for ``auto``, with one line that says why.

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
    return engine, "it was asked for"


def _auto(plan: Plan, settings: Settings) -> tuple[Engine, str]:
    """circleci where all is there that it needs; else docker where every image can be had; else host."""
    from .docker.client import Search

    search = Search()
    from .circleci.engine import CircleciEngine
    from .docker.engine import DockerEngine

    official = CircleciEngine()
    doubt = official.doubt(plan, settings)
    if not doubt:
        return official, f"the CircleCI CLI {official.cli.version}, Docker and CircleCI's servers are there"
    passed_by = f"not circleci: {doubt}; " if official.cli.path else ""
    host = ENGINES["host"]()
    docker = DockerEngine(host, search)
    client, reason = docker.found
    if client is None:
        return host, f"{passed_by}no container engine: {reason}"
    lacks = docker.lacks(plan.instances, settings)
    if lacks:
        return host, f"{passed_by}{client.program} answers, but {lacks}"
    return docker, f"{passed_by}{client.program} answers, and every image can be had"
