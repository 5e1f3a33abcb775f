"""Which engine runs a plan, and why."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Problem, UsageError
from ..runtime.task import Settings
from ..workflow.model import JobInstance
from .protocol import Engine
from .registry import ENGINES

AUTO = "auto"


def choose(name: str, instances: Sequence[JobInstance], settings: Settings) -> tuple[Engine, str]:
    """The engine of that name, or the best one for ``auto``, with one line that says why.

    Raises UsageError where there is no such engine, or this machine cannot run it.
    """
    if name != AUTO and name not in ENGINES:
        raise UsageError(Problem(f"there is no engine {name!r}", None, f"there are {AUTO}, {', '.join(ENGINES)}"))
    if name == AUTO:
        return _auto(instances, settings)
    engine = ENGINES[name]()
    trouble = engine.unavailable(settings)
    if trouble:
        raise UsageError(Problem(f"the engine {engine.name!r} cannot run here: {trouble}"))
    return engine, "it was asked for"


def _auto(instances: Sequence[JobInstance], settings: Settings) -> tuple[Engine, str]:
    """docker where an engine answers and has, or can have, every image; else host."""
    from .docker.client import find
    from .docker.engine import DockerEngine

    host = ENGINES["host"]()
    client, reason = find()
    if client is None:
        return host, f"no container engine: {reason}"
    docker = DockerEngine(host)
    lacks = docker.lacks(instances, settings)
    if lacks:
        return host, f"{client.program} answers, but {lacks}"
    return docker, f"{client.program} answers, and every image can be had"
