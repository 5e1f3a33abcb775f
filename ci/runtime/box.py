"""Where one job's steps run: a folder on this machine, or a container. The engines make boxes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Literal, Protocol

from ..workflow.model import Pairs


@dataclass(frozen=True, slots=True)
class Command:
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


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit status (128 + N for signal N), or why it was ended."""

    status: int
    cause: Literal["exit", "silence", "canceled", "job-time"] = "exit"


class Box(Protocol):
    """What the job runner needs of the place where the steps run. Paths are the box's own."""

    home: str
    working_directory: str
    """Absolute; ``~`` is expanded, variables are not."""
    environment: Pairs
    """What every step gets from the box: PATH, HOME, TMPDIR, LANG, the proxy's variables ..."""
    default_shell: tuple[str, ...]

    def run(self, command: Command, write: Callable[[bytes], None], cancel: threading.Event) -> Ended:
        """Run to the end; ``write`` gets the merged output as it comes. A background command returns at once
        with status 0, and its output goes on to ``write`` until the job ends."""

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder of that absolute path."""

    def read(self, path: str) -> bytes:
        """A file's content; FileNotFoundError where it is absent."""

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Make or replace a file, its folders made as needed, owned by the user who runs the steps."""

    def expand(self, root: str, patterns: Iterable[str]) -> list[str]:
        """The paths below ``root``, relative to it, that the Go-style patterns match (``filepath.Match``)."""

    def pack(self, root: str, paths: Iterable[str], archive: IO[bytes]) -> tuple[str, ...]:
        """Write the named files and folders (relative to ``root``) as a tar archive; gives the names of the files."""

    def unpack(self, archive: IO[bytes], at: str) -> None:
        """Unpack a tar archive below ``at``, made if absent; members may not leave it. ``/`` takes absolute places."""

    def checkout(self, path: str, tree: Callable[[str], None]) -> None:
        """Put the user's checkout at ``path``; ``tree`` writes it into a folder of this machine."""
