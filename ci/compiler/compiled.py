"""The compiled config: what CircleCI would run, with what the official output forgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import Position, Problem
from ..source.nodes import Mapping

Kind = Literal["build", "approval", "no-op", "release", "lock", "unlock"]
Status = Literal["success", "failed", "canceled", "unauthorized", "not_run"]

STATUSES: tuple[Status, ...] = ("success", "failed", "canceled", "unauthorized", "not_run")


@dataclass(frozen=True, slots=True)
class CompiledJob:
    """One expanded job of the compiled config: version 2 shape, nothing left to substitute."""

    name: str
    body: Mapping
    position: Position


@dataclass(frozen=True, slots=True)
class Requirement:
    """A job instance that must end first, and the statuses in which it may."""

    name: str
    statuses: tuple[Status, ...] = ("success",)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One job instance of a workflow, after matrix expansion."""

    name: str
    kind: Kind
    job: str
    """The job's name in the source, with its orb's prefix: what ``jobs:`` of the workflow says."""
    session: str
    """The NAME of its nox session: the entry's own name, the matrix alias, or the job's name."""
    executors: tuple[str, ...]
    """The names by which ``-e`` finds it, the one to show first; empty where nothing executes."""
    requires: tuple[Requirement, ...]
    contexts: tuple[str, ...]
    position: Position
    filtered: str = ""
    """Why the job's filters keep it from running on this branch or tag; empty where it runs."""
    serial_group: str = ""
    missing: tuple[str, ...] = ()
    """The missing orbs that it hangs on."""


@dataclass(frozen=True, slots=True)
class CompiledWorkflow:
    """A workflow; inactive where its ``when`` or ``unless`` says so, and then without invocations."""

    name: str
    position: Position
    invocations: tuple[Invocation, ...]
    active: bool = True
    inactive_because: str = ""
    schedules: tuple[str, ...] = ()
    """The cron lines of its triggers."""
    max_auto_reruns: int = 0


@dataclass(frozen=True, slots=True)
class Compiled:
    """What one config compiles to.

    ``document`` is the official output as plain data; ``comments`` are the lines that
    precede it (a resolved orb each, overridden built-ins).
    """

    document: dict[str, object]
    jobs: dict[str, CompiledJob]
    workflows: tuple[CompiledWorkflow, ...]
    comments: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    setup: bool = False
    chosen: tuple[str, ...] = ()
    """A line for each orb whose version nothing has fixed: which one was taken."""
    missing: tuple[Problem, ...] = ()
    """A problem for each missing orb that some job hangs on; those jobs have no body."""
    declared: tuple[str, ...] = ()
    """The names of all the jobs that the config defines, called or not."""
