"""The compiled config: what CircleCI would run, with what the official output forgets."""

from __future__ import annotations

from ..dataclass import dataclass
from ..errors import Position, Problem
from ..source.nodes import MapNode
from ..workflow.job_instances import Kind, Workflow


@dataclass(frozen=True, slots=True, eq=False)
class CompiledJob:
    """What a job compiles to for one set of arguments: version 2 shape, nothing left to substitute."""

    node: MapNode
    kind: Kind
    executors: tuple[str, ...]
    """The names by which ``-e`` finds it."""
    position: Position


@dataclass(frozen=True, slots=True)
class Compiled:
    """What one config compiles to.

    ``document`` is the official output as plain data; ``comments`` are the lines that
    precede it (a resolved orb each, overridden built-ins).
    """

    document: dict[str, object]
    jobs: dict[str, CompiledJob]
    """The jobs of active workflows by their final names."""
    workflows: tuple[Workflow, ...]
    comments: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    setup: bool = False
    chosen: tuple[str, ...] = ()
    """A line for each orb whose version nothing has fixed: which one was taken."""
    missing: tuple[Problem, ...] = ()
    """A problem for each missing orb that some job hangs on; those jobs have no body."""
    declared: tuple[str, ...] = ()
    """The names of all the jobs that the config defines, called or not."""
