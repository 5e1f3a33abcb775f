"""What each kind of step does, in a box, for one job.

https://circleci.com/docs/reference/configuration-reference/#steps
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..dataclass import dataclass, field, replace
from ..events import IN_BACKGROUND, StepStatus, TestCounts
from ..workflow.duration import written
from ..workflow.model import (
    AddSshKeys,
    AttachWorkspace,
    Checkout,
    Pairs,
    PersistToWorkspace,
    RestoreCache,
    Run,
    SaveCache,
    SetupRemoteDocker,
    Step,
    StoreArtifacts,
    StoreTestResults,
    Unsupported,
)
from .box import Box, Ended, StepCommand
from .checkout.ownership import Ownership
from .failures import StepError
from .fidelity import UsedFeature, checkout_features, key_features, run_features, step_feature
from .masking.stream import Masker
from .seen import CacheUse, CheckoutFacts, Seen
from .step_output import StepOutput
from .task import Layer, Task


@dataclass(slots=True)
class JobState:
    """What the steps of a running job share, and what they leave."""

    task: Task
    box: Box
    masker: Masker
    cancel: threading.Event
    until: float
    """The moment, by ``time.monotonic``, when the job's time is over."""
    environment: Pairs = ()
    features: list[UsedFeature] = field(default_factory=list)
    """What the steps used: keys of the table in ``fidelity.py``, each with what there is to say of it."""
    layers: list[Layer] = field(default_factory=list)
    artifacts: int = 0
    tests: TestCounts | None = None
    timings: list[tuple[str, float]] = field(default_factory=list)
    checkouts: dict[str, Mapping[str, tuple[int, int, int]]] = field(default_factory=dict)
    """Where the user's checkout is, with the files that it took, if the job may stop: see checkout/edits.py."""
    seen: Seen = field(default_factory=Seen)
    """What the job has seen, if its task says that this is noted."""
    ownership: Ownership = field(init=False)
    """Which repositories its ``checkout`` steps may replace."""

    def __post_init__(self) -> None:
        self.ownership = Ownership(self.task.folders.scratch)


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How a step ended; ``open``: more of its output may come; ``seconds``: how long it took, if not as seen here."""

    status: StepStatus = "success"
    exit_status: int | None = None
    message: str = ""
    open: bool = False
    seconds: float | None = None


DONE = StepEnd()
KILLED = 128 + 9
"""The status of a shell whose program was killed, as where memory is short: no variable is the reason."""
ONLY_IMAGE = (
    "set by an image's environment alone, which is for that container's own program and reaches no step;"
    " set it in the job's environment"
)


def perform(job: JobState, step: Step, output: StepOutput) -> StepEnd:
    """Do what a step says; never raises for what only fails the step."""
    job.features.append(step_feature(step))
    try:
        return _DO[type(step)](job, step, output)
    except StepError as error:
        return StepEnd("canceled" if job.cancel.is_set() else "failed", message=str(error))


def _run(job: JobState, step: Run, output: StepOutput) -> StepEnd:
    """https://circleci.com/docs/reference/configuration-reference/#run"""
    try:
        return _attempts(job, step, output)
    finally:  # a box knows from its first step on whether there is a terminal
        job.features += run_features(step.command, job.box.terminal)


def _attempts(job: JobState, step: Run, output: StepOutput) -> StepEnd:
    """Run a step, and again if it fails and ``max_auto_reruns`` says so; return how the last attempt ended."""
    for attempt in range(step.max_auto_reruns, -1, -1):
        ended = job.box.run(step_command(job, step), output.write, job.cancel)
        result = replace(run_end(ended, step.no_output_timeout), seconds=ended.seconds)
        if result.status not in ("failed", "timedout") or not attempt:
            break
        output.say(f"{result.message or f'exit status {ended.status}'}; running the step again, {attempt} left")
        if job.cancel.wait(step.auto_rerun_delay):
            return StepEnd("canceled")
    return _explained(job, step, result) if result.status == "failed" else result


