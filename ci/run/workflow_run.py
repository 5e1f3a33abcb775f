"""One run from plan to exit: folder, engine, schedule, clean-up."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Literal

from ..dataclass import replace
from ..engines.exposure import explained
from ..engines.protocol import Ready
from ..events import Emit, Notice, RunDetached, RunFinished, RunStarted
from ..runtime.task import Outcome
from ..workflow.job_instances import JobInstance
from ..workflow.plan import Plan
from .detachment import Detachment, forget_detached
from .folder import RunFolder
from .instance import run_instance
from .run_context import ActiveRun, RunContext
from .scheduler import schedule_plan

RunStatus = Literal["success", "failed", "canceled", "on_hold"]
LeftStatus = Literal["detached", "detached_failed"]
"""A run is ``detached`` if some jobs go on without this program; ``detached_failed`` if others have failed by then."""


def run_workflow(context: RunContext, folder: RunFolder, emit: Emit) -> RunStatus | LeftStatus:
    """Run the plan in that folder, from its first event to its last; return how the run as a whole ended, or was left.

    Raises KeyboardInterrupt once everything is cleaned up, if the user ended the run.
    """
    began = time.monotonic() - context.earlier_seconds
    _announce(context, folder, emit)
    status: RunStatus | LeftStatus = "detached" if context.before else "canceled"
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: _finish(status, time.monotonic() - began, emit))
        try:
            context, ready = with_ready_engine(context, emit)
            stack.callback(ready.close)
            detachment = Detachment(context.before)
            run = ActiveRun(context, ready.run, folder, emit, threading.Event(), ready.survey, detachment)
            stack.callback(lambda: detachment.end_unreached(ready.leaving))
            forget_detached(folder.run)
            status = "canceled"
            results = run_with_reruns(run)
            if detachment.is_any and ready.leaving and not run.cancel.is_set():
                left = detachment.keep(folder.run, ready.leaving, context.left_out)
                status = "detached_failed" if any_failed(results) else "detached"
                emit(RunDetached(time.time(), folder.id, left.jobs, left.place, left.until))
                return status
        except Exception:
            status = "detached" if status == "detached" else "failed"  # of one that nobody came back to nothing changes
            raise
        status = overall(context.plan, results, bool(context.held_back))
    return status


def _finish(status: RunStatus | LeftStatus, seconds: float, emit: Emit) -> None:
    """Tell how a run has ended, if it has."""
    if status != "detached" and status != "detached_failed":
        emit(RunFinished(time.time(), status, seconds))


def any_failed(results: Mapping[str, Outcome]) -> bool:
    """Return whether a job has failed."""
    return any(each.status in ("failed", "timedout") for each in results.values())


def _announce(context: RunContext, folder: RunFolder, emit: Emit) -> None:
    plan, engine = context.plan, context.engine.name
    running = [instance for instance in plan.instances if instance.name not in context.taken]
    names = tuple(instance.name for instance in running)
    reason, place = context.engine_reason, f"{folder.path}"
    needs = tuple(tuple(each for each in plan.needs(instance) if each in names) for instance in running)
    emit(RunStarted(time.time(), folder.id, plan.workflow.name, engine, reason, place, names, needs))
    for text in context.notices:
        emit(Notice(time.time(), text))
    for notice in left_out_notices(plan):
        emit(notice)


def with_ready_engine(context: RunContext, emit: Emit) -> tuple[RunContext, Ready]:
    """Prepare the engine; return the context, and the engine as it is prepared.

    If some job cannot start on the engine, the fallback takes its place.
    """
    others = {*context.taken, *context.held_back}
    wanted = [each for each in context.plan.instances if each.job and each.name not in others]
    ready = context.engine.prepare(wanted, context.settings, emit)
    fallback = context.fallback
    if ready.trouble is None or fallback is None:
        return context, ready
    reason = explained(ready.trouble, fallback, context.plan, context.settings)
    emit(Notice(time.time(), f"the engine is {fallback.name} instead: {reason}", level="warning"))
    return with_ready_engine(replace(context, engine=fallback, fallback=None), emit)


def left_out_notices(plan: Plan) -> list[Notice]:
    """Return a line for each instance that filters leave out; they are warnings if nothing is left to run."""
    level: Literal["info", "warning"] = "info" if plan.instances else "warning"
    lines = [
        Notice(time.time(), f"{instance.name} is left out: {why}", position=instance.position, level=level)
        for instance, why in plan.left_out
    ]
    if plan.instances:
        return lines
    hint = "nothing is left to run: --branch NAME or --tag NAME runs the workflow as for that branch or tag"
    return [*lines, Notice(time.time(), hint, level=level)]


def run_with_reruns(run: ActiveRun) -> dict[str, Outcome]:
    """Run the plan, then what failed and what is behind it, as often as ``max_auto_reruns`` says.

    https://circleci.com/docs/reference/configuration-reference/#maxautoreruns
    """
    context, plan = run.context, run.context.plan

    def execute(instance: JobInstance, results: Mapping[str, Outcome]) -> Outcome:
        return run_instance(run, instance, results)

    results: dict[str, Outcome] = dict(context.taken)
    for attempt in range(1 + plan.workflow.max_auto_reruns):
        if attempt:
            results = {name: outcome for name, outcome in results.items() if outcome.status == "success"}
            run.emit(Notice(time.time(), f"rerun {attempt} from what failed (max_auto_reruns)"))
        results = schedule_plan(
            plan, execute, run.emit, run.cancel, context.width, context.fail_fast, results, context.pauses
        )
        if run.detachment.is_any or overall(plan, results) != "failed" or run.cancel.is_set():
            break
    return results


def overall(plan: Plan, results: Mapping[str, Outcome], held_back: bool = False) -> RunStatus:
    """Return how a run ended: failed if a job failed or if nothing ran at all, unless for want of the user's yes.

    https://circleci.com/docs/guides/orchestrate/workflows/, states of a workflow
    """
    statuses: Sequence[str] = [results[instance.name].status for instance in plan.instances if instance.name in results]
    if any(status in ("failed", "timedout") for status in statuses):
        return "failed"
    if "canceled" in statuses:
        return "canceled"
    executed = [
        results[instance.name].status for instance in plan.instances if instance.job and instance.name in results
    ]
    if any(instance.missing for instance in (*plan.instances, *(left_out for left_out, _ in plan.left_out))):
        return "failed"
    if "on_hold" in statuses:
        return "on_hold"
    if not statuses:
        return "failed"
    return "success" if "success" in executed or not executed or held_back else "failed"
