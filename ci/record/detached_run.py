"""What is known of a run whose jobs go on without this program, version 1: ``detached.json`` in the run's folder.

It is all that is needed to come back to them, and has no secrets. Times are seconds since the epoch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..dataclass import dataclass, field
from ..events import Fidelity, JobStatus, TestCounts
from .json_reader import RecordError, from_plain
from .json_writer import as_plain

FILE = "detached.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class LeftLayer:
    """A layer of the workspace: where it is, and the files in it."""

    archive: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftTiming:
    """How long a test file or class took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LeftFeature:
    """What a job has used: a key of the table of differences, and what there is to say of it."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class LeftBackground:
    """A background step that has not been reported as ended."""

    step: int
    began: float


@dataclass(frozen=True, slots=True)
class LeftResults:
    """What the steps of a node have left so far, or in the end."""

    layers: tuple[LeftLayer, ...] = ()
    tests: TestCounts | None = None
    artifacts: int = 0
    timings: tuple[LeftTiming, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftNode:
    """A node of a job that goes on: where its steps stand, and what its engine needs to come back to it."""

    job: str
    node: int
    next: int
    """The step that comes next, by its number: the first of those that the place runs by itself."""
    last: int
    """The last of those."""
    place: Mapping[str, object]
    began: float
    seconds_left: float
    """Of the time that the job may take."""
    failed: tuple[int, ...] = ()
    """The steps that have failed the job."""
    results: LeftResults = field(default_factory=LeftResults)
    features: tuple[LeftFeature, ...] = ()
    background: tuple[LeftBackground, ...] = ()


@dataclass(frozen=True, slots=True)
class EndedNode:
    """A node that has ended, of a job of which another one goes on."""

    job: str
    node: int
    status: JobStatus
    fidelity: Fidelity
    reason: str
    results: LeftResults


@dataclass(frozen=True, slots=True)
class LeftOutSteps:
    """The steps of a job that its user leaves out."""

    job: str
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DetachedRun:
    """A run of which some jobs go on without this program."""

    until: float
    """When these end themselves at the latest."""
    place: str
    """Where they are, for people."""
    choices: Mapping[str, object]
    """The options by which a run reaches that place, by field."""
    nodes: tuple[LeftNode, ...]
    ended: tuple[EndedNode, ...] = ()
    left_out: tuple[LeftOutSteps, ...] = ()
    version: int = VERSION

    @property
    def jobs(self) -> tuple[str, ...]:
        """The jobs that go on, each once."""
        return tuple(dict.fromkeys(each.job for each in self.nodes))


def written(run: DetachedRun) -> str:
    """Return the record as JSON."""
    return json.dumps(as_plain(run)) + "\n"


def read(text: str) -> DetachedRun:
    """Return the record of a JSON text. Raise RecordError for what is not one of this version."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"it is no JSON: {error}") from None
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise RecordError("it was written by another version of this program")
    found: DetachedRun = from_plain(DetachedRun, data, "")
    return found
