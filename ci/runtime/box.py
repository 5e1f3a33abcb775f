"""Where one job's steps run: a folder on this machine, or a container. The engines make boxes."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Literal, Protocol

from ..dataclass import dataclass
from ..system.cancellation import Check
from ..workflow.model import Pairs, When
from .deadlines import Cause

TYPE_CHECKING = False
if TYPE_CHECKING:  # few jobs have such a place
    from .storage.stored_archive import StoredArchive


@dataclass(frozen=True, slots=True)
class StepCommand:
    """One script to run in a box.

    ``shell`` is the shell's words; the script is written to a file that follows them.
    ``environment`` is the whole of what the box does not provide by itself, in rising strength.
    """

    script: str
    shell: tuple[str, ...]
    environment: Pairs
    directory: str
    """Absolute, or relative to the box's working directory."""
    no_output_timeout: float
    background: bool = False
    until: float = math.inf
    """The moment, by ``time.monotonic``, when the job's time is over."""


@dataclass(frozen=True, slots=True)
class AheadStep:
    """A step that a box runs when it comes to it, by itself, if its condition holds then."""

    command: StepCommand
    when: When
    reruns: int = 0
    """How often it runs again if it fails."""
    delay: float = 0.0
    """Seconds before it runs again."""


Streams = tuple[int, int, int]
"""The descriptors of a process's input, output and errors."""


class RunningShell(Protocol):
    """A shell that was opened in a box, beside the steps."""

    def wait(self) -> int | None:
        """Return its exit status once it has ended; None if it was lost with the job."""

    def stop(self) -> None:
        """End it, and what it has in the foreground; not an error if it has ended."""


Kept = Literal["workspace", "cache"]
"""What an archive is kept for."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit status (128 + N for signal N), or why it was ended.

    ``open``: something that it started still holds its output, which goes on to ``write``. ``seconds`` is how long it
    took, if nobody here has seen its beginning.
    """

    status: int
    cause: Cause | Literal["job-end"] = "exit"
    open: bool = False
    seconds: float | None = None


class Box(Protocol):
    """What the job runner needs of the place where the steps run. Paths are the box's own."""

    engine: str
    """The name of the engine that made it."""
    offers_docker: bool
    """Whether steps reach a Docker engine that was offered to the job."""
    home: str
    working_directory: str
    """Absolute; ``~`` is expanded, variables are not."""
    environment: Pairs
    """What every step gets from the box: PATH, HOME, TMPDIR, LANG, the proxy's variables ..."""
    default_shell: tuple[str, ...]
    task_data: str
    """A folder for the runner's own files of this job: ``$BASH_ENV``, the ``circleci`` command, its marks."""

    check: Check
    """What long work for the box is to call now and then: it raises StepError once the run is ended. ``pack``,
    ``unpack``, ``copy_out``, ``copy_in`` and ``checkout`` do."""

    @property
    def features(self) -> Pairs:
        """What differs from CircleCI in the place itself, each with its key of fidelity.py's table."""

    @property
    def terminal(self) -> bool:
        """Whether what steps write goes to a terminal; known once the first step has started."""

    def run(self, command: StepCommand, write: Callable[[bytes], None], cancel: threading.Event) -> Ended:
        """Run to the end; ``write`` gets the merged output as it comes. A background command returns at once
        with status 0, and its output goes on to ``write``, from another thread, until the job ends.
        Raise JobError if the box is lost."""

    def open_shell(self, command: StepCommand, streams: Streams, terminal: bool) -> RunningShell:
        """Start a command beside the steps, for a person: ``streams``, which stay the caller's, are what it reads and
        writes; with ``terminal`` all three are the one that is to control it. Without a script it reads its input.
        May be called from any thread while the job is held. Raise StepError or JobError if that cannot be."""

    def end(self) -> tuple[Ended, ...]:
        """End all that still runs; no ``write`` is called any more. Tells how each background command ended, in
        the order of their start: by itself, or by the job's end (``job-end``)."""

    def path(self, written: str) -> str:
        """Return a config's path as an absolute one: ``~`` is the home, the rest below the working directory."""

    def claim(self, path: str) -> None:
        """Make sure that the runner may write to that absolute place for the job.

        Raise StepError if something is there that the job has not made and that is not the job's own.
        """

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder of that absolute path."""

    def read(self, path: str) -> bytes:
        """Return a file's content; raise FileNotFoundError if it is absent."""

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Make or replace a file, its folders made as needed, owned by the user who runs the steps.

        Raise StepError if it cannot be written whole.
        """

    def expand(self, root: str, patterns: Iterable[str]) -> list[str]:
        """Return the paths below ``root``, relative to it, that the Go-style patterns match (``filepath.Match``)."""

    def pack(self, root: str, paths: Iterable[str], archive: IO[bytes]) -> tuple[str, ...]:
        """Write the named files and folders (relative to ``root``) as a tar archive; return the names of the files."""

    def unpack(self, archive: IO[bytes], at: str) -> None:
        """Unpack a tar archive below ``at``, made if absent; members may not leave it. ``/`` takes absolute places."""

    def copy_out(self, root: str, paths: Iterable[str], layer: str) -> tuple[str, ...] | None:
        """Do what ``pack`` does into a new folder of this machine (files/folder_layer.py), which is faster than an
        archive; return None, with nothing done, if this box's files can only be packed."""

    def copy_in(self, layer: str, at: str) -> bool:
        """Do what ``unpack`` does from such a folder; return False if this box takes archives alone."""

    def store_archive(self, root: str, paths: Iterable[str], what: Kept) -> StoredArchive | None:
        """Do what ``pack`` does to where jobs put their archives without this machine, and return the record of it;
        return None, with nothing done, if this box has no such place, or not the means to reach it."""

    def load_archive(self, archive: StoredArchive, at: str) -> bool:
        """Do what ``unpack`` does from such a place; return False if this box cannot reach it.
        Raise StoreError if the archive is not what was put there, ArchiveGone if it is no more."""

    def checkout(self, path: str, tree: Callable[[str], None]) -> None:
        """Put the user's checkout at ``path``; ``tree`` writes it into a folder of this machine."""

    def place(self, name: str, folder: str, tree: Callable[[str], None]) -> str:
        """Where the steps find a folder of the user's: itself, or if they cannot, a copy called ``name``, which
        ``tree`` writes into a folder of this machine."""

    def placed(self, name: str, folder: str) -> str:
        """Where ``place`` has put a folder of that name, or will."""


class LeavableBox(Box, Protocol):
    """A box whose steps go on without this program."""

    def hand_over(
        self, steps: Sequence[AheadStep], failing: bool, unread: Callable[[int], int]
    ) -> Mapping[str, object]:
        """Have the box run these steps one after another by itself; ``failing`` is whether the job has failed by now.

        Return what is needed to come back to it, as plain data without secrets. From then on nothing else is called,
        and no ``write`` either: ``unread`` is asked how much of what it got a background command's could not use yet,
        by its number from 0. Raise JobError if the box is lost.
        """

    def follow_background(self, number: int, write: Callable[[bytes], None]) -> None:
        """In a box that was come back to, have the output of a background command go on, by its number from 0."""
