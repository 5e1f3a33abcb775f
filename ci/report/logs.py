"""One plain text log for each job: its steps, their output, how they ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from ..escapes import visible_name
from ..events import Event, JobFinished, JobPaused, JobResumed, JobStarted, Notice, Output, StepFinished, StepStarted
from ..system.private_files import opener
from .escaping import shown
from .labels import Labels
from .style import ended_line, one_line


class Logs:
    """Writes ``log/<job>.log`` while the job runs; output of background steps stands where it came."""

    def __init__(self, path_of: Callable[[str], Path]) -> None:
        self._path_of = path_of
        self._open: dict[str, TextIO] = {}
        self._labels = Labels()
        self._midline: dict[str, int] = {}
        self._lines: dict[str, int] = {}
        self._begins: dict[str, dict[int, int]] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, JobStarted):
            self._begin(event.job, event.again)
        self._write(shown(event))

    def place(self, job: str, step: int) -> tuple[Path, int] | None:
        """Return a job's (or node's) log and the line at which a step begins in it, or 1; None without a log."""
        label = visible_name(job)
        return (self._path_of(job), self._begins[label].get(step, 1)) if label in self._begins else None

    def line(self, job: str, step: int) -> int:
        """Return the line at which a step of a job (or node) begins in its log; 1 if that is not known."""
        return self._begins.get(visible_name(job), {}).get(step, 1)

    def _begin(self, job: str, again: bool) -> None:
        path = self._path_of(job)
        path.parent.mkdir(parents=True, exist_ok=True)
        label = visible_name(job)
        lines = _count_lines(path) if again else 0
        self._open[label] = open(path, "a" if again else "w", encoding="utf-8", newline="", opener=opener)
        self._labels.add(label)
        self._lines[label], self._begins[label] = lines, {}

    def _write(self, event: Event) -> None:
        if isinstance(event, JobStarted):
            for line in event.details:
                self._line(event.job, f"# {line}")
        elif isinstance(event, StepStarted):
            self._line(event.job, f"== {event.step}. {one_line(event.name)} ({event.position})")
            self._begins.get(event.job, {})[event.step] = self._lines.get(event.job, 1)
        elif isinstance(event, Output):
            self._text(event.job, event.text)
        elif isinstance(event, StepFinished):
            self._line(event.job, f"-- {ended_line(event)}")
        elif isinstance(event, JobPaused):
            self._line(event.job, f"# paused {event.moment} step {event.step}")
        elif isinstance(event, JobResumed):
            self._line(event.job, f"# goes on: {event.action} (step {event.step})")
        elif isinstance(event, Notice) and event.job:
            self._line(event.job, f"# {event.text}")
        elif isinstance(event, JobFinished):
            self._end(event)

    def _end(self, event: JobFinished) -> None:
        self._line(
            event.job, f"## {event.status} after {event.seconds:.1f} s{': ' if event.reason else ''}{event.reason}"
        )
        for name in self._labels.take(event.job):
            self._open.pop(name).close()

    def _text(self, job: str, text: str) -> None:
        if job in self._open and text:
            self._open[job].write(text)
            self._open[job].flush()  # somebody may read along, and a killed run has no other witness
            self._lines[job] += text.count("\n")
            self._midline[job] = not text.endswith("\n")

    def _line(self, job: str, text: str) -> None:
        if job in self._open:
            before = "\n" if self._midline.pop(job, False) else ""
            self._open[job].write(f"{before}{text}\n")
            self._lines[job] += len(before) + text.count("\n") + 1
            self._open[job].flush()

    def close(self) -> None:
        for stream in self._open.values():
            stream.close()


def _count_lines(path: Path) -> int:
    """Return how many lines a log has, 0 if there is none."""
    try:
        with open(path, "rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(2**20), b""))
    except OSError:
        return 0