def _explained(job: JobState, step: Run, result: StepEnd) -> StepEnd:
    """Return the end of a failed step with its likely reason: a variable that only an image sets."""
    from ..workflow.image_variables import unseen_by_programs, unset_in

    known = {name for name, _ in (*job.box.environment, *job.environment)}
    used = unset_in(step, job.task.job, known)
    names = used or unseen_by_programs(step, job.task.job, known)
    if not names or (not used and result.exit_status == KILLED):
        return result
    who = "" if used else "a program of the step may want "
    message = f"exit status {result.exit_status}; {who}{', '.join(f'${name}' for name in names)}: {ONLY_IMAGE}"
    return replace(result, message=message)


def step_command(job: JobState, step: Run) -> StepCommand:
    """Return a step as its box runs it. Raise StepError for a ``shell`` that is no command line."""
    return StepCommand(
        script=step.command,
        shell=shell_words(step.shell or job.task.job.shell) or job.box.default_shell,
        environment=(*job.environment, *step.environment),
        directory=job.box.path(step.working_directory or "."),
        no_output_timeout=step.no_output_timeout,
        background=step.background,
        until=job.until,
    )


def shell_words(shell: str) -> tuple[str, ...]:
    """Return the words of a ``shell``, split as a shell would."""
    try:
        import shlex

        return tuple(shlex.split(shell))
    except ValueError as error:
        raise StepError(f"shell {shell!r} is not a command line: {error}") from None


def run_end(ended: Ended, no_output_timeout: float) -> StepEnd:
    """Return what the end of its command means for a ``run`` step."""
    if ended.cause == "exit":
        return StepEnd("failed" if ended.status else "success", ended.status, open=ended.open)
    if ended.cause == "silence":
        message = f"Too long with no output (exceeded {written(no_output_timeout)}): context deadline exceeded"
        return StepEnd("timedout", ended.status, message, ended.open)
    if ended.cause == "canceled":
        return StepEnd("canceled", ended.status, open=ended.open)
    return StepEnd("timedout", ended.status, "the job's time limit was reached", ended.open)


def background_end(ended: Ended) -> StepEnd:
    """Return how a background step is reported at the end of its job: it fails no job."""
    if ended.cause == "job-end" or not ended.status:
        return StepEnd("success", ended.status if ended.cause == "exit" else None)
    return StepEnd("failed", ended.status, IN_BACKGROUND)


def _checkout(job: JobState, step: Checkout, output: StepOutput) -> StepEnd:
    from .checkout.checkout import check_out

    path = job.box.path(step.path or ".")
    found: list[CheckoutFacts] = []
    note = found.append if job.task.noted else None
    check_out(job.box, path, job.task.work_tree, output.say, job.ownership, output.watch, note)
    for facts in found:
        job.seen = job.seen.with_checkout(facts)
    if job.task.stops.may_stop:
        from .checkout.edits import stamps

        job.checkouts[path] = stamps(job.task.work_tree)
    job.features += checkout_features(job.task)
    return DONE


def _save_cache(job: JobState, step: SaveCache, output: StepOutput) -> StepEnd:
    from .storage import cache, cache_key

    key = cache_key.render(step.key, _key_context(job))
    job.features += key_features([step.key])
    store = cache.CacheStore(job.task.folders.cache, check=job.box.check)
    output.say(cache.save(store, job.box, key, step.paths, job.box.working_directory))
    if job.task.noted and store.get(key):
        job.seen = _with_cache(job, CacheUse((key,), saves=True))
    return DONE


def _restore_cache(job: JobState, step: RestoreCache, output: StepOutput) -> StepEnd:
    from .storage import cache, cache_key

    context = _key_context(job)
    keys = [cache_key.render(key, context) for key in step.keys]
    job.features += key_features(step.keys)
    store = cache.CacheStore(job.task.folders.cache, check=job.box.check)
    found: list[str] = []
    output.say(cache.restore(store, job.box, keys, lambda entry: found.append(entry.identity)))
    if job.task.noted:
        job.seen = _with_cache(job, CacheUse(tuple(keys), "".join(found)))
    return DONE


def _with_cache(job: JobState, use: CacheUse) -> Seen:
    """Return what the job has seen with the use of a cache; a key that has a secret in it cannot be kept."""
    if any(job.masker.text(key) != key for key in use.keys):
        return job.seen.without("the key of a cache has a secret in it")
    return job.seen.with_cache(use)


