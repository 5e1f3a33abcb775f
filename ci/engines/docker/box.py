"""A job's place in a container: paths are the container's, files cross as tar streams."""

from __future__ import annotations

import os
import posixpath
import shlex
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from typing import IO

from ... import process
from ...errors import EngineError
from ...runtime.box import Ended, StepCommand
from ...runtime.command import HALT
from ...runtime.deadlines import Deadlines
from ...runtime.failures import StepError
from ...runtime.files import globs
from ...runtime.files.archive import members
from ...runtime.files.archive import pack as pack_here
from ...runtime.job_environment import terminal_type
from ...runtime.script import arguments
from ...runtime.task import Task
from ...system.temporary import temporary_folder
from ...workflow.model import Job, Pairs
from ..container.quoting import exports, line_bytes
from ..container.shells import Gone, JobShells, Write
from ..container.terminal import BACKGROUND
from .client import full_disk, is_full
from .containers import Containers
from .exec_access import ExecAccess

SMALL = 48 * 1024
BACKGROUND_END_SECONDS = 2.0
END_ALL = """driver=; [ ! -e "$0/driver" ] || read -r driver <"$0/driver"; cd /proc || exit
for process in [0-9]*; do
  case $process in 1 | "$driver" | $$) ;; *) kill -9 "$process" ;; esac
done"""
"""Ends what runs in a container that is kept, but for its first process, which may be an init, and the driver."""
EMPTY = """empty() { for each in "$1"/* "$1"/.[!.]* "$1"/..?*; do
  case ${each##*/} in nox-circleci-*) continue ;; esac;
  if [ -d "$each" ] && ! [ -L "$each" ]; then empty "$each" || return 1;
  elif [ -e "$each" ] || [ -L "$each" ]; then return 1; fi
done; }; empty .""".replace("\n", " ")
"""Whether there is nothing in a folder but folders, and what the runner itself has put into /tmp."""
PACK = """if tar --null -cf /dev/null -T /dev/null 2>/dev/null; then tar --null -cf - -T -
else tr '\\0' '\\n' | tar -cf - -T -; fi"""
"""An archive of the names on standard input, which are in no list of processes; BusyBox takes them as lines."""
LOOK = """printf '%s\\n' "${HOME:-/}" "$PATH" "${TERM:-}"; [ -x /bin/bash ] && echo yes || echo no"""


