"""What an engine gets for one job instance, and what it returns: values that can travel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..dataclass import dataclass, field, fields
from ..events import Fidelity, JobStatus, TestCounts
from ..git.work_tree import WorkTree
from ..options.engine_options import EngineOptions
from ..record.detached_run import LeftNode
from ..workflow.job_instances import JobInstance
from ..workflow.model import Job, Pairs
from .continuation_client import Continuation
from .seen import Seen
from .stops import NEVER, Stops


@dataclass(frozen=True, slots=True)
class Layer:
    """One job node's share of the workspace, names relative to the root."""

    job: str
    node: int
    archive: Path
    """An uncompressed tar archive, a folder (files/folder_layer.py), or the record of an archive that lies elsewhere
    (storage/stored_archive.py)."""
    members: tuple[str, ...]
    """The files in it, to find conflicts without opening it."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where one job node's things go on disk; the run owns them and has made them."""

    log: Path
    artifacts: Path
    test_results: Path
    workspace: Path
    """Where the node's workspace layer is written."""
    scratch: Path
    """Private to the node, removed when it ends: working directory, home, temporary files."""
    cache: Path
    """The project's cache store, shared by all runs."""


@dataclass(frozen=True, slots=True)
class Settings(EngineOptions):
    """What an engine must know of the user's choices, the project and the run."""

    project: Path
    python_from: str = ""
    folders: tuple[tuple[str, WorkTree], ...] = ()
    """The user's folders that passed variables name: they go where the steps are."""
    state: Path = Path(".nox/ci")
    machine_image: str = ""
    """The image in whose containers machine executors run."""
    registry_variables: Pairs = ()
    """Secrets of the run's jobs, in which the ``auth`` of images is looked up beside the user's environment."""
    builds: tuple[tuple[str, Path], ...] = ()
    """Images that the project builds, each with its Dockerfile."""
    continuation: Continuation | None = None
    """What a setup job continues its pipeline with."""
    job_seconds: float = 5 * 3600.0
    """A job's time limit. https://circleci.com/docs/reference/configuration-reference/#jobs"""

    @classmethod
    def of(cls, options: EngineOptions, project: Path, **own: Any) -> Settings:
        """Return what an engine must know of a run's options, with the other fields of its ``own``."""
        chosen = {each.name: getattr(options, each.name) for each in fields(EngineOptions)}
        return cls(project, **chosen, **own)


@dataclass(frozen=True, slots=True)
class Task:
    """One node of one job instance, ready to run.

    ``variables`` are what CircleCI defines (CIRCLE_*), ``secrets`` the contexts', then ``--env``
    and ``--env-file``: values to mask, weaker than the job's own environment.
    """

    run: str
    workflow: str
    instance: JobInstance
    job: Job
    work_tree: WorkTree
    folders: Folders
    settings: Settings
    variables: Pairs = ()
    secrets: Pairs = ()
    masked: tuple[str, ...] = ()
    """What is masked beside the secrets: the passwords of the user's proxy, passed variables with a secret's name."""
    plain: Pairs = ()
    """The user's variables that were asked for by name."""
    absent_contexts: tuple[str, ...] = ()
    """Contexts of the job that have no file here."""
    layers: tuple[tuple[Layer, ...], ...] = ()
    """The upstream jobs' layers, in the order of the graph; a group holds concurrent ones."""
    node: int = 0
    nodes: int = 1
    left_out: frozenset[int] = frozenset()
    """The numbers of the steps that the user passes over."""
    noted: bool = False
    """Whether what the job sees is noted."""
    stops: Stops = field(default=NEVER, compare=False)
    """Where the job stops between its steps, and who decides there."""

    hands_over: bool = False
    """Whether its place is to run steps by itself, without this program."""
    left: LeftNode | None = None
    """Where its steps stand, if it was left so."""

    @property
    def label(self) -> str:
        """The name in events: the instance's own, with ``/INDEX`` for one of several nodes."""
        return self.instance.name if self.nodes == 1 else f"{self.instance.name}/{self.node}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one node of a job ended, and what it leaves to others."""

    status: JobStatus
    fidelity: Fidelity
    reason: str = ""
    layers: tuple[Layer, ...] = ()
    tests: TestCounts | None = None
    artifacts: int = 0
    timings: tuple[tuple[str, float], ...] = field(default=())
    """Seconds per test file or class, learned from its test results."""
    seen: Seen | None = field(default=None, compare=False)
    """What it has seen on its way, if that was noted."""
    earlier: float = field(default=0.0, compare=False)
    """How many seconds it had gone on before this program came to it."""
