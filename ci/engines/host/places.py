"""Where a job's files are on this machine, and how the runner reaches them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import IO, Protocol, TypeVar

from ...runtime.failures import StepError
from ...system.cancellation import Check
from .view import HOME, OWN, TEMPORARY

T = TypeVar("T")


class Places(Protocol):
    """The paths are those that the steps see, but where ``outside`` says otherwise."""

    home: str
    temporary: str
    task_data: str
    virtualenv: str

    def outside(self, path: str) -> str | None:
        """Return the same file or folder by its path for this process; None if only the job itself can reach it.

        What is above the last part of the path holds no link; the last part may be one.
        """

    def perform(self, function: Callable[[], T], *files: IO[bytes], check: Check | None = None) -> T:
        """Call a function that uses the job's paths, and these open files; return and raise what it does.

        ``check`` is called while the function is waited for, and what it raises ends that.
        """

    def claim(self, path: str) -> None:
        """Make sure that the runner may write to that place for the job. Raise StepError."""


class ViewPlaces:
    """A job with a view of its own: ``own`` are the places in it that are folders below the scratch folder.

    ``over`` are places below those at which something else is shown; ``namespaces`` waits for the job's and returns
    their descriptors.
    """

    def __init__(
        self,
        own: Sequence[tuple[str, str]],
        over: Sequence[str],
        namespaces: Callable[[], Sequence[int]],
    ) -> None:
        self.home = HOME
        self.temporary = TEMPORARY
        self.task_data = f"{OWN}/task"
        self.virtualenv = f"{OWN}/venv"
        self._namespaces = namespaces
        self._own = sorted(own, key=lambda pair: -len(pair[0]))
        self._over = tuple(over)

    def outside(self, path: str) -> str | None:
        for place, folder in self._own:
            if path == place or path.startswith(f"{place}/"):
                if any(path == each or path.startswith(f"{each}/") for each in self._over):
                    return None
                return _without_links(folder, path[len(place) :].strip("/"))
        return None

    def perform(self, function: Callable[[], T], *files: IO[bytes], check: Check | None = None) -> T:
        return in_namespaces(self._namespaces(), function, [file.fileno() for file in files], check)

    def claim(self, path: str) -> None:
        """All that the job can reach is its own."""


def _without_links(folder: str, rest: str) -> str | None:
    """Return the path below a folder if nothing above its last part is a link."""
    path = folder
    for part in rest.split("/") if rest else ():
        if path != folder and os.path.islink(path):
            return None
        path = f"{path}/{part}"
    return path


def in_namespaces(
    namespaces: Sequence[int], function: Callable[[], T], files: Sequence[int], check: Check | None = None
) -> T:
    """Call a function in a child process that has joined the job's namespaces, the last one that of its mounts.

    The child has no other descriptor than these files', and ends with this thread. It imports nothing: of a module
    that another thread imports while this one forks, the child has the lock, and nobody who would give it free.
    """
    import pickle

    from . import mounts

    user, view = (namespaces[0] if len(namespaces) > 1 else None), namespaces[-1]

    def answer(writing: int) -> bytes:
        try:
            mounts.die_with_parent()
            _close_all_but({0, 1, 2, writing, view, view if user is None else user, *files})
            mounts.join(user, view)
            return pickle.dumps((True, function()))
        except Exception as error:
            return pickle.dumps((False, error))

    received = mounts.answer_of_child(answer, check)
    if not received:
        raise StepError("the job's files cannot be reached: its processes have been killed")
    ok, value = pickle.loads(received)  # written by this program's own code, a moment ago
    if not ok:
        raise value
    result: T = value
    return result


def _close_all_but(kept: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:  # the one that listed them
                continue
