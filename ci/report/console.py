"""The run as a person reads it while it goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import Any, TextIO

from ..events import (
    ApprovalAnswered,
    ApprovalAsked,
    Event,
    JobFinished,
    JobStarted,
    Notice,
    Output,
    Progress,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from .escaping import shown
from .failure_collector import FailureCollector, RunPlaces
from .prefixed import Prefixed
from .style import Style, duration, ended_line, one_line, plural, quoted
from .summary import of_job, summary_lines

GUTTER = "    "
KEPT = 2**20
"""Characters of a job's text that are kept in memory; more of it waits on the disk."""
PIECE = 2**16
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


class Console:
    """Prints events as lines.

    If jobs run one after another their output is shown as it comes; if they overlap (``whole``) each job's
    lines are kept back and shown in one piece when it ends. Lines of a job's nodes, which always overlap, have the
    node's name before them, or are kept back like a job's. ``quiet`` keeps to the lines of failed steps and the
    summary. Last stands a block for each different failure, broken at ``width`` columns (0: at none).
    """

    def __init__(
        self,
        stream: TextIO,
        style: Style,
        *,
        whole: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        places: RunPlaces | None = None,
        width: Callable[[], int] = lambda: 0,
    ) -> None:
        self._stream = stream
        self._style = style
        self._whole = whole
        self._quiet = quiet
        self._verbose = verbose
        self._workflow = ""
        self._names: tuple[str, ...] = ()
        self._folder = ""
        self._pages: dict[str, Page] = {}
        self._jobs: list[JobFinished] = []
        self._failures: list[StepFinished] = []
        """Of steps in the background, which fail no job."""
        self._collector = FailureCollector(places or RunPlaces())
        self._width = width
        self._handlers: dict[type[Event], Callable[[Any], None]] = {
            RunStarted: self._begin_run,
            JobStarted: self._begin_job,
            StepStarted: self._begin_step,
            Output: self._add_output,
            StepFinished: self._end_step,
            Notice: self._add_notice,
            Progress: self._add_progress,
            ApprovalAsked: self._ask,
            ApprovalAnswered: lambda event: None,
            JobFinished: self._end_job,
            RunFinished: self._end_run,
        }

    def __call__(self, event: Event) -> None:
        self._collector(event)
        self._handlers[type(event)](shown(event))

    def close(self) -> None:
        self._stream.flush()

    def _print(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()

    def _line(self, text: str) -> None:
        self._print(f"{text}\n")

    def _begin_run(self, event: RunStarted) -> None:
        self._workflow, self._folder, self._names = event.workflow, event.folder, event.jobs
        if not self._quiet:
            jobs = plural(len(event.jobs), "job")
            head = self._style.paint(f"workflow {event.workflow}: {jobs}, engine {event.engine}", "bold")
            self._line(f"{head} ({event.reason})")

    def _begin_job(self, event: JobStarted) -> None:
        page = self._pages[event.job] = Page(self._style, event.job if self._is_node(event.job) else "")
        if not self._quiet:
            executor = f" on {event.executor}" if event.executor else ""
            self._line(f"{self._style.symbol('start')} {self._style.paint(event.job, 'bold')}{executor}")
        page.lines(event.surroundings)
        self._show(event.job)

    def _is_node(self, label: str) -> bool:
        return label not in self._names and any(of_job(label, name) for name in self._names)

    def _begin_step(self, event: StepStarted) -> None:
        page = self._pages[event.job]
        page.begin(event)
        self._show(event.job)

    def _add_output(self, event: Output) -> None:
        if self._quiet:
            return
        self._pages[event.job].output(event.text, event.step)
        self._show(event.job)

    def _end_step(self, event: StepFinished) -> None:
        page = self._pages[event.job]
        failed = event.status in ("failed", "timedout")
        if failed and not event.fails_job:
            self._failures.append(event)
        if self._quiet:
            page.pour()
        page.end(event)
        if self._quiet and failed:
            self._line(f"{self._style.symbol('failed')} {event.job}")
            page.pour(self._print)
        self._show(event.job)

    def _add_notice(self, event: Notice) -> None:
        color = {"warning": "yellow", "error": "red"}.get(event.level)
        place = f"{event.position}: " if event.position else ""
        text = self._style.paint(f"{place}{event.text}", *([color] if color else []))
        if event.job in self._pages:
            self._pages[event.job].lines([text])
            self._show(event.job)
        elif not self._quiet or event.level != "info":
            self._line(f"{event.job}: {text}" if event.job else text)

    def _add_progress(self, event: Progress) -> None:
        if not self._quiet and not event.ended:
            self._line(f"{event.task}{f': {event.detail}' if event.detail else ''}")

    def _ask(self, event: ApprovalAsked) -> None:
        self._print(f"Approve {event.job}? [y/n] ")

    def _end_job(self, event: JobFinished) -> None:
        self._jobs.append(event)
        for label in [label for label in self._pages if of_job(label, event.job)]:
            page = self._pages.pop(label)
            page.finish()
            if not self._quiet and not page.empty:
                if self._whole:
                    self._line(self._style.paint(f"{label}:", "bold"))
                    page.pour(self._print)
                else:
                    page.stream(self._print)
            page.close()
        if not self._quiet:
            reason = f": {event.reason}" if event.reason else ""
            seconds = f" in {duration(event.seconds)}" if event.seconds else ""
            name = self._style.paint(event.job, "bold")
            self._line(f"{self._style.symbol(event.status)} {name} {event.status.replace('_', ' ')}{seconds}{reason}")

    def _end_run(self, event: RunFinished) -> None:
        lines = summary_lines(self._workflow, self._in_order(), self._failures, event, self._style, self._verbose)
        if not self._quiet:
            self._line("")
        for line in lines:
            self._line(line)
        self._line(self._style.paint(f"  Logs, artifacts, test results: {self._folder}", "dim"))
        self._show_failures()

    def _show_failures(self) -> None:
        failures = self._collector.failures()
        if failures:
            from .failure_blocks import failure_lines

            width = self._width()
            for failure in failures:
                self._line("")
                self._print("".join(f"{line}\n" for line in failure_lines(failure, self._style, width)))

    def _in_order(self) -> list[JobFinished]:
        """Return the ends of the jobs in the order of the plan; two of one job, in the order in which they came."""
        order = {name: number for number, name in enumerate(self._names)}
        return sorted(self._jobs, key=lambda each: order.get(each.job, len(order)))

    def _show(self, job: str) -> None:
        if not self._whole and not self._quiet:
            self._pages[job].stream(self._print)


class Page:
    """One job's lines, indented, as far as they have not been poured out yet; more than a little is on the disk.

    ``node`` is the node's name if the job runs on several, whose lines mix when they are streamed.
    """

    def __init__(self, style: Style, node: str = "") -> None:
        self._style = style
        self._node = node
        self._prefixed = Prefixed(f"{style.paint(f'{node} |', 'dim')} ")
        self._text = SpooledTemporaryFile(KEPT, "w+", encoding="utf-8", errors="surrogatepass", newline="")
        self._midline = 0
        """The step whose output has stopped within a line; 0 if none has."""

    @property
    def empty(self) -> bool:
        return self._text.tell() == 0

    def pour(self, out: Callable[[str], None] | None = None) -> None:
        """Pass on the text since the last call, or throw it away."""
        if self.empty:
            return
        self._text.seek(0)
        while out and (text := self._text.read(PIECE)):
            out(text)
        self._text.seek(0)
        self._text.truncate()

    def stream(self, out: Callable[[str], None]) -> None:
        """Pass on the text since the last call while other nodes of the job do the same."""
        self.pour((lambda text: self._prefixed.write(text, out)) if self._node else out)

    def finish(self) -> None:
        """End the line that has not ended: nothing more will come."""
        self._text.write(self._fresh())

    def close(self) -> None:
        self._text.close()

    def lines(self, lines: tuple[str, ...] | list[str]) -> None:
        for line in lines:
            self._text.write(f"{self._fresh()}  {line}\n")

    def begin(self, event: StepStarted) -> None:
        self.lines([f"{self._style.paint(f'{event.step}.', 'dim')} {one_line(event.name)}"])

    def output(self, text: str, step: int) -> None:
        """Add output as it comes, each line behind the gutter; a carriage return begins the line again."""
        if self._midline not in (0, step):  # of a step in the background, whose line this one's is not
            self._text.write(self._fresh())
        for line in _LINES.findall(text):
            gutter = "" if self._midline else GUTTER
            self._text.write(gutter + line.replace("\r\n", "\n").replace("\r", f"\r{GUTTER}"))
            self._midline = 0 if line.endswith(("\n", "\r")) else step

    def end(self, event: StepFinished) -> None:
        if event.status in ("failed", "timedout"):
            node = f" of {self._node}" if self._node else ""
            place = f"{event.position}: step {quoted(one_line(event.name))}{node} {ended_line(event)}"
            self.lines([self._style.paint(place, "red")])
        elif event.status == "success":
            self.lines([self._style.paint(f"   {duration(event.seconds)}", "dim")])
        else:
            self.lines([self._style.paint(f"   {ended_line(event)}", "yellow")])

    def _fresh(self) -> str:
        broken, self._midline = self._midline, 0
        return "\n" if broken else ""
