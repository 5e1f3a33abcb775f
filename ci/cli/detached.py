"""A run whose jobs go on without this program, come back to by ``resume``."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..dataclass import replace
from ..errors import EngineError, Problem, UsageError
from ..options.given import parse_run
from ..options.groups import ENVIRONMENT, OUTPUT
from ..options.parser import run_parser
from ..options.table import Options, table
from ..project.project import Project
from ..system.command_names import typed_command
from .arguments import prog
from .recorded_options import as_recorded

if TYPE_CHECKING:
    from argparse import Namespace

    from ..record.detached_run import DetachedRun
    from ..run.kept_runs import KeptRun


TAKEN_GROUPS = (ENVIRONMENT, OUTPUT)
TAKEN = ("detach", "approve", "parallel", "fail_fast", "kube_on_lost")
"""What may be said anew of a run that goes on."""


def detached_runs(project: Project, name: str = "") -> list[KeptRun]:
    """Return the detached runs of a project, or the one of that name if it is such a run."""
    from ..run.folder import is_detached, runs
    from ..run.kept_runs import find_run, read_run
    from ..run.state_folder import check_state

    check_state(project.root, project.state)
    if name:
        found = find_run(project.state, name)
        return [found] if is_detached(found.path) else []
    return [read_run(each) for each in runs(project.state) if is_detached(each)]


def reached(run: DetachedRun) -> tuple[str, str]:
    """Return the context and the namespace of a run's Pods, whatever the current ones are by now."""
    return str(run.choices.get("kube_context", "")), str(run.choices.get("kube_namespace", ""))


def end_detached(project: Project) -> Iterator[str]:
    """End the detached jobs of a project's runs; yield a line for each run, ended or left and why."""
    from ..run.folder import alone_with, is_detached

    for run in detached_runs(project):
        with alone_with(run.path) as is_free:
            if is_free and is_detached(run.path):  # else somebody has come back to it, or ended it, meanwhile
                yield _end(run, project)


def _end(run: KeptRun, project: Project) -> str:
    from ..run.detachment import end_record, until_text
    from ..runtime.left_run import detached_jobs

    detached = detached_jobs(run.path) if _is_own(run, project) else None
    jobs = " and ".join(detached.jobs) if detached else ""
    try:
        if detached:
            _delete_pods(detached)
    except EngineError as error:
        if detached and time.time() < detached.until:
            return f"left {jobs} of run {run.id} until {until_text(detached.until)}: {error.problems[0].message}"
    end_record(run)
    what = f"which had detached {jobs}" if jobs else "whose detached jobs are not known any more"
    return f"ended run {run.id}, {what}"


def _delete_pods(run: DetachedRun) -> None:
    from ..engines.kubernetes.cluster.connection import connect
    from ..engines.kubernetes.cluster.kubeconfig import Target
    from ..engines.kubernetes.detached_pod import delete_left

    with connect(Target(*reached(run))) as cluster:
        delete_left(cluster, [each.place for each in run.nodes])


def _is_own(run: KeptRun, project: Project) -> bool:
    """Return whether the user has run it here: what another one says of Pods could name any."""
    from ..pipeline.record_seal import is_sealed

    return run.record is not None and is_sealed(run.record, project.root)


def _refuse_other_options(typed: Namespace, now: Options) -> None:
    """Raise UsageError for options that would make another run of it."""
    taken = [each for each in table("run") if each.field in TAKEN or each.group in TAKEN_GROUPS]
    other = [
        each for each in table("run") if each not in taken and each.help and getattr(typed, each.field) is not None
    ]
    if other or now.dry_run:
        name = other[0].name if other else "dry-run"
        hint = f"It takes {', '.join(f'--{each.name}' for each in taken if each.flags)}."
        raise UsageError(
            Problem(f"a detached run goes on with the options that it has: resume does not take --{name}", None, hint)
        )


def resume_detached(project: Project, found: KeptRun, argv: Sequence[str]) -> int:
    """Come back to a run with the options that it had, and those of ``argv``; return the exit status."""
    from ..pipeline.resumed_run import LeftRun, resume_run
    from ..runtime.left_run import detached_jobs

    record, detached = found.record, detached_jobs(found.path)
    if record is None or detached is None or not record.workflows:
        what = found.problem or "what is known of its detached jobs cannot be read"
        raise UsageError(Problem(f"run {found.id}: {what}", None, f"`{typed_command('clean pods')}` ends its jobs."))
    if not _is_own(found, project):
        what = f"run {found.id} was not detached by you in this folder"
        raise UsageError(Problem(what, None, "Its Pods end themselves; run the workflow again."))
    now = parse_run(argv, project.settings, os.environ, prog("resume RUN"))
    _refuse_other_options(run_parser("resume").parse(argv), now)
    project, options = as_recorded(project, record, True, now, argv, "resume")
    context, namespace = reached(detached)
    options = replace(options, unnamed=record.unnamed, kube_context=context, kube_namespace=namespace)
    return resume_run(project, options, LeftRun(found.path, record, detached))
