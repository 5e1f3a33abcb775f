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
    engine = ENGINES["host" if name == AUTO else name]()
    trouble = engine.unavailable(settings)
    if trouble:
        raise UsageError(Problem(f"the engine {engine.name!r} cannot run here: {trouble}"))
    reason = "the engines circleci and docker are not built yet" if name == AUTO else "it was asked for"
    return engine, reason