def _key_context(job: JobState) -> Any:
    from .storage.cache_key import Context
    from .storage.keyed_hash import KeyedHash

    defined = dict(job.task.variables)
    return Context(
        box=job.box,
        branch=job.task.work_tree.branch,
        revision=job.task.work_tree.revision,
        build=defined.get("CIRCLE_BUILD_NUM", ""),
        environment=dict(job.task.secrets) | defined,
        secret=dict(job.task.secrets).keys() - defined.keys(),
        hidden=KeyedHash(job.task.folders.cache),
        epoch=time.time(),
    )


def _persist(job: JobState, step: PersistToWorkspace, output: StepOutput) -> StepEnd:
    from .storage import workspace

    archive = job.task.folders.workspace
    if job.layers:
        archive = archive.with_suffix(f".{len(job.layers)}{archive.suffix}")
    layer = workspace.persist(job.box, step.root, step.paths, archive, job.task.instance.name, job.task.node)
    job.layers.append(layer)
    output.say(f"Persisted {_counted(len(layer.members), 'file')} to the workspace")
    return DONE


def _attach(job: JobState, step: AttachWorkspace, output: StepOutput) -> StepEnd:
    from .storage import workspace

    if not job.task.layers:
        output.say("No upstream job has persisted anything to attach")
        return DONE
    count = workspace.attach(job.box, step.at, job.task.layers)
    output.say(f"Attached {_counted(count, 'file')} at {job.box.path(step.at)}")
    return DONE


def _artifacts(job: JobState, step: StoreArtifacts, output: StepOutput) -> StepEnd:
    from .storage import artifacts

    count = artifacts.store(job.box, step.path, step.destination, job.task.folders.artifacts)
    job.artifacts += count
    output.say(f"Stored {_counted(count, 'artifact')}" if count else f"No artifact files found at {step.path}")
    return DONE


def _test_results(job: JobState, step: StoreTestResults, output: StepOutput) -> StepEnd:
    from .storage import results

    counts, timings = results.store(job.box, step.path, job.task.folders.test_results, output.say)
    job.tests = counts if job.tests is None else job.tests + counts
    job.timings += timings
    failed = counts.failed + counts.errors
    output.say(f"{_counted(counts.total, 'test')}, {failed} failed, {counts.skipped} skipped")
    return DONE


def _add_ssh_keys(job: JobState, step: AddSshKeys, output: StepOutput) -> StepEnd:
    if not job.task.settings.ssh_agent:
        return _skip("additional SSH keys are kept by CircleCI; your own agent is offered with --ssh-agent", output)
    import os

    socket = os.environ.get("SSH_AUTH_SOCK", "")
    if not socket:
        return _skip("no SSH agent runs here (SSH_AUTH_SOCK is not set)", output)
    job.environment = (*job.environment, ("SSH_AUTH_SOCK", socket))
    output.say("The keys of your SSH agent are offered to the steps that follow")
    return DONE


def _remote_docker(job: JobState, step: SetupRemoteDocker, output: StepOutput) -> StepEnd:
    if job.box.engine == "host":
        return _skip("steps use this machine's Docker engine anyway", output)
    if job.box.engine == "kubernetes":
        return _skip("a Pod has no Docker engine: --engine docker can offer this machine's", output)
    if not job.task.settings.allow_docker:
        return _skip("this machine's Docker engine is offered to jobs only with --allow-docker", output)
    if not job.box.offers_docker:
        return _skip("no Docker engine could be offered to the job: its first lines say why", output)
    output.say("This machine's Docker engine is offered to the steps (--allow-docker)")
    return DONE


def _unsupported(job: JobState, step: Unsupported, output: StepOutput) -> StepEnd:
    return _skip(step.reason, output)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _skip(reason: str, output: StepOutput) -> StepEnd:
    output.say(f"Skipped: {reason}")
    return StepEnd("skipped", message=reason)


_DO: dict[type, Callable[[JobState, Any, StepOutput], StepEnd]] = {
    Run: _run,
    Checkout: _checkout,
    SaveCache: _save_cache,
    RestoreCache: _restore_cache,
    PersistToWorkspace: _persist,
    AttachWorkspace: _attach,
    StoreArtifacts: _artifacts,
    StoreTestResults: _test_results,
    AddSshKeys: _add_ssh_keys,
    SetupRemoteDocker: _remote_docker,
    Unsupported: _unsupported,
}