class DockerBox:
    """See runtime/box.py for what each member is; it lies in the primary container of those that were ``made``."""

    engine = "docker"

    def __init__(self, made: Containers, access: ExecAccess, shells: JobShells, task: Task) -> None:
        job = task.job
        self.offers_docker = made.passed.offers_docker
        self.task_data = shells.folder
        self._differences = made.differences
        self._access = access
        self._shells = shells
        self._keep = task.settings.keep
        self._has_program = made.has_program
        self._hidden = tuple(name for name, _ in job.images[0].environment) if made.has_program and job.images else ()
        self.home, path, kind, bash = self._look()
        shown: Pairs = (("TERM", terminal_type(kind)),) if task.settings.tty else ()
        self.environment: Pairs = (("PATH", path), ("HOME", self.home), *shown, *self._of_image(job))
        self.default_shell: tuple[str, ...] = ("/bin/bash" if bash else "/bin/sh", "-eo", "pipefail")
        self.working_directory = self.home
        self.working_directory = self.path(job.working_directory)
        self._make_folder(self.working_directory)
        self._background: list[tuple[process.Popen, threading.Thread]] = []

    @property
    def terminal(self) -> bool:
        return self._shells.has_terminal

    @property
    def features(self) -> Pairs:
        lacking: Pairs = (("terminal", ""),) if self._shells.lacks_terminal else ()
        return (*self._differences, *lacking)

    def _look(self) -> tuple[str, str, str, bool]:
        status, output = self._shells.ask(LOOK)
        words = output.decode("utf-8", "surrogateescape").split("\n")
        if status or len(words) < 4:
            raise EngineError(f"the container cannot run steps: {' '.join(words)}")
        return words[0], words[1], words[2], words[3] == "yes"

    def _of_image(self, job: Job) -> Pairs:
        """Return what the image itself sets for the variables that the config sets for the container's own program.

        https://circleci.com/docs/reference/configuration-reference/#docker
        """
        if not self._hidden:
            return ()
        asked = ("image", "inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", job.images[0].image)
        pairs = (line.partition("=") for line in self._access.client.call(*asked).stdout.splitlines())
        return tuple((name, value) for name, _, value in pairs if name in self._hidden)

    def _make_folder(self, path: str) -> None:
        """As the step's user, else as root on its behalf, as CircleCI does for a working directory in ``/``."""
        place = shlex.quote(path)
        if self._shells.ask(f"mkdir -p {place} && test -w {place}")[0] == 0:
            return
        _, owner = self._shells.ask('echo "$(id -u):$(id -g)"')
        line = f"mkdir -p {place} && chown {owner.decode().strip()} {place}"
        done = self._access.as_root().call("sh", "-c", line)
        if not done.ok:
            raise StepError(f"the folder {path} cannot be made in the container: {done.stderr.strip()}")

    def run(self, command: StepCommand, write: Write, cancel: threading.Event) -> Ended:
        if command.background:
            self._start(command, write)
            return Ended(0, open=True)
        try:
            return self._step(command, write, cancel)
        except Gone:  # as after `rm -rf /tmp/*`
            for file in self._shells.files:
                self.write(f"{self.task_data}/{file.name}", file.content, file.mode)
            return self._step(command, write, cancel)

    def _step(self, command: StepCommand, write: Write, cancel: threading.Event) -> Ended:
        deadlines = Deadlines(time.monotonic(), command.no_output_timeout, command.until)
        return self._shells.step(self._shells.request(command, self._exports(command)), write, deadlines, cancel)

    def _exports(self, command: StepCommand) -> str:
        return exports((*self.environment, *command.environment), self._hidden)

    def _start(self, command: StepCommand, write: Write) -> None:
        """Start a background step: a process of the container beside the others."""
        self._shells.connect_terminal()
        environment, place = self._shells.file(self._exports(command)), shlex.quote(command.directory)
        args = shlex.join(arguments(command.shell, command.script, self._shells.file))
        begin = BACKGROUND if self.terminal else ""
        program = self._shells.file(f"{begin}. {environment}; mkdir -p {place}; cd {place} && exec {args} 2>&1")
        running = self._access.open("sh", program, stdin=process.NOWHERE, terminal=self.terminal)
        assert running.stdout is not None
        thread = threading.Thread(target=_pump, args=(running.stdout, write), daemon=True)
        thread.start()
        self._background.append((running, thread))

    def end(self) -> tuple[Ended, ...]:
        early = [process.wait(running, 0.0) for running, _ in self._background]
        if self._keep:
            self._access.as_root().call("sh", "-c", END_ALL, self.task_data)
        elif self._has_program:
            self._access.client.call("kill", self._access.container)
        self._shells.hang_up()
        for running, thread in self._background:
            if process.wait(running, BACKGROUND_END_SECONDS) is None:
                process.end_group(running)
            thread.join(BACKGROUND_END_SECONDS)
        return tuple(Ended(0, "job-end") if status is None else Ended(status) for status in early)

    def path(self, written: str) -> str:
        if written == "~" or written.startswith("~/"):
            written = self.home + written[1:]
        whole = posixpath.normpath(posixpath.join(self.working_directory, written))
        return whole[1:] if whole.startswith("//") else whole  # a home may be /

    def claim(self, path: str) -> None:
        """All that is in the container is the job's own."""

    def exists(self, path: str) -> bool:
        if path == f"{self.task_data}/{HALT}":
            return self._shells.halted
        place = shlex.quote(path)
        return self._shells.ask(f"[ -e {place} ] || [ -L {place} ]")[0] == 0

    def read(self, path: str) -> bytes:
        if not self.exists(path):
            raise FileNotFoundError(path)
        status, content = self._shells.ask(f"cat <{shlex.quote(path)}")
        if status:
            raise OSError(content.decode("utf-8", "replace").strip())
        return content

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        place, folder = shlex.quote(path), shlex.quote(posixpath.dirname(path))
        if len(content) <= SMALL and b"\0" not in content:
            line = f"mkdir -p {folder} && printf %b {line_bytes(content)} >{place} && chmod {mode:o} {place}"
            status, output = self._shells.ask(line)
            reason = output.decode("utf-8", "replace")
        else:
            line = f"mkdir -p {folder} && cat >{place} && chmod {mode:o} {place}"
            done = self._access.call("sh", "-c", line, input=content)
            status, reason = done.status, done.stderr
        if status:
            raise StepError(f"{path} cannot be written: {reason.strip()}")

    def expand(self, root: str, patterns: Iterable[str]) -> list[str]:
        wanted = [globs.cleaned(pattern) for pattern in patterns]
        found: list[str] = []
        for pattern in wanted:
            if not globs.MAGIC.intersection(pattern):
                found += [pattern] if self.exists(posixpath.join(root, pattern)) else []
            else:
                found += sorted(globs.select(self._names(root, pattern.count("/") + 1), [pattern]))
        return list(dict.fromkeys(found))

    def _names(self, root: str, depth: int) -> list[str]:
        line = f"cd {shlex.quote(root)} && find . -mindepth 1 -maxdepth {depth} -print0"
        status, output = self._shells.ask(line)
        if status:
            raise StepError(output.decode("utf-8", "replace").strip())
        return [name[2:] for name in output.decode("utf-8", "surrogateescape").split("\0") if name]

    def pack(self, root: str, paths: Iterable[str], archive: IO[bytes]) -> tuple[str, ...]:
        names = list(paths)
        if not names:
            return ()
        line = f"cd {shlex.quote(root)} && {{ {PACK}; }}"
        with tempfile.TemporaryFile() as wanted, tempfile.TemporaryFile() as raw:
            wanted.write("".join(f"./{name}\0" for name in names).encode("utf-8", "surrogateescape"))
            wanted.seek(0)
            self._stream(line, wanted, raw)
            raw.seek(0)
            return _relay(raw, archive)

    def unpack(self, archive: IO[bytes], at: str) -> None:
        start = archive.tell()
        for _ in members(archive):  # each is checked before any is unpacked
            pass
        archive.seek(start)
        self._make_folder(at) if at != "/" else None
        self._stream(f"cd {shlex.quote(at)} && tar -xof -", archive, process.NOWHERE)

    def copy_out(self, root: str, paths: Iterable[str], layer: str) -> None:
        """A container's files come as a stream alone."""

    def copy_in(self, layer: str, at: str) -> bool:
        return False

    def _stream(self, line: str, source: IO[bytes] | int, target: IO[bytes] | int) -> None:
        status, output = self._access.copy(line, source, target)
        if status:
            raise StepError(f"files cannot be moved: {unmoved(self._access.client.program, output)}")

    def checkout(self, path: str, tree: Callable[[str], None]) -> None:
        place = shlex.quote(path)
        if self._shells.ask(f"[ -e {place}/.git ] || ! [ -d {place} ] || (cd {place} && {EMPTY})")[0]:
            raise StepError(f"Directory ({path}) you are trying to checkout to is not empty and not a git repository")
        with temporary_folder() as folder, tempfile.TemporaryFile() as archive:
            tree(folder)
            pack_here(folder, ["."], archive)
            archive.seek(0)
            self._make_folder(path)
            self._stream(f"cd {shlex.quote(path)} && tar -xof -", archive, process.NOWHERE)

    def place(self, name: str, folder: str, tree: Callable[[str], None]) -> str:
        path = f"{self.task_data}/{name}"
        self.checkout(path, tree)
        return path


def unmoved(program: str, stderr: str) -> str:
    """Return what tar printed in a container, on one line, and what to do about it."""
    reason = "; ".join(line.strip() for line in stderr.splitlines() if line.strip())
    if "tar: not found" in reason or "tar: command not found" in reason:
        return f"{reason}; the image needs tar"
    return f"{reason}. {full_disk(program)}" if "Wrote only" in reason or is_full(reason) else reason


def _relay(raw: IO[bytes], archive: IO[bytes]) -> tuple[str, ...]:
    """Write the container's archive as one of our own; return the names of its files."""
    names: list[str] = []
    with (
        tarfile.open(fileobj=raw, mode="r:") as source,
        tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        for member in source:
            if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
                continue
            member.name = posixpath.normpath(member.name)
            if member.name == ".":
                continue
            member.mode &= 0o777
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            target.addfile(member, source.extractfile(member) if member.isreg() else None)
            if not member.isdir():
                names.append(member.name)
    archive.flush()
    return tuple(names)


def _pump(stream: IO[bytes], write: Write) -> None:
    while data := os.read(stream.fileno(), 65536):
        write(data)
