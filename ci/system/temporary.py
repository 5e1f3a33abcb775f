"""Who a folder on disk belongs to: a process, and its start, since numbers are used again.

The usual cases of ``tempfile`` and ``getpass`` are here by themselves: what those import takes milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ..dataclass import dataclass, field
from .private_files import read_bytes, write_text
from .removal import remove_tree

PREFIX = "nox-circleci-"
"""How the names of all our temporary folders begin."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
_START = 19
"""The place of a process's start time in what ``_stat`` returns."""
_ENDED = ("Z", "X")
"""The states of a process that has ended."""
_NAMED = re.compile(rf"{PREFIX}(\d{{1,10}})-(\d*)-(?:([0-9a-f]+)-)?[a-z0-9_]{{8}}")
_FIRST_SPACE = "pid:[4026531836]"
"""The namespace in which the processes of a Linux machine itself are counted.

https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
"""


def _space() -> str:
    """Return a mark of the PID namespace in which this process is counted; empty for a machine's own."""
    try:
        found = os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
    number = found.rpartition("[")[2].rstrip("]")
    return "" if found == _FIRST_SPACE or not number.isdecimal() else f"{int(number):x}"


@dataclass(frozen=True, slots=True)
class Owner:
    """A process; ``start`` is the kernel's start time if it has one, else empty.

    ``space`` marks the PID namespace in which it is counted; empty is a machine's own.
    """

    pid: int
    start: str = ""
    space: str = field(default_factory=_space)

    @classmethod
    def current(cls) -> Owner:
        """Return this process."""
        return cls(os.getpid(), start_time(os.getpid()))

    @classmethod
    def named(cls, folder: str) -> Owner | None:
        """Return the owner of a temporary folder that ``temporary_prefix`` has named; None for any other.

        Nobody knows the owner of a folder from another PID namespace, as a container's that shares the place.
        """
        found = _NAMED.fullmatch(folder)
        owner = cls(int(found[1]), found[2], found[3] or "") if found else None
        return owner if owner and owner.is_visible() else None

    @classmethod
    def read(cls, path: Path) -> Owner | None:
        """Return the owner that a file names; None if it names no owner."""
        try:
            return cls.parsed(read_bytes(path).decode())
        except (OSError, ValueError):
            return None

    @classmethod
    def parsed(cls, text: str) -> Owner | None:
        """Return the owner of what ``written`` returns; None if that is none."""
        pid, start, space = (*text.strip().split(" "), "", "")[:3]
        return cls(int(pid), start, space) if pid.isdecimal() else None

    def written(self) -> str:
        return f"{self.pid} {self.start} {self.space}".strip()

    def write(self, path: Path) -> None:
        write_text(path, f"{self.written()}\n")

    def is_visible(self) -> bool:
        """Return whether this process is counted where that one is, so that it sees whether that one runs."""
        return self.space == _space()

    def alive(self) -> bool:
        """Return whether that very process still runs; one that nobody has asked for its status has ended too.

        Of one that is counted elsewhere, as in a container, nobody knows here: it may run, so it is alive.
        """
        if not self.is_visible():
            return True
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):  # or a number that no process has
            return False
        except PermissionError:
            return True
        fields = _stat(self.pid)
        if fields and fields[0] in _ENDED:
            return False
        return not (self.start and fields) or fields[_START] == self.start


def user_name() -> str:
    """Return the user's name; the number of one who has no entry in the database."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if user := os.environ.get(name):
            return user
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except (KeyError, OSError):
        return str(os.getuid())


def temporary_place() -> str:
    """Return the folder of the machine's temporary files, as ``tempfile.gettempdir`` does."""
    named = next(filter(None, map(os.environ.get, ("TMPDIR", "TEMP", "TMP"))), "/tmp")
    if "tempfile" not in sys.modules and _takes_files(named):
        return os.path.normpath(named)
    import tempfile  # which looks for another place

    return tempfile.gettempdir()


def _takes_files(folder: str) -> bool:
    may_write = os.path.isabs(folder) and os.path.isdir(folder) and os.access(folder, os.R_OK | os.W_OK | os.X_OK)
    return may_write and os.statvfs(folder).f_bavail > 0


def new_folder(prefix: str, below: str | Path | None = None, note: Callable[[str], object] = str) -> str:
    """Make a folder that only the user enters, with a name that nobody has, and return its path.

    ``note`` gets the path before the folder is there: an interruption right after that must not forget it.
    """
    place = os.path.abspath(below) if below else temporary_place()
    while True:
        made = os.path.join(place, prefix + "".join(_LETTERS[each % len(_LETTERS)] for each in os.urandom(8)))
        if os.path.lexists(made):
            continue
        note(made)
        with contextlib.suppress(FileExistsError):
            os.mkdir(made, 0o700)
            return made


def start_time(pid: int) -> str:
    """Return the start time of a process in clock ticks since boot, from /proc; empty if there is no /proc."""
    fields = _stat(pid)
    return fields[_START] if fields else ""


def _stat(pid: int) -> list[str]:
    """Return what the kernel says of a process behind its name, from its state on; nothing if there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return stat.rpartition(")")[2].split()


def temporary_prefix(owner: Owner | None = None) -> str:
    """Return a prefix for a temporary folder that marks it from its first moment on as a process's, else this one's."""
    owner = owner or Owner.current()
    return f"{PREFIX}{owner.pid}-{owner.start}-{owner.space}{'-' if owner.space else ''}"


@contextlib.contextmanager
def temporary_folder(prefix: str = "", below: Path | None = None) -> Iterator[str]:
    """Make a temporary folder for the block; if this process is killed in it, the next run removes it.

    With another ``prefix``, or in another folder than the machine's temporary one, somebody else must.
    """
    made: list[str] = []
    try:
        yield new_folder(prefix or temporary_prefix(), below, made.append)
    finally:
        remove_last(made)


def remove_last(made: list[str]) -> None:
    """Remove the last folder of a list, if it has one; an interruption meanwhile is raised once that is gone."""
    try:
        for each in made[-1:]:
            remove_tree(each)
    except BaseException:
        for each in made[-1:]:
            remove_tree(each)
        raise
