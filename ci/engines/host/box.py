"""A job's place on this machine: a scratch folder with its home, temporary files and working directory."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from ...process import NOT_FOUND
from ...runtime.box import Command, Ended
from ...runtime.errors import StepError
from ...workflow.model import Pairs
from .supervision import Supervision
from .watch import Watch, Write, pump

IMAGE_HOME = "/home/circleci"
"""The home that configs written for CircleCI's images name; the job's own home stands for it."""
_SCRIPT_ARGUMENT = re.compile(r"-[a-zA-Z]*c")
_LONGEST_ARGUMENT = 100_000
_JOIN_SECONDS = 2.0


class HostBox:
    """See runtime/box.py for what each member is."""

    engine = "host"
    offers_docker = False
    features: Pairs = ()

    def __init__(self, scratch: Path, environment: Pairs, working_directory: str, supervision: Supervision) -> None:
        self.scratch = scratch
        self.home = f"{scratch}/home"
        self.task_data = f"{scratch}/task"
        self.environment = environment
        self.default_shell = default_shell()
        self.working_directory = self.home
        self.working_directory = self.path(working_directory)
        self._supervision = supervision
        self._scripts = 0
        self._background: list[int] = []
        self._pumps: list[threading.Thread] = []

    def run(self, command: Command, write: Write, cancel: threading.Event) -> Ended:
        environment = {**dict(self.environment), **dict(command.environment)}
        program = self._program(command.shell[0], command.directory, environment.get("PATH", ""))
        if not program:
            write(f"{command.shell[0]}: command not found\n".encode())
            return Ended(NOT_FOUND)
        make_folder(command.directory)
        words = [program, *command.shell[1:], self._script(command)]
        reading, writing = os.pipe()
        key = self._supervision.start(words, environment, command.directory, writing)
        os.close(writing)
        if command.background:
            self._background.append(key)
            self._pump(reading, write)
            return Ended(0, open=True)
        ended = Watch(self._supervision, key, reading, write, command, cancel).wait()
        if ended.open:
            self._pump(reading, write)
        else:
            os.close(reading)
        return ended

    def end(self) -> tuple[Ended, ...]:
        self._supervision.end()
        for each in self._pumps:
            each.join(_JOIN_SECONDS)
        return tuple(self._supervision.how(key) for key in self._background)

    def path(self, written: str) -> str:
        if written == "~" or written.startswith("~/"):
            written = self.home + written[1:]
        elif written == IMAGE_HOME or (written.startswith(f"{IMAGE_HOME}/") and not os.path.isdir(IMAGE_HOME)):
            written = self.home + written[len(IMAGE_HOME) :]
        return os.path.normpath(os.path.join(self.working_directory, written))

    def exists(self, path: str) -> bool:
        return os.path.lexists(path)

    def read(self, path: str) -> bytes:
        with open(path, "rb") as file:
            return file.read()

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
                file.write(content)
        except OSError as error:
            raise StepError(f"{path} cannot be written: {error.strerror}") from None

    def expand(self, root: str, patterns: Iterable[str]) -> list[str]:
        from ...runtime import globs

        return globs.expand(root, patterns)

    def pack(self, root: str, paths: Iterable[str], archive: IO[bytes]) -> tuple[str, ...]:
        from ...runtime.archive import pack

        return pack(root, paths, archive)

    def unpack(self, archive: IO[bytes], at: str) -> None:
        from ...runtime.archive import unpack

        unpack(archive, at)

    def checkout(self, path: str, tree: Callable[[str], None]) -> None:
        os.makedirs(path, exist_ok=True)
        tree(path)

    def place(self, name: str, folder: str, tree: Callable[[str], None]) -> str:
        return folder

    def _program(self, word: str, directory: str, path: str) -> str | None:
        if "/" in word:
            return os.path.join(directory, word)
        return shutil.which(word, path=path)

    def _script(self, command: Command) -> str:
        """The script's file, or its text where the shell takes that (``bash -c``)."""
        takes_text = len(command.shell) > 1 and _SCRIPT_ARGUMENT.fullmatch(command.shell[-1])
        if takes_text and len(command.script) < _LONGEST_ARGUMENT:
            return command.script
        self._scripts += 1
        path = f"{self.task_data}/step-{self._scripts}"
        self.write(path, command.script.encode("utf-8", "surrogateescape"), 0o700)
        return path

    def _pump(self, output: int, write: Write) -> None:
        thread = threading.Thread(target=pump, args=(output, write), daemon=True)
        thread.start()
        self._pumps.append(thread)


def make_folder(path: str) -> None:
    """Make a folder and those above it; StepError where this machine does not allow it."""
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
