"""The run as a person reads it while it goes on."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from ..events import (
    ApprovalAnswered,
    ApprovalAsked,
    Event,
    JobFinished,
    JobPaused,
    JobResumed,
    JobStarted,
    Notice,
    Output,
    Progress,
    RunDetached,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from .escaping import shown
from .failure_collector import FailureCollector, RunPlaces
from .heartbeat import Heartbeat
from .job_folders import JobFolders
from .job_lines import JobLines
from .labels import Labels
from .progress_lines import ProgressLines
from .run_state import RunState
from .screens import LiveScreen, PlainScreen, Screen
from .style import Style, duration, one_line, plural, quoted
from .ticker import Ticker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ci_log import CiLog
    from .failure import Failure

FIRST_DRAWN, DRAWN_AGAIN = 0.4, 0.2
"""Seconds from the first step to the first picture, and between two."""
BEAT = 1.0
MOST_HELD = 2**24
"""Characters of a job's output that wait for its end where they fold; its log has more."""


class Console:
    """Prints events as lines.

    Where jobs run one after another their output is shown as it comes, and that of a job's nodes, which overlap, behind
    the node's name. Where jobs overlap (``overlap``) there is a line for each change, and a block for a job that has
    failed; ``verbose`` shows their output too, each line behind its job's name. ``quiet`` keeps to the lines of failed
    steps and the summary. ``live`` draws what runs at the bottom of the terminal, and ``hint`` is why not.
    ``log`` is the form of a CI system's log, in which output folds: that of each step, or where jobs or nodes overlap
    that of each at its end. Last stands a block for each different failure, broken at ``width`` columns (0: at none).
    """

    def __init__(
        self,
        stream: TextIO,
        style: Style,
        *,
        overlap: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        live: bool = False,
        hint: str | None = None,
        log: CiLog | None = None,
        places: RunPlaces | None = None,
        width: Callable[[], int] = lambda: 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._style = style
        self._quiet = quiet
        self._verbose = verbose
        self._prefixes = overlap and verbose
        self._streams = not quiet and (verbose or not overlap)
        self._changes = not quiet and not self._streams
        self._log = log
        self._folds_jobs = bool(log) and not quiet and overlap and not verbose
        self._folds_steps = bool(log) and self._streams and not self._prefixes
        self._open: tuple[str, int] | None = None
        """The job and the step whose output is written into a part of the log that can be folded."""
        self._held: dict[str, int] = {}
        """Characters of output that each job has written which waits for its end."""
        self._live = live
        self._hint = hint
        self._workflow = ""
        self._order: dict[str, int] = {}
        """The place of each job in the plan."""
        self._folder = ""
        self._pages: dict[str, JobLines] = {}
        self._labels = Labels()
        self._jobs: list[JobFinished] = []
        self._kept: dict[str, Sequence[str]] = {}
        """By job or node: the commands that go to what is kept of it, and remove that."""
        self._failures: list[StepFinished] = []  # of steps in the background, which fail no job
        self._places = places or RunPlaces()
        self._collector = FailureCollector(self._places)
        self._width = width
        self._state = RunState()
        self._folders = JobFolders()
        self._progress = ProgressLines(changing=live)
        self._lock = threading.RLock()
        self._screen, self._ticker = self._surface(stream)
        self._handlers = self._event_handlers()

    def _event_handlers(self) -> dict[type[Event], Callable[[Any], None]]:
        return {
            RunStarted: self._begin_run,
            JobStarted: self._begin_job,
            StepStarted: self._begin_step,
            Output: self._add_output,
            StepFinished: self._end_step,
            Notice: self._add_notice,
            Progress: self._add_progress,
            ApprovalAsked: lambda event: self._screen.ask(event.job, f"Approve {event.job}? [y/n] "),
            ApprovalAnswered: lambda event: self._screen.answered(event.job, line_ended=event.approved is not None),
            JobPaused: self._pause,
            JobResumed: self._resume,
            JobFinished: self._end_job,
            RunFinished: self._end_run,
            RunDetached: self._leave_run,
        }

    def _surface(self, stream: TextIO) -> tuple[Screen, Ticker]:
        """Return where the lines go, and what shows in between that the run goes on."""
        if self._live:
            from .live_view import LiveView, window_size

            live = LiveScreen(stream)
            size = functools.partial(window_size, stream)
            view = LiveView(self._state, live, self._style, self._lock, self._streams, self._clock, size)
            return live, Ticker(DRAWN_AGAIN, view.draw, self._stop_live, FIRST_DRAWN)
        self._heartbeat = Heartbeat(self._state, self._streams)
        if self._log:
            from .ci_log import CiScreen

            self._folding = CiScreen(stream, self._log)
            return self._folding, Ticker(BEAT, self._beat, self._stop_live)
        return PlainScreen(stream), Ticker(BEAT, self._beat, self._stop_live)

    def __call__(self, event: Event) -> None:
        with self._lock:
            event = self._folders(event)
            self._collector(event)
            event = shown(event)
            self._state(event)
            self._handlers[type(event)](event)
        if isinstance(event, StepStarted | Progress) and not self._quiet:
            self._ticker.start()
        elif isinstance(event, JobFinished):
            self._ticker.wake()

    def close(self) -> None:
        self._ticker.stop()
        with self._lock:
            self._screen.end()

    def _beat(self) -> None:
        with self._lock:
            for label, text in self._heartbeat.due(self._clock()):
                self._job_line(label, text)

    def _stop_live(self, error: Exception) -> None:
        """Go on without what is drawn between the lines, and say why; silently if nobody reads what is written."""
        self._live = False
        with contextlib.suppress(OSError), self._lock:
            self._screen.end()
            if not isinstance(error, OSError):
                self._line(f"the running jobs are no longer shown: {type(error).__name__}: {error}")

    def _line(self, text: str) -> None:
        self._screen.write(f"{text}\n")

    def _job_line(self, label: str, text: str) -> None:
        """Write a line about a job: among its output where that is shown, else behind its name."""
        if label in self._pages and self._streams and not self._is_held(label):
            self._pages[label].lines([text])
            self._show(label)
        else:
            self._line(f"  {label}: {text}")

    def _begin_run(self, event: RunStarted) -> None:
        self._workflow, self._folder = event.workflow, event.folder
        self._order = {name: place for place, name in enumerate(event.jobs)}
        if not self._quiet:
            jobs = plural(len(event.jobs), "job")
            head = self._style.paint(f"workflow {event.workflow}: {jobs}, engine {event.engine}", "bold")
            self._line(f"{head} ({event.reason})")
            if self._hint:
                self._line(self._hint)

    def _begin_job(self, event: JobStarted) -> None:
        node = event.job if self._state.is_node(event.job) else ""
        prefix = event.job if self._prefixes else "" if self._log else node
        if event.kept:
            self._kept[event.job] = event.kept
        page = self._pages[event.job] = JobLines(self._style, node, prefix)
        self._labels.add(event.job)
        if self._streams or (self._changes and not self._live):
            executor = f" on {event.executor}" if event.executor else ""
            self._line(f"{self._style.symbol('start')} {self._style.paint(event.job, 'bold')}{executor}")
        page.lines(event.details)
        self._show(event.job)

    def _begin_step(self, event: StepStarted) -> None:
        if not self._begin_part(event):
            self._pages[event.job].begin(event)
        self._show(event.job)
        if self._changes and not self._live:
            of = f" of {steps}" if (steps := self._state.steps(event.job)) else ""
            self._job_line(event.job, f"step {event.step}{of} {quoted(one_line(event.name))}")

    def _add_output(self, event: Output) -> None:
        if self._is_held(event.job):
            self._held[event.job] = held = self._held.get(event.job, 0) + len(event.text)
            if held > MOST_HELD:
                return
        if self._streams or self._folds_jobs:
            self._pages[event.job].output(event.text, event.step)
            self._show(event.job)

    def _end_step(self, event: StepFinished) -> None:
        page = self._pages[event.job]
        failed = event.status in ("failed", "timedout")
        if failed and not event.fails_job:
            self._failures.append(event)
        if not self._streams and not self._folds_jobs:
            page.pour()
        if self._open == (event.job, event.step):
            self._end_part()
        page.end(event)
        if self._quiet and failed:
            self._line(f"{self._style.symbol('failed')} {event.job}")
            page.pour(self._screen.write)
        self._show(event.job)

    def _add_notice(self, event: Notice) -> None:
        color = {"warning": "yellow", "error": "red"}.get(event.level)
        place = f"{event.position}: " if event.position else ""
        text = self._style.paint(f"{place}{event.text}", *([color] if color else []))
        if event.job in self._pages and (self._streams or event.level == "info"):
            self._pages[event.job].lines([text])
            self._show(event.job)
        elif not self._quiet or event.level != "info":
            self._line(f"{event.job}: {text}" if event.job else text)

    def _pause(self, event: JobPaused) -> None:
        of = f" of {steps}" if (steps := self._state.steps(event.job)) else ""
        moment = {"before": "before", "after": "after", "failed": "at"}[event.moment]
        reason = f": {event.reason}" if event.reason else ""
        text = f"{event.job} is paused {moment} step {event.step}{of} {quoted(one_line(event.name))}{reason}"
        self._line(self._style.paint(text, "yellow"))
        if event.asked:
            self._screen.ask(event.job, f"{event.job}> ", shown=False)  # ci/pause/prompt.py shows it

    def _resume(self, event: JobResumed) -> None:
        self._screen.answered(event.job)
        what = {"retry": "runs step {0} again", "from": "goes on from step {0}", "skip": "passes step {0} over"}
        text = {**what, "continue": "goes on", "give-up": "is given up"}[event.action].format(event.step)
        self._line(f"{event.job} {text}")

    def _add_progress(self, event: Progress) -> None:
        line = self._progress(event)
        if line and not self._quiet:
            self._job_line(event.job, line) if event.job else self._line(line)

    def _end_job(self, event: JobFinished) -> None:
        self._jobs.append(event)
        self._end_part()
        for label in self._labels.take(event.job):
            page = self._pages.pop(label)
            page.finish()
            if self._is_held(label):
                self._show_part(label, page)
            elif self._streams:
                page.stream(self._screen.write)
            page.close()
        if not self._quiet:
            failures = self._collector.failures(event.job) if self._changes else []
            self._show_end(event, failures)

    def _show_end(self, event: JobFinished, failures: Sequence[Failure]) -> None:
        """Write how a job ended, with the blocks of its failures; that of a single one begins on the same line.

        Behind the last job no blocks are written: they stand at the end of the run, a few lines below.
        """
        alone = len(failures) == 1
        reason = f": {event.reason}" if event.reason and not failures else ""
        seconds = f" in {duration(event.seconds)}" if event.seconds else ""
        name = self._style.paint(event.job, "bold")
        line = f"{self._style.symbol(event.status)} {name} {event.status.replace('_', ' ')}{seconds}{reason}"
        if alone and failures[0].step:
            from .failure_blocks import step_line

            line += f": {step_line(failures[0], self._width())}"
        self._line(line)
        if self._order.keys() - {each.job for each in self._jobs}:
            self._show_failures(failures, first=1 if alone else 0)

    def _leave_run(self, event: RunDetached) -> None:
        from .detached_line import detached_line

        self._line(detached_line(event))

    def _end_run(self, event: RunFinished) -> None:
        self._ticker.stop()
        self._screen.end()
        from .summary import kept_lines, summary_lines

        lines = summary_lines(self._workflow, self._in_order(), self._failures, event, self._style, self._verbose)
        if not self._quiet:
            self._line("")
        for line in lines:
            self._line(line)
        if self._jobs or event.status == "success":  # else no job has left anything, and it may be no run
            self._line(self._style.paint(f"  Logs, artifacts, test results: {self._places.path(self._folder)}", "dim"))
            if page := self._places.page(event):
                self._line(self._style.paint(f"  Report: {page}", "dim"))
        for line in kept_lines(self._kept):
            self._line(self._style.paint(line, "dim"))
        failures = self._collector.failures()
        for failure in failures:
            self._line("")
            if self._log:
                self._folding.obeyed(self._log.mark(failure))
            self._show_failures([failure])
        log, rerun = self._places.command("log"), self._places.command("rerun")
        if log and any(failure.log for failure in failures):
            self._line(self._style.paint(f"  whole output: {log}; what failed, again: {rerun}", "dim"))

    def _show_failures(self, failures: Sequence[Failure], first: int = 0) -> None:
        """Write the blocks of failures, each from that line on."""
        if failures:
            from .failure_blocks import failure_lines

            width = self._width()
            for failure in failures:
                self._screen.write("".join(f"{line}\n" for line in failure_lines(failure, self._style, width)[first:]))

    def _in_order(self) -> list[JobFinished]:
        """Return the ends of the jobs in the order of the plan; two of one job, in the order in which they came."""
        return sorted(self._jobs, key=lambda each: self._order.get(each.job, len(self._order)))

    def _is_held(self, label: str) -> bool:
        """Return whether the output of a job, or of its node, waits for its end."""
        return self._folds_jobs or (self._folds_steps and self._state.is_node(label))

    def _begin_part(self, event: StepStarted) -> bool:
        """Begin a part of the log that can be folded, if a step gets one; return whether it does."""
        self._end_part()
        if not self._log or not self._folds_steps or self._is_held(event.job):
            return False
        self._folding.obeyed(self._log.begin(f"{event.step}. {one_line(event.name)}", event.time))
        self._open = (event.job, event.step)
        return True

    def _end_part(self) -> None:
        """End the part of the log that a step has begun, if one is open."""
        if self._open and self._log:
            self._pages[self._open[0]].finish()
            self._show(self._open[0])
            self._folding.obeyed(self._log.end(self._clock()))
            self._open = None

    def _show_part(self, label: str, page: JobLines) -> None:
        """Write all that a job has kept back as one part of the log."""
        if self._held.pop(label, 0) > MOST_HELD:
            page.lines(["there is more output, which only the log has"])
        if self._log and not page.empty:
            self._folding.obeyed(self._log.begin(f"{label}: output", self._clock()))
            page.pour(self._screen.write)
            self._folding.obeyed(self._log.end(self._clock()))

    def _show(self, job: str) -> None:
        if self._streams and not self._is_held(job):
            self._pages[job].stream(self._screen.write)
