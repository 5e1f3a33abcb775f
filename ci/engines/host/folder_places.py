"""The places of a job that sees this machine as it is: a constant folder of its own, and what it may write to besides.

<temporary folder>/nox-circleci-jobs-<user>/<job>.<node>-<digest>/        home, tmp, task, venv
                                           /<job>.<node>-<digest>.lock    locked while a run has it

The folder is the same in every run, so that paths in caches and virtualenvs stay true. If another run has it, or
somebody else has made a folder of that name, the job takes a fresh one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TypeVar

from ...errors import EngineError, Problem
from ...runtime.failures import StepError
from ...runtime.task import Task
from ...system.cancellation import Check
from ...system.digests import sha256
from ...system.removal import remove_tree
from ...system.temporary import temporary_place

T = TypeVar("T")
PREFIX = "nox-circleci-jobs-"
LOCK = ".lock"
LONGEST_NAME = 40


class FolderPlaces:
    """See places.py. ``shared`` are folders of this machine to which the job may write."""

    def __init__(self, root: str, shared: Sequence[str] = ()) -> None:
        self.home = f"{root}/home"
        self.temporary = f"{root}/tmp"
        self.task_data = f"{root}/task"
        self.virtualenv = f"{root}/venv"
        self._allowed = [os.path.realpath(root), *map(os.path.realpath, shared)]
        self._made: list[str] = []
        self._filled: dict[str, tuple[int, int]] = {}
        self._locks: dict[str, int] = {}

    def outside(self, path: str) -> str | None:
        return path

    def perform(self, function: Callable[[], T], *files: IO[bytes], check: Check | None = None) -> T:
        return function()

    def claim(self, path: str) -> None:
        """Make sure that a place is below a folder of the job's own, new or empty. Raise StepError."""
        real = os.path.realpath(path)
        if any(real == each or real.startswith(f"{each}/") for each in self._allowed):
            return
        missing = real
        while not os.path.lexists(os.path.dirname(missing)):
            missing = os.path.dirname(missing)
        self._lock(missing, path)
        if not os.path.lexists(real):
            self._made.append(missing)
        elif not os.path.isdir(real) or os.listdir(real):
            raise StepError(
                f"{path} is not empty, and this job did not make it, so nothing is written there. Run the job in a "
                "container (--engine docker) or with --isolation namespace, or name a folder below ~ in the config"
            )
        else:
            self._filled[real] = _identity(real)
        self._allowed.append(missing)

    def _lock(self, place: str, path: str) -> None:
        """Keep other jobs of this user out of a place. Raise StepError if one has it, or a folder above it."""
        parent = jobs_folder()
        for each in [*_above(place), place] if parent else ():
            name = _place_lock(str(parent), each)
            lock = _locked(name)
            if lock is None:
                raise StepError(f"{path} belongs to another job until that ends, so nothing is written there")
            if each == place:
                self._locks[name] = lock
            else:
                _unlock(name, lock)

    def release(self) -> None:
        """Remove what the job was allowed to write besides its own folder."""
        for folder in self._made:
            remove_tree(folder)
        for folder, identity in self._filled.items():
            if _identity(folder) == identity:  # else it has been replaced, or something is mounted there
                _empty(folder)
        for path, lock in self._locks.items():
            _unlock(path, lock)
        self._made, self._filled, self._locks = [], {}, {}


def _identity(folder: str) -> tuple[int, int]:
    try:
        return _identity_of(os.lstat(folder))
    except OSError:
        return 0, 0


def _identity_of(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _empty(folder: str) -> None:
    for name in os.listdir(folder):
        place = os.path.join(folder, name)
        if os.path.isdir(place) and not os.path.islink(place):
            remove_tree(place)
        else:
            os.unlink(place)


def _above(place: str) -> list[str]:
    """Return the folders above a place, but for the root."""
    parts = place.split("/")
    return ["/".join(parts[:number]) for number in range(2, len(parts))]


def _place_lock(parent: str, place: str) -> str:
    return f"{parent}/place-{sha256(os.fsencode(place)).hex()[:32]}{LOCK}"


@contextlib.contextmanager
def constant_folder(task: Task) -> Iterator[Path | None]:
    """Yield the job node's constant folder, empty, while the block lasts; None if it cannot be had."""
    parent = jobs_folder()
    name = folder_name(task)
    lock = _locked(f"{parent}/{name}{LOCK}") if parent else None
    if parent is None or lock is None:
        yield None
        return
    place = f"{parent}/{name}"
    try:
        remove_tree(place)
        os.mkdir(place, 0o700)
        yield Path(place)
    finally:
        if not task.settings.keep:
            remove_tree(place)
        _unlock(f"{place}{LOCK}", lock)
        with contextlib.suppress(OSError):
            os.rmdir(parent)


@contextlib.contextmanager
def kept_folder(task: Task, scratch: Path) -> Iterator[Path]:
    """Yield the folder that was kept of a job node, which no run takes meanwhile: the constant one, or ``scratch``.

    Raise EngineError if there is none any more.
    """
    place = Path(jobs_folder() or "", folder_name(task))
    for folder in (scratch, place):
        if not (folder / "home").is_dir():
            continue
        lock = _locked(f"{place}{LOCK}") if folder == place else os.open(os.devnull, os.O_RDONLY)
        if lock is None:
            raise EngineError(Problem(f"another run has the folder of {task.label}: {place}"))
        try:
            yield folder
        finally:
            if folder == place:
                _unlock(f"{place}{LOCK}", lock)
            else:
                os.close(lock)
        return
    raise EngineError(Problem(f"the folder of {task.label} is no more: the next run on host removes it ({place})"))


def folder_name(task: Task) -> str:
    """Return the name of a job node's folder: the same for the same project, workflow, job and node."""
    name = task.instance.name
    safe = "".join(each if each.isalnum() and each.isascii() else "-" for each in name)[:LONGEST_NAME]
    whole = "\0".join((os.fspath(task.settings.project), task.workflow, name, str(task.node)))
    return f"{safe}.{task.node}-{sha256(os.fsencode(whole)).hex()[:10]}"


def jobs_folder() -> str | None:
    """Return the folder of all jobs' constant folders, made if absent; None if it is not this user's own."""
    path = f"{temporary_place()}/{PREFIX}{os.getuid()}"
    while True:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)
        with contextlib.suppress(FileNotFoundError):  # a run that has ended has removed it meanwhile
            status = os.lstat(path)
            break
    own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return path if own else None


def _locked(path: str) -> int | None:
    """Return a descriptor that holds the lock of a file in ``jobs_folder``; None if another run has it."""
    for _ in range(100):
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:  # a run that has ended has removed the folder meanwhile
            jobs_folder()
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return None
        if _identity(path) == _identity_of(os.fstat(lock)):
            return lock
        os.close(lock)  # whoever had it has removed the file meanwhile
    return None


def _unlock(path: str, lock: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    os.close(lock)


def sweep() -> None:
    """Remove the constant folders that killed runs have left, and their locks."""
    parent = f"{temporary_place()}/{PREFIX}{os.getuid()}"
    if not os.path.isdir(parent) or jobs_folder() is None:
        return
    for name in {each.removesuffix(LOCK) for each in os.listdir(parent)}:
        lock = _locked(f"{parent}/{name}{LOCK}")
        if lock is not None:
            remove_tree(f"{parent}/{name}")
            _unlock(f"{parent}/{name}{LOCK}", lock)
    with contextlib.suppress(OSError):
        os.rmdir(parent)
