"""One job instance of a plan, run to its outcome: its nodes at once, approvals, no-ops, skips."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..dataclass import replace
from ..errors import EngineError, Problem
from ..events import Emit, Event, Fidelity, JobStarted
from ..record.detached_run import LeftNode
from ..runtime.failures import JobError, StepError
from ..runtime.job_environment import proxy_passwords
from ..runtime.left_node import HandedOver
from ..runtime.seen import seen_by_all
from ..runtime.storage import timings
from ..runtime.task import Folders, Layer, Outcome, Task
from ..system.lock import locked
from ..system.refusals import refusal
from ..workflow.job_instances import JobInstance
from ..workflow.model import AttachWorkspace, Job, Pairs
from ..workflow.plan import Plan
from .circle_variables import defined
from .reuse_hook import StartingJob
from .run_context import ActiveRun, RunContext
from .scheduler import Detached

Nodes = Mapping[int, LeftNode | Outcome]
"""The nodes of a job by number: where each stands that was left, or how it has ended."""
EXACT = Fidelity("exact")
SKIPPED = Fidelity("skipped")


def run_instance(run: ActiveRun, instance: JobInstance, results: Mapping[str, Outcome]) -> Outcome:
    """Run one instance to its end; what an engine cannot do, or the machine refuses, fails the job, not the run."""
    try:
        return _run(run, instance, results)
    except (OSError, RuntimeError, ImportError) as error:
        return _refused(error)


def _run(run: ActiveRun, instance: JobInstance, results: Mapping[str, Outcome]) -> Outcome:
    if instance.kind == "approval":
        return _approval(run, instance)
    if held := run.context.held_back.get(instance.name):
        return Outcome("skipped", SKIPPED, held)
    if lacks := instance.lacks:
        return Outcome("skipped", SKIPPED, lacks)
    if instance.kind == "no-op" or instance.job is None:
        return Outcome("success", EXACT)
    refusal = run.context.engine.skip_reason(instance, run.context.settings)
    if refusal:
        return Outcome("skipped", SKIPPED, refusal)
    starting = _starting(run, instance, instance.job, results)
    before = run.detachment.come_back(instance.name)
    if not before and (taken := run.context.reuse.take(starting)):
        return taken
    outcome = _in_its_group(run, instance, starting, before)
    run.context.reuse.note(starting, outcome)
    if outcome.status == "success":
        timings.TimingStore(run.context.settings.state / timings.FOLDER).record(outcome.timings)
    return outcome


def _starting(run: ActiveRun, instance: JobInstance, job: Job, results: Mapping[str, Outcome]) -> StartingJob:
    context = run.context
    return StartingJob(
        instance,
        job,
        _variables(context, instance, job, 0),
        context.secrets.of(instance),
        _upstream(context.plan, instance, job, results),
        run.folder,
        context.settings,
        run.survey,
        run.emit,
    )


def _variables(context: RunContext, instance: JobInstance, job: Job, node: int) -> Pairs:
    build = context.pipeline.number * 1000 + context.plan.places[instance.name]
    return defined(context.pipeline, context.work_tree, job, instance.name, build, node, job.parallelism)


def _in_its_group(run: ActiveRun, instance: JobInstance, job: StartingJob, before: Nodes) -> Outcome:
    if not instance.serial_group:
        return _run_nodes(run, instance, job, before)
    lock = run.folder.serial_group_lock(instance.serial_group)
    with locked(lock, run.cancel) as held:
        if not held:
            return Outcome("canceled", SKIPPED, f"it waited for serial group {instance.serial_group!r}")
        return _run_nodes(run, instance, job, before)


def _approval(run: ActiveRun, instance: JobInstance) -> Outcome:
    approved = run.context.approve(instance, run.emit, run.cancel)
    if approved is None:
        return Outcome("on_hold", EXACT, f"approve it with --approve {instance.name!r}")
    return Outcome("success", EXACT, "approved") if approved else Outcome("canceled", EXACT, "declined")


def _run_nodes(run: ActiveRun, instance: JobInstance, starting: StartingJob, before: Nodes) -> Outcome:
    """Run the nodes of a job, those that were left from where they stand. Raise Detached if one goes on."""
    job, layers = starting.job, starting.layers
    nodes = range(job.parallelism) if run.context.settings.node is None else (run.context.settings.node,)
    tasks = {node: _task(run, instance, job, layers, node, before.get(node)) for node in nodes}
    found = _results(run, instance, {node: task for node, task in tasks.items() if task})
    together = {node: found[node] if node in found else before[node] for node in nodes}
    outcomes = [each for each in together.values() if isinstance(each, Outcome)]
    if len(outcomes) < len(together):
        run.detachment.leave(instance.name, together)
        raise Detached
    return combined(outcomes) if len(outcomes) > 1 else outcomes[0]


def _results(run: ActiveRun, instance: JobInstance, tasks: Mapping[int, Task]) -> Nodes:
    if len(tasks) <= 1:
        return {node: _run_node(run, task) for node, task in tasks.items()}
    from concurrent.futures import ThreadPoolExecutor  # most jobs have one node

    with ThreadPoolExecutor(len(tasks), thread_name_prefix=f"node of {instance.name}") as pool:
        return dict(zip(tasks, pool.map(lambda task: _run_node(run, task), tasks.values()), strict=True))


def _run_node(run: ActiveRun, task: Task) -> Outcome | LeftNode:
    run.detachment.reach(task.instance.name, task.node)
    try:
        with run.context.pauses.node(task.instance.name, task.label):
            return run.run_task(task, _naming_passed(run), run.cancel)
    except HandedOver as left:
        return left.node
    except (StepError, JobError) as error:  # before its first step, as on a full disk
        return Outcome("failed", SKIPPED, str(error))
    except EngineError as error:
        return Outcome("failed", SKIPPED, "; ".join(_with_hint(problem) for problem in error.problems))
    except (OSError, RuntimeError, ImportError) as error:
        return _refused(error)


def _refused(error: Exception) -> Outcome:
    """Return the outcome of a job that the machine has refused something; raise an error of the program's own."""
    reason = refusal(error)
    if reason is None:
        raise error
    return Outcome("failed", SKIPPED, reason)


