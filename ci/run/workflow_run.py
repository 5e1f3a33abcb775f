"""One run from plan to exit: folder, engine, schedule, clean-up."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..engines.exposure import explained
from ..engines.protocol import Engine
from ..events import Emit, Notice, RunFinished, RunStarted
from ..runtime.job_environment import proxy_passwords
from ..runtime.task import Origin, Outcome, Settings
from ..workflow.model import JobInstance
from ..workflow.plan import Plan
from .circle_variables import Pipeline
from .folder import RunFolder
from .instance import Surroundings, run_instance
from .scheduler import run_plan
from .secrets import JobSecrets, Passed

RunStatus = Literal["success", "failed", "canceled", "on_hold"]


@dataclass(frozen=True, slots=True)
class Invocation:
    """Everything that one run of a plan needs, decided before it starts."""

    plan: Plan
    engine: Engine
    engine_reason: str
    fallback: Engine | None
    """The engine to go on with if the first cannot start every job."""
    origin: Origin
    settings: Settings
    pipeline: Pipeline
    secrets: JobSecrets
    passed: Passed
    approve: Callable[[JobInstance, threading.Event], bool | None]
    width: int
    fail_fast: bool
    notices: tuple[str, ...] = ()

    def secret_values(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """Return what no report of the run may show: all jobs' secrets, passed ones, the passwords of proxies."""
        continuation = self.settings.continuation
        pairs = (*self.secrets.all(), *(continuation.secrets if continuation else ()))
        return (*(value for _, value in pairs), *self.passed.masked, *proxy_passwords(environ))


def run_invocation(invocation: Invocation, folder: RunFolder, emit: Emit) -> RunStatus:
    """Run the plan in that folder; returns how the run as a whole ended.

    Raises KeyboardInterrupt once everything is cleaned up, where the user ended the run.
    """
    began = time.monotonic()
    cancel = threading.Event()
    plan = invocation.plan
    names = tuple(instance.name for instance in plan.instances)
    shown = f"{folder.path}"
    emit(
        RunStarted(
            time.time(), folder.id, plan.workflow.name, invocation.engine.name, invocation.engine_reason, shown, names
        )
    )
    for text in invocation.notices:
        emit(Notice(time.time(), text))
    for notice in left_out_notices(plan):
        emit(notice)
    status: RunStatus = "canceled"
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: emit(RunFinished(time.time(), status, time.monotonic() - began)))
        invocation = _prepared(invocation, emit)
        try:
            results = run_with_reruns(_surroundings(invocation, folder, emit, cancel), invocation)
        except Exception:
            status = "failed"
            raise
        status = overall(plan, results)
    return status


def _prepared(invocation: Invocation, emit: Emit) -> Invocation:
    """Prepare the engine; returns the invocation with the fallback in its place if some job cannot start on it."""
    wanted = [instance for instance in invocation.plan.instances if instance.job]
    trouble = invocation.engine.prepare(wanted, invocation.settings, emit)
    fallback = invocation.fallback
    if trouble is None or fallback is None:
        return invocation
    reason = explained(trouble, fallback, invocation.plan, invocation.settings)
    emit(Notice(time.time(), f"the engine is {fallback.name} instead: {reason}", level="warning"))
    return _prepared(replace(invocation, engine=fallback, fallback=None), emit)


def _surroundings(invocation: Invocation, folder: RunFolder, emit: Emit, cancel: threading.Event) -> Surroundings:
    return Surroundings(
        invocation.plan,
        invocation.engine,
        folder,
        invocation.origin,
        invocation.settings,
        invocation.pipeline,
        invocation.secrets,
        invocation.passed,
        invocation.approve,
        emit,
        cancel,
    )


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


def run_with_reruns(common: Surroundings, invocation: Invocation) -> dict[str, Outcome]:
    """Run the plan, then what failed and what is behind it, as often as ``max_auto_reruns`` says.

    https://circleci.com/docs/reference/configuration-reference/#maxautoreruns
    """

    def execute(instance: JobInstance, results: Mapping[str, Outcome]) -> Outcome:
        return run_instance(common, instance, results)

    results: dict[str, Outcome] = {}
    for attempt in range(1 + invocation.plan.workflow.max_auto_reruns):
        if attempt:
            results = {name: outcome for name, outcome in results.items() if outcome.status == "success"}
            common.emit(Notice(time.time(), f"rerun {attempt} from what failed (max_auto_reruns)"))
        results = run_plan(
            invocation.plan, execute, common.emit, common.cancel, invocation.width, invocation.fail_fast, results
        )
        if overall(invocation.plan, results) != "failed" or common.cancel.is_set():
            break
    return results


def overall(plan: Plan, results: Mapping[str, Outcome]) -> RunStatus:
    """Return how a run ended: failed if a job failed or if nothing ran at all.

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
    return "success" if "success" in executed or not executed else "failed"
