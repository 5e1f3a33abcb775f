"""The picture of a run at one moment: the lines of the block at the bottom of a terminal, cut to its width.

Imported where a live view is drawn, and there alone: it needs ``rich``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from ..dataclass import dataclass
from .run_state import JobView, RunView, WorkView
from .style import Style, elapsed, plural
from .summary import named

SILENT = 5.0
"""Seconds after which a step counts as silent."""
LONGEST_NAME = 32
LONGEST_STEP = 48
BAR = 16
"""Columns of the bar of jobs that are done."""
WIDE_ENOUGH = 60
"""Columns from which there is a bar."""
FEWEST_ROWS = 4
ROOMY = 9
"""Rows from which what waits has one of them."""


@dataclass(frozen=True, slots=True)
class Window:
    """The size of a terminal, and what is shown in it above the block."""

    columns: int
    rows: int
    streamed: bool = False
    """Whether lines of output stand above the block already."""

    @property
    def block_rows(self) -> int:
        """How many rows the block may have: most of the window, but not its last row."""
        return max(1, min(self.rows - 1, max(FEWEST_ROWS, self.rows * 2 // 3)))


def picture(view: RunView, window: Window, style: Style) -> list[Text]:
    """Return the lines: one for each running job, what waits for what, how many are done and since when."""
    width = max(1, window.columns - 1)
    last = [_totals(view, width, style)]
    if window.rows >= ROOMY and any(each.needs for each in view.waiting):
        last.insert(0, Text(_cut(_waiting(view, width), width, style), "dim"))
    lines = [*_jobs(view.running, width, window, style), *_work(view.work, width, style)]
    room = window.block_rows - len(last)
    if len(lines) > room:
        left = len(lines) - max(0, room - 1)
        lines = [*lines[: max(0, room - 1)], Text(_cut(f"  and {left} more", width, style), "dim")][:room]
    return [*lines, *last]


def _jobs(jobs: tuple[JobView, ...], width: int, window: Window, style: Style) -> Iterator[Text]:
    """Yield a line for each job, in columns: name, seconds, step, the last line of its output."""
    if not jobs:
        return
    longest = max(cell_len(each.label) for each in jobs)
    name = min(longest, LONGEST_NAME, max(8, width // 4))
    time = max(len(clock(each.seconds)) for each in jobs)
    rest = width - name - time - 6
    step = min(max(cell_len(_step(each)) for each in jobs), LONGEST_STEP, max(8, rest // 2))
    for each in jobs:
        output = _output(each, window.streamed)
        line = Text().append("▶ " if style.unicode else "> ", "cyan")
        line.append(_filled(each.label, name, style), "bold")
        line.append(f"  {clock(each.seconds):>{time}}  ")
        line.append(_filled(_step(each), step, style) if output else _cut(_step(each), max(1, rest), style))
        if output and rest - step > 4:
            quiet = each.silent >= SILENT or each.between
            line.append(f"  {_cut(output, rest - step - 2, style)}", "yellow" if quiet else "dim")
        yield _within(line, width, style)


def _step(job: JobView) -> str:
    if not job.step:
        return "starting"
    of = f"/{job.steps}" if job.steps else ""
    name = " ".join(job.name.split())
    return f"step {job.step}{of} {name}"


def _output(job: JobView, streamed: bool) -> str:
    """Return the last line of output, or since when there is none; of what stands above only a line not yet ended."""
    if job.paused or job.between:
        return "paused" if job.paused else "done"
    line = job.line if job.unended or not streamed else ""
    if job.silent < SILENT or not job.step:
        return line
    return f"no output for {clock(job.silent)}{f' (last: {line})' if line else ''}"


def _work(work: tuple[WorkView, ...], width: int, style: Style) -> Iterator[Text]:
    for each in work:
        detail = f": {each.detail}" if each.detail else ""
        time = f"  {clock(each.seconds)}"
        task = _cut(f"{each.task}{detail}", max(1, width - 2 - len(time)), style)
        yield _within(Text("  ").append(task).append(time), width, style)


def _waiting(view: RunView, width: int) -> str:
    """Return what waits for what, as far as it has room: ``waiting: deploy for build, lint; and 3 more``."""
    waiting: dict[tuple[str, ...], list[str]] = {}
    for each in view.waiting:
        if each.needs:
            waiting.setdefault(each.needs, []).append(each.name)
    kept = len(waiting)
    while kept > 1 and cell_len(_parts(waiting, kept)) > width:
        kept -= 1
    return _parts(waiting, kept)


def _parts(waiting: dict[tuple[str, ...], list[str]], kept: int) -> str:
    """Return the first groups of jobs that wait for the same, and how many jobs the others are."""
    groups = list(waiting.items())
    left = sum(len(names) for _, names in groups[kept:])
    parts = [f"{named(names)} for {named(needs)}" for needs, names in groups[:kept]]
    return f"  waiting: {'; '.join(parts)}{f'; and {left} more' if left else ''}"


def _totals(view: RunView, width: int, style: Style) -> Text:
    facts = [f"{view.done} of {plural(view.total, 'job')} done"]
    facts += [f"{view.failed} failed"] if view.failed else []
    facts += [f"{len(view.waiting)} waiting"] if view.waiting else []
    facts.append(elapsed(view.seconds))
    line = Text("  ")
    if width >= WIDE_ENOUGH and view.total:
        filled = BAR * view.done // view.total
        full, empty = ("━", "─") if style.unicode else ("#", "-")
        line.append(full * filled, "red" if view.failed else "green").append(f"{empty * (BAR - filled)}  ", "dim")
    return _within(line.append(", ".join(facts)), width, style)


def clock(seconds: float) -> str:
    """Return a time in few columns: ``42 s``, ``2:05``, ``1:02:05``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"


def _filled(text: str, width: int, style: Style) -> str:
    """Return a text in exactly that many columns."""
    return set_cell_size(_cut(text, width, style), width)


def _cut(text: str, width: int, style: Style) -> str:
    """Return a text in at most that many columns, with a mark where its end is missing."""
    if cell_len(text) <= width:
        return text
    mark = "…" if style.unicode else "..."
    return f"{set_cell_size(text, width - len(mark)).rstrip()}{mark}" if width > len(mark) else mark[:width]


def _within(line: Text, width: int, style: Style) -> Text:
    """Return a line in at most that many columns, with its colours."""
    if cell_len(line.plain) <= width:
        return line
    kept = _cut(line.plain, width, style)
    spans = [span for span in line.spans if span.start < len(kept)]
    return Text(kept, spans=spans)
