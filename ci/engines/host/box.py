"""A job's place on this machine: its home, temporary files and working directory, and the steps that run there."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterable
from posixpath import join
from typing import IO

from ...runtime.box import Ended, Kept, RunningShell, StepCommand, Streams
from ...runtime.failures import StepError
from ...runtime.script import arguments, encoded, reading_input
from ...system.cancellation import Check, unchecked
from ...system.temporary import temporary_folder
from ...workflow.model import Pairs
from .places import Places
from .step_process import StepProcess, Write, pump
from .step_terminal import open_output
from .supervision import Supervision
from .view import HOME

TYPE_CHECKING = False
if TYPE_CHECKING:  # most jobs neither pack nor unpack
    from ...runtime.files.archive import Moved
    from ...runtime.storage.stored_archive import StoredArchive

_JOIN_SECONDS = 2.0


class HostBox:
    """See runtime/box.py for what each member is."""

    engine = "host"
    offers_docker = False

    def __init__(
        self,
        places: Places,
        environment: Pairs,
        working_directory: str,
        supervision: Supervision,
        features: Pairs = (),
        terminal: bool = False,
        check: Check = unchecked,
    ) -> None:
        self.places = places
        self.check = check
        self.home = places.home
        self.task_data = places.task_data
        self.environment = environment
        self.features = features
        self.terminal = terminal
        self.default_shell = default_shell()
        self.working_directory = self.home
        self.working_directory = self.path(working_directory)
        self._supervision = supervision
        self._scripts = itertools.count(1)
        self._background: list[int] = []
        self._pumps: list[threading.Thread] = []

    def run(self, command: StepCommand, write: Write, cancel: threading.Event) -> Ended:
        environment = {**dict(self.environment), **dict(command.environment)}
        self.make_folder(command.directory)
        args = arguments(command.shell, command.script, self._script)
        reading, writing = open_output(self.terminal)
        key = self._supervision.start(args, environment, command.directory, writing)
        os.close(writing)
        if command.background:
            self._background.append(key)
            self._pump(reading, write)
            return Ended(0, open=True)
        ended = StepProcess(self._supervision, key, reading, write, command, cancel).wait()
        if ended.open:
            self._pump(reading, write)
        else:
            os.close(reading)
        return ended

    def open_shell(self, command: StepCommand, streams: Streams, terminal: bool) -> RunningShell:
        environment = {**dict(self.environment), **dict(command.environment)}
        self.make_folder(command.directory)
        words = command.shell
        args = arguments(words, command.script, self._script) if command.script else reading_input(words)
        return self._supervision.open_shell(args, environment, command.directory, streams, terminal)

    def end(self) -> tuple[Ended, ...]:
        self._supervision.end()
        if shared := self._supervision.shared:
            text = f"{', '.join(shared)}: shared with this machine, which takes no overlay there"
            self.features = (*self.features, ("layers", text))
        for each in self._pumps:
            each.join(_JOIN_SECONDS)
        return tuple(self._supervision.how(key) for key in self._background)

    def path(self, written: str) -> str:
        if written == "~" or written.startswith("~/"):
            written = self.home + written[1:]
        elif written == HOME or (written.startswith(f"{HOME}/") and not os.path.isdir(HOME)):
            written = self.home + written[len(HOME) :]
        whole = os.path.normpath(join(self.working_directory, written))
        return whole[1:] if whole.startswith("//") else whole

    def _direct(self, path: str) -> str | None:
        """Return the path by which this process may use a file of the job's; None if a link may lead elsewhere."""
        outside = self.places.outside(path)
        return None if outside is None or os.path.islink(outside) else outside

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it. Raise StepError if this machine does not allow it."""
        outside = self._direct(path)
        if outside is None:
            self.places.perform(lambda: make_folder(path))
        elif not os.path.isdir(outside):
            self.places.claim(path)
            make_folder(outside)

    def claim(self, path: str) -> None:
        self.places.claim(path)

    def exists(self, path: str) -> bool:
        outside = self.places.outside(path)
        return self.places.perform(lambda: os.path.lexists(path)) if outside is None else os.path.lexists(outside)

    def read(self, path: str) -> bytes:
        outside = self._direct(path)
        if outside is None:
            return self.places.perform(lambda: read(path))
        return read(outside)

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        self.places.claim(os.path.dirname(path))
        outside = self._direct(path)
        if outside is None:
            self.places.perform(lambda: write(path, path, content, mode))
        else:
            write(path, outside, content, mode)

    def expand(self, root: str, patterns: Iterable[str]) -> list[str]:
        from ...runtime.files import globs

        wanted = list(patterns)
        if root != "/" or self.home == HOME:
            return self.places.perform(lambda: globs.expand(root, wanted))
        below_home = [pattern[len(HOME) :] for pattern in wanted if f"/{pattern}".startswith(f"{HOME}/")]
        others = [pattern for pattern in wanted if not f"/{pattern}".startswith(f"{HOME}/")]
        found = globs.expand(self.home, below_home) if below_home else []
        return [*(f"{HOME[1:]}/{name}" for name in found), *globs.expand(root, others)]

    def pack(self, root: str, paths: Iterable[str], archive: IO[bytes]) -> tuple[str, ...]:
        from ...runtime.files.archive import pack

        names = list(paths)
        outside = self._direct_root(root, names)
        if outside is None:
            archive.flush()
            return self.places.perform(lambda: pack(root, names, archive, check=self.check), archive, check=self.check)
        return pack(outside, names, archive, self._moved(root), self.check)

    def unpack(self, archive: IO[bytes], at: str) -> None:
        from ...runtime.files.archive import unpack

        if at != "/":  # else whoever unpacks has claimed each of the places
            self.places.claim(at)
        outside = self._direct(at)
        if outside is None:
            self.places.perform(lambda: unpack(archive, at, check=self.check), archive, check=self.check)
        else:
            unpack(archive, outside, moved=self._moved(at), check=self.check)

    def copy_out(self, root: str, paths: Iterable[str], layer: str) -> tuple[str, ...] | None:
        from ...runtime.files.folder_layer import pack_folder

        names = list(paths)
        outside = self._direct_root(root, names)
        return None if outside is None else pack_folder(outside, names, layer, self._moved(root), self.check)

    def copy_in(self, layer: str, at: str) -> bool:
        from ...runtime.files.folder_layer import unpack_folder

        if at != "/":
            self.places.claim(at)
        outside = self._direct(at)
        if outside is None:
            return False
        unpack_folder(layer, outside, self._moved(at), self.check)
        return True

    def store_archive(self, root: str, paths: Iterable[str], what: Kept) -> StoredArchive | None:
        """What lies on this machine stays there."""
        return None

    def load_archive(self, archive: StoredArchive, at: str) -> bool:
        return False

    def _direct_root(self, root: str, names: Iterable[str]) -> str | None:
        """Return the path by which this process may read those names below a root; None if only the job can."""
        reached = (self.places.outside(join(root, os.path.normpath(name))) for name in names)
        return None if None in reached else self._direct(root)

    def _moved(self, root: str) -> Moved | None:
        """Where the home is that archives of the whole file system name as CircleCI's images do."""
        from ...runtime.files.archive import Moved

        return Moved(HOME[1:], self.home) if root == "/" and self.home != HOME else None

    def checkout(self, path: str, tree: Callable[[str], None]) -> None:
        self.places.claim(path)
        outside = self._direct(path)
        if outside is None:
            self._move_in(path, tree)
            return
        os.makedirs(outside, exist_ok=True)
        try:
            tree(outside)
        except StepError as error:
            raise StepError(str(error).replace(outside, path)) from None

    def _move_in(self, path: str, tree: Callable[[str], None]) -> None:
        """Write the checkout to a folder of this machine, and from there to a place that only the job can reach."""
        import tempfile

        from ...runtime.files.archive import ArchiveError, pack

        with temporary_folder() as folder, tempfile.TemporaryFile() as archive:
            tree(folder)
            pack(folder, ["."], archive, check=self.check)
            archive.seek(0)
            try:
                self.unpack(archive, path)
            except ArchiveError as error:
                raise StepError(f"the checkout cannot be put at {path}: {error}") from None

    def place(self, name: str, folder: str, tree: Callable[[str], None]) -> str:
        return folder

    def placed(self, name: str, folder: str) -> str:
        return folder

    def _script(self, script: str) -> str:
        """Write a step's script to a file of its own; return its path."""
        path = f"{self.task_data}/step-{next(self._scripts)}"
        self.write(path, encoded(script), 0o700)
        return path

    def _pump(self, output: int, write: Write) -> None:
        thread = threading.Thread(target=pump, args=(output, write), daemon=True)
        thread.start()
        self._pumps.append(thread)


def read(path: str) -> bytes:
    """Return a file's content."""
    with open(path, "rb") as file:
        return file.read()


def write(name: str, path: str, content: bytes, mode: int) -> None:
    """Write a file, its folders made as needed; StepError, about ``name``, if that cannot be."""
    try:
        with open(_opened(path, mode), "wb") as file:
            file.write(content)
    except OSError as error:
        raise StepError(f"{name} cannot be written: {error.strerror}") from None


def _opened(path: str, mode: int) -> int:
    """Return the descriptor of a file that is empty."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        return os.open(path, flags, mode)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return os.open(path, flags, mode)


def make_folder(path: str) -> None:
    """Make a folder and those above it; raise StepError if this machine does not allow it."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise StepError(f"the folder {path} cannot be made on this machine: {error.strerror}") from None


def default_shell() -> tuple[str, ...]:
    """https://circleci.com/docs/reference/configuration-reference/#default-shell-options"""
    import sys

    if sys.platform == "darwin":
        return ("/bin/bash", "--login", "-eo", "pipefail")
    return ("/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh", "-eo", "pipefail")