def _naming_passed(run: ActiveRun) -> Emit:
    """Return an ``emit`` that names the user's variables in each job's first lines, whatever engine runs it."""

    def emit(event: Event) -> None:
        if isinstance(event, JobStarted) and run.context.passed.lines:
            event = replace(event, details=(*event.details, *run.context.passed.lines))
        run.emit(event)

    return emit


def _with_hint(problem: Problem) -> str:
    return f"{problem.message}. {problem.hint}" if problem.hint else problem.message


def _task(
    run: ActiveRun,
    instance: JobInstance,
    job: Job,
    layers: tuple[tuple[Layer, ...], ...],
    node: int,
    before: LeftNode | Outcome | None,
) -> Task | None:
    """Return a node as its engine runs it; None if it has ended before the run was left."""
    if isinstance(before, Outcome):
        return None
    folders = run.folder.of_node(instance.name, node, job.parallelism)
    task = task_of(run.context, run.folder.id, folders, instance, job, layers, node)
    hands_over = run.context.detaches and run.context.settings.continuation is None
    return replace(task, hands_over=hands_over, left=before)


def task_of(
    context: RunContext,
    run: str,
    folders: Folders,
    instance: JobInstance,
    job: Job,
    layers: tuple[tuple[Layer, ...], ...],
    node: int,
) -> Task:
    """Return a node of a job, of the run of that id, as an engine runs it in those folders."""
    nodes = job.parallelism
    continuation = context.settings.continuation
    return Task(
        run=run,
        workflow=context.plan.workflow.name,
        instance=instance,
        job=job,
        work_tree=context.work_tree,
        folders=folders,
        settings=context.settings,
        variables=_variables(context, instance, job, node),
        secrets=(*context.secrets.of(instance), *(continuation.secrets if continuation else ())),
        masked=(*proxy_passwords(os.environ), *context.passed.masked),
        plain=context.passed.variables,
        absent_contexts=context.secrets.absent(instance),
        layers=layers,
        node=node,
        nodes=nodes,
        left_out=context.left_out.get(instance.name, frozenset()),
        noted=context.reuse.notes(instance),
        stops=context.pauses,
    )


def _upstream(
    plan: Plan, instance: JobInstance, job: Job, results: Mapping[str, Outcome]
) -> tuple[tuple[Layer, ...], ...]:
    """Return the layers of all jobs upstream for a job that attaches them; others are not asked for theirs."""
    if not any(isinstance(step, AttachWorkspace) for step in job.steps):
        return ()
    groups = plan.upstream(instance)
    layers = (tuple(layer for name in group if name in results for layer in results[name].layers) for group in groups)
    return tuple(group for group in layers if group)


def combined(outcomes: list[Outcome]) -> Outcome:
    """Return the nodes of one job as one outcome: it succeeds if all do."""
    worst = next((outcome for outcome in outcomes if outcome.status != "success"), outcomes[0])
    differences = tuple(dict.fromkeys(point for outcome in outcomes for point in outcome.fidelity.differences))
    counted = [outcome.tests for outcome in outcomes if outcome.tests]
    return Outcome(
        status=worst.status,
        fidelity=Fidelity("emulated" if differences else worst.fidelity.level, differences),
        reason=worst.reason,
        layers=tuple(layer for outcome in outcomes for layer in outcome.layers),
        tests=sum(counted[1:], counted[0]) if counted else None,
        artifacts=sum(outcome.artifacts for outcome in outcomes),
        timings=tuple(timing for outcome in outcomes for timing in outcome.timings),
        seen=seen_by_all([outcome.seen for outcome in outcomes]),
        earlier=max(outcome.earlier for outcome in outcomes),
    )
