"""One job node from its first step to its outcome: which steps run, how each ended, what they leave.

Knows no engine: a box is where the steps run, the modules beside this one are what they do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Protocol

from ..dataclass import dataclass
from ..events import Emit, JobPaused, JobResumed, JobStatus, Notice, StepFinished, StepStarted, StepStatus
from ..workflow.duration import written
from ..workflow.model import Pairs, Run, Step, When
from . import command, continuation_client
from .box import Box, Streams
from .failures import JobError, StepError
from .fidelity import job_features, judge
from .job_environment import BASH_ENV, of_job
from .masking.stream import Masker
from .seen import Seen
from .step_output import StepOutput
from .steps import DONE, JobState, StepEnd, background_end, perform
from .stops import Decision, Held, Moment, Stop
from .storage import timings
from .task import Outcome, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .job_shell import OpenedShell, ShellRequest

STOPPED = {"retry": "step {0} ran again", "from": "steps from {0} on ran again", "skip": "step {1} was passed over"}
"""What a job that was stopped says of itself, by what was decided: of the next step, of the one it stopped at."""


def task_files(task: Task) -> tuple[command.File, ...]:
    """Return the files of a new box's ``task_data``: the ``circleci`` command, an empty $BASH_ENV."""
    table = timings.TimingStore(task.settings.state / timings.FOLDER).table()
    return (*command.files(table), command.File(BASH_ENV, b""))


class Leaver(Protocol):
    """Has a job go on without this program, and come back to; see left_node.py."""

    def begin(self, job: RunningJob) -> int:
        """Have all that the next step finds; return its number."""

    def leave(self, job: RunningJob, number: int) -> None:
        """Raise HandedOver once the job's place runs the steps from that number on, if it can and is to."""


def run_job(task: Task, box: Box, emit: Emit, cancel: threading.Event, leaver: Leaver | None = None) -> Outcome:
    """Run the steps of one job node in a box that has its ``task_files``, and end what they leave running.

    With a ``leaver`` raise HandedOver instead, if the job goes on without this program.
    https://circleci.com/docs/reference/configuration-reference/#steps
    """
    job = RunningJob(task, box, emit, cancel)
    try:
        number = leaver.begin(job) if leaver else job.begin()
        while number <= len(task.job.steps) and not job.over():
            if leaver:
                leaver.leave(job, number)
            number = job.advance(number)
    except (JobError, StepError) as error:
        job.end("failed", str(error))
    finally:
        if not job.left:
            job.finish_background()
    return job.outcome()


@dataclass(frozen=True, slots=True)
class Background:
    """A background step whose end is yet to be reported."""

    number: int
    step: Run
    began: float
    output: StepOutput


