"""The files of a job's place in a container: paths are the container's, files cross as tar streams."""

from __future__ import annotations

import io
import posixpath
import shlex
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from typing import IO

from ... import process
from ...runtime.box import Kept
from ...runtime.command import HALT
from ...runtime.failures import StepError
from ...runtime.files import globs
from ...runtime.files.archive import members
from ...runtime.files.archive import pack as pack_here
from ...system.cancellation import Check
from ...system.temporary import temporary_folder
from .access import Access
from .quoting import line_bytes
from .shells import JobShells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...runtime.storage.stored_archive import StoredArchive

SMALL = 48 * 1024
EMPTY = """empty() { for each in "$1"/* "$1"/.[!.]* "$1"/..?*; do
  case ${each##*/} in nox-circleci-*) continue ;; esac;
  if [ -d "$each" ] && ! [ -L "$each" ]; then empty "$each" || return 1;
  elif [ -e "$each" ] || [ -L "$each" ]; then return 1; fi
done; }; empty .""".replace("\n", " ")
"""Whether there is nothing in a folder but folders, and what the runner itself has put into /tmp."""
PACK = """if tar --null -cf /dev/null -T /dev/null 2>/dev/null; then tar --null -cf - -T -
else tr '\\0' '\\n' | tar -cf - -T -; fi"""
"""An archive of the names on standard input, which are in no list of processes; BusyBox takes them as lines."""


class ContainerFiles:
    """The part of runtime/box.py that is about files, by the job's shell and by processes of the container.

    ``remedy`` returns what to do about an output of tar's, such as that of a full disk; None if it knows nothing.
    """

    home: str
    working_directory: str

    def __init__(self, access: Access, shells: JobShells, remedy: Callable[[str], str | None]) -> None:
        self.task_data = shells.folder
        self._access = access
        self.check = access.check
        self._shells = shells
        self._remedy = remedy

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
            return _relay(raw, archive, self.check)

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

    def store_archive(self, root: str, paths: Iterable[str], what: Kept) -> StoredArchive | None:
        return None

    def load_archive(self, archive: StoredArchive, at: str) -> bool:
        return False

    def _stream(self, line: str, source: IO[bytes] | int, target: IO[bytes] | int) -> None:
        status, output = self._access.copy(line, source, target)
        if status:
            raise StepError(f"files cannot be moved: {unmoved(output, self._remedy)}")

    def checkout(self, path: str, tree: Callable[[str], None]) -> None:
        place = shlex.quote(path)
        if self._shells.ask(f"[ -e {place}/.git ] || ! [ -d {place} ] || (cd {place} && {EMPTY})")[0]:
            raise StepError(f"Directory ({path}) you are trying to checkout to is not empty and not a git repository")
        with temporary_folder() as folder, tempfile.TemporaryFile() as archive:
            tree(folder)
            pack_here(folder, ["."], archive, check=self.check)
            archive.seek(0)
            self._make_folder(path)
            self._stream(f"cd {shlex.quote(path)} && tar -xof -", archive, process.NOWHERE)

    def place(self, name: str, folder: str, tree: Callable[[str], None]) -> str:
        path = self.placed(name, folder)
        self.checkout(path, tree)
        return path

    def placed(self, name: str, folder: str) -> str:
        return f"{self.task_data}/{name}"


def unmoved(stderr: str, remedy: Callable[[str], str | None]) -> str:
    """Return what tar printed in a container, on one line, and what to do about it."""
    reason = "; ".join(line.strip() for line in stderr.splitlines() if line.strip())
    if "tar: not found" in reason or "tar: command not found" in reason:
        return f"{reason}; the image needs tar"
    advice = remedy(reason)
    return f"{reason}. {advice}" if advice else reason


def _relay(raw: IO[bytes], archive: IO[bytes], check: Check) -> tuple[str, ...]:
    """Write the container's archive as one of our own; return the names of its files. Raise what ``check`` does."""
    names: list[str] = []
    with (
        tarfile.open(fileobj=raw, mode="r:") as source,
        tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        for member in source:
            check()
            if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
                continue
            member.name = posixpath.normpath(member.name)
            if member.name == ".":
                continue
            member.mode &= 0o777
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            content = source.extractfile(member) if member.isreg() else None
            target.addfile(member, _Checked(content, check) if content else None)
            if not member.isdir():
                names.append(member.name)
    archive.flush()
    return tuple(names)


class _Checked(io.BufferedIOBase):
    """A file that is read while a check does not raise."""

    def __init__(self, file: IO[bytes], check: Check) -> None:
        self._file, self._check = file, check

    def read(self, size: int | None = -1) -> bytes:
        self._check()
        return self._file.read(-1 if size is None else size)
