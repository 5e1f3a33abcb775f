"""What the page shows, ready to be drawn: texts that may be shown, names of places, positions of pictures."""

from __future__ import annotations

from collections.abc import Sequence

from ..dataclass import dataclass
from .ansi import Span


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a log with its place in the page; ``cut`` is how many characters are missing at its end."""

    anchor: str
    number: int
    spans: tuple[Span, ...]
    cut: int = 0


@dataclass(frozen=True, slots=True)
class HiddenLines:
    """Lines of a log that stand in its file alone."""

    lines: int


@dataclass(frozen=True, slots=True)
class Link:
    """A text, and where it leads: a place of the page or a file in the run's folder."""

    text: str
    href: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class StepSection:
    """A step of a job (or node) with its output."""

    anchor: str
    number: int
    name: str
    command: str
    """Its whole name, if that has several lines: a step without one is named by its command."""
    status: str
    fails_job: bool
    ended: str
    """How it ended, such as ``exit status 2 after 0.3 s``."""
    duration: str
    position: str
    lines: tuple[ShownLine | HiddenLines, ...]
    total: int
    log: Link

    @property
    def is_cut(self) -> bool:
        """Return whether some of its lines are not in the page."""
        return any(isinstance(each, HiddenLines) for each in self.lines)


@dataclass(frozen=True, slots=True)
class NodeSection:
    """A job's run on one node; ``title`` is empty for a job with one."""

    anchor: str
    title: str
    where: str
    log: Link
    notes: tuple[str, ...]
    steps: tuple[StepSection, ...]


@dataclass(frozen=True, slots=True)
class JobSection:
    """A job of the plan."""

    anchor: str
    name: str
    status: str
    reason: str
    duration: str
    facts: tuple[str, ...]
    needs: tuple[Link, ...]
    nodes: tuple[NodeSection, ...]
    critical: bool


@dataclass(frozen=True, slots=True)
class TestLine:
    """A test, as a row of a table."""

    __test__ = False

    job: Link
    name: str
    duration: str
    message: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class FailureSection:
    """A failure, which several jobs of a matrix may share: the step, its failing tests, else its last lines."""

    jobs: tuple[Link, ...]
    step: Link | None
    ended: str
    position: str
    tests: tuple[TestLine, ...]
    more_tests: int
    lines: tuple[ShownLine, ...]
    log: Link | None
    command: str
    """What runs it again."""


@dataclass(frozen=True, slots=True)
class JobBox:
    """A job in the drawing of a graph, in pixels."""

    x: float
    y: float
    width: float
    label: str
    title: str
    note: str
    status: str
    href: str
    critical: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line from a job to one that requires it; ``path`` is the data of an SVG path."""

    path: str
    title: str
    critical: bool
    conditional: bool


@dataclass(frozen=True, slots=True)
class GraphDrawing:
    """A workflow's graph, in pixels."""

    workflow: str
    width: float
    height: float
    box_height: float
    boxes: tuple[JobBox, ...]
    arrows: tuple[Arrow, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a row of the timeline; ``left`` and ``width`` are percent of the run."""

    left: float
    width: float
    status: str
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A job (or node) over the time of the run, and in it its steps."""

    name: str
    label: str
    """The name as far as there is room for it."""
    href: str
    status: str
    duration: str
    critical: bool
    bar: Bar
    steps: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the timeline's axis."""

    left: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The run's jobs and steps over its time, and the chain of jobs that no parallelism makes shorter."""

    rows: tuple[TimelineRow, ...]
    has_long_names: bool
    ticks: tuple[Tick, ...]
    critical: tuple[Link, ...]
    critical_duration: str


@dataclass(frozen=True, slots=True)
class FlakyLine:
    """A test whose result changes; ``results`` has a status for each kept run that had it, oldest first."""

    job: str
    name: str
    why: str
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArtifactList:
    """A job's artifacts."""

    job: Link
    folder: Link
    files: tuple[Link, ...]
    more: int


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """How jobs' surroundings differed from CircleCI's; of all jobs none is named."""

    text: str
    jobs: tuple[Link, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class RunPage:
    """The whole page."""

    title: str
    status: str
    headline: str
    facts: Sequence[tuple[str, str]]
    """The head's short facts: a word and its value."""
    command: str
    failures: tuple[FailureSection, ...]
    graphs: tuple[GraphDrawing, ...]
    timeline: Timeline | None
    jobs: tuple[JobSection, ...]
    slowest: tuple[TestLine, ...]
    flaky: tuple[FlakyLine, ...]
    artifacts: tuple[ArtifactList, ...]
    differences: tuple[DifferenceLine, ...]
    environment: tuple[tuple[str, str], ...]
    generator: str