class RunningJob:
    """A job on its way: what is known of it so far."""

    def __init__(self, task: Task, box: Box, emit: Emit, cancel: threading.Event) -> None:
        until = time.monotonic() + task.settings.job_seconds
        self.task = task
        self.box = box
        self.emit = emit
        self.state = JobState(task, box, Masker([*(value for _, value in task.secrets), *task.masked]), cancel, until)
        self.status: JobStatus = "success"
        self.reason = ""
        self.halted = False
        self.ended = False
        self.began = time.time()
        """Seconds since the epoch; of a job that was left, when it did in an earlier process."""
        self.earlier = 0.0
        """How long it had gone on before this process came to it."""
        self.left = False
        """Whether it goes on without this program."""
        self.failed: set[int] = set()
        """The numbers of the steps that have failed the job."""
        self.background: list[Background] = []

    def begin(self) -> int:
        """Have all that the first step finds; return its number."""
        self.prepare()
        return 1

    def prepare(self) -> None:
        """Make what every step finds: its environment, and what that names."""
        self._set_environment(tuple(self.folders()))
        if self.task.settings.continuation:
            more = continuation_client.install(self.box, self.task.settings.continuation)
            self.state.environment = (*more, *self.state.environment)

    def prepare_again(self) -> None:
        """Know what every step found, in a box in which all of it is."""
        folders = self.task.settings.folders
        self._set_environment(tuple((name, self.box.placed(name, str(tree.root))) for name, tree in folders))

    def _set_environment(self, folders: Pairs) -> None:
        folder = f"{self.box.task_data}/{command.FOLDER}"
        self.state.environment = of_job(self.task, self.box, folder, folders)

    def folders(self) -> Iterator[tuple[str, str]]:
        """Yield the variables that name a folder of the user's, each with its place in the box."""
        for name, work_tree in self.task.settings.folders:

            def say(text: str, name: str = name) -> None:
                self.emit(Notice(time.time(), f"{name}: {text}", self.task.label))

            try:
                from .checkout.checkout import hand_in

                yield name, hand_in(self.box, name, work_tree, say)
            except StepError as error:
                raise StepError(f"{name}: {error}") from None

    def over(self) -> bool:
        """Whether no further step may start."""
        if self.state.cancel.is_set():
            self.end("canceled", "the run was ended")
        elif time.monotonic() >= self.state.until:
            self.end("timedout", f"its time limit of {written(self.task.settings.job_seconds)} was reached")
        return self.halted or self.ended

    def end(self, status: JobStatus, reason: str) -> None:
        """No further steps; the first reason stays."""
        if not self.ended:
            self.status, self.reason, self.ended = status, self.text(reason), True

    def advance(self, number: int) -> int:
        """Run a step, with a stop before or after it if somebody wants one; return the number of the next one."""
        step = self.task.job.steps[number - 1]
        again = any(each.number == number for each in self.background)  # it still runs, or has failed no job
        if number in self.task.left_out or again or not due(step.when, failing=bool(self.failed)):
            return number + 1
        if self.stops("before", number):
            decision = self.decide("before", number)
            if decision.action not in ("retry", "continue"):
                return self.follow(decision, number)
        result = self.take(number, step)
        if result.status in ("failed", "timedout") and self.stops("failed", number):
            return self.follow(self.decide("failed", number, result), number)
        if self.stops("after", number):
            return self.follow(self.decide("after", number), number)
        return number + 1

    def stops(self, moment: Moment, number: int) -> bool:
        return not self.ended and not self.state.cancel.is_set() and self.task.stops.at(self.stop(moment, number))

    def stop(self, moment: Moment, number: int, result: StepEnd = DONE) -> Stop:
        steps = self.task.job.steps
        reason = result.message or (f"exit status {result.exit_status}" if result.exit_status else "")
        name, reason = self.text(steps[number - 1].name), self.text(reason)
        is_last = not any(
            due(steps[later].when, failing=bool(self.failed)) and later + 1 not in self.task.left_out
            for later in range(number, len(steps))
        )
        return Stop(self.task.instance.name, self.task.label, number, name, len(steps), moment, reason, is_last)

    def decide(self, moment: Moment, number: int, result: StepEnd = DONE) -> Decision:
        """Hold the job until somebody decides; the time does not count for its limit."""
        stops, stop, began = self.task.stops, self.stop(moment, number, result), time.monotonic()
        self.emit(JobPaused(time.time(), stop.label, stop.step, stop.name, stop.moment, stop.reason, stops.asks))
        decision = stops.decide(stop, self.held(), self.state.cancel)
        self.emit(JobResumed(time.time(), stop.label, decision.action, decision.step or stop.step))
        self.state.until += time.monotonic() - began
        return decision

    def held(self) -> Held:
        return Held(self.bring_in, self.open_shell)

    def bring_in(self) -> tuple[str, ...]:
        """Put the files that the user has edited since into the job's checkouts; return a line for each.

        Raise StepError if one cannot be put there.
        """
        from .checkout.edits import bring_in

        lines: dict[str, None] = {}
        for path, before in self.state.checkouts.items():
            brought, self.state.checkouts[path] = bring_in(self.box, path, self.task.work_tree, before)
            lines.update(dict.fromkeys(brought))
        if lines:
            self.state.features.append(("stopped", f"files were edited while it was paused ({len(lines)})"))
        return tuple(lines)

    def open_shell(self, request: ShellRequest, streams: Streams) -> OpenedShell:
        """Open a shell in the job as it stands. Raise StepError for a step that it has not, or JobError."""
        from .job_shell import open_shell

        opened = open_shell(self.state, request, streams)
        self.state.features.append(("stopped", "a shell was open in it"))
        return opened

    def follow(self, decision: Decision, number: int) -> int:
        """Do what was decided after a step; return the number of the next one."""
        following = {"retry": number, "from": decision.step}.get(decision.action, number + 1)
        if decision.action in STOPPED:
            self.state.features.append(("stopped", STOPPED[decision.action].format(following, number)))
        if self.state.cancel.is_set():
            self.end("canceled", "the run was ended")
        elif decision.action == "give-up":
            self.end("failed", decision.reason)
        elif decision.action == "skip":
            self.failed.discard(number)
        else:  # what runs again has not failed yet
            self.failed = {each for each in self.failed if each < following}
        if not self.ended:
            self.status = "failed" if self.failed else "success"
        return following

    def take(self, number: int, step: Step) -> StepEnd:
        """Run a step; return how it ended."""
        began = time.monotonic()
        self.emit(StepStarted(time.time(), self.task.label, number, self.text(step.name), step.position))
        output = StepOutput(self.task.label, number, self.emit, self.state.masker.stream())
        try:
            result = perform(self.state, step, output)
        except JobError as error:
            output.flush()
            status: StepStatus = "canceled" if self.state.cancel.is_set() else "failed"
            self.finish(number, step, began, StepEnd(status, None, str(error)))
            raise
        if isinstance(step, Run) and step.background and result.status == "success":
            self.background.append(Background(number, step, began, output))
            return result
        if not result.open:
            output.flush()
        self.finish(number, step, began, result)
        self.note(number, result)
        return result

    def finish(self, number: int, step: Step, began: float, result: StepEnd) -> None:
        """Tell how a step ended."""
        self.emit(
            StepFinished(
                time.time(),
                self.task.label,
                number,
                self.text(step.name),
                result.status,
                time.monotonic() - began if result.seconds is None else result.seconds,
                step.position,
                result.exit_status,
                self.text(result.message),
            )
        )

    def note(self, number: int, result: StepEnd) -> None:
        """Draw what follows for the job from a foreground step's end."""
        if result.status in ("failed", "timedout"):
            self.failed.add(number)
            self.status = "failed"
        elif result.status == "canceled":  # it may be the last step: nobody looks again
            self.end("canceled", "the run was ended")
            return
        self.halted = self.box.exists(f"{self.box.task_data}/{command.HALT}")

    def finish_background(self) -> None:
        """End what still runs, and report how each background step ended; none fails the job."""
        for each, how in zip(self.background, self.box.end(), strict=False):
            each.output.flush()
            self.finish(each.number, each.step, each.began, background_end(how))

    def outcome(self) -> Outcome:
        """Return the job's outcome."""
        state = self.state
        return Outcome(
            status=self.status,
            fidelity=judge((*job_features(self.task), *self.box.features, *state.features), self.box.engine),
            reason=self.reason,
            layers=tuple(state.layers),
            tests=state.tests,
            artifacts=state.artifacts,
            timings=tuple(state.timings),
            seen=self.seen() if self.task.noted else None,
            earlier=self.earlier,
        )

    def seen(self) -> Seen:
        """Return what the job has seen; a job that somebody has stopped has seen what nobody has noted."""
        stopped = any(kind == "stopped" for kind, _ in self.state.features)
        return self.state.seen.without("it was paused") if stopped else self.state.seen

    def text(self, text: str) -> str:
        return self.state.masker.text(text)


def due(when: When, failing: bool) -> bool:
    """Whether a step runs in a job that is failing, or is not."""
    return when == "always" or (when == "on_fail") == failing
