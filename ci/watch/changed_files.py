"""The process that sees which files change below folders; ``watchfiles`` does it, with a thread of its own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from ..dataclass import dataclass
from ..errors import FAILED, PASSED, Problem, UsageError
from .child import Child
from .message_pipe import Message, MessagePipe

GATHER_MILLISECONDS = 100
LOOK_MILLISECONDS = 300
"""How often the process looks whether it is still needed."""


@dataclass(frozen=True, slots=True)
class Change:
    """A path that has changed; ``added`` if it was not there before."""

    path: str
    added: bool = False


class WatchError(OSError):
    """The files cannot be watched; the text says why."""


def require_watchfiles(find: Callable[[str], object] = find_spec) -> None:
    """Raise UsageError, with the line that installs it into this very Python, if watchfiles is missing."""
    if find("watchfiles") is None:
        hint = f"Install it there: {sys.executable} -m pip install watchfiles"
        raise UsageError(Problem("--watch needs watchfiles, which the Python that runs this does not have", None, hint))


class ChangedFiles:
    """Reports what changes below folders from the moment that it is made."""

    def __init__(self, folders: Sequence[Path], unwatched: Sequence[Path]) -> None:
        """``unwatched`` are folders below them that never count. Raise WatchError if they cannot be watched."""
        apart = tuple(f"{each}{os.sep}" for each in unwatched)
        self._child = Child(lambda messages: _report(messages, folders, apart))
        self.receive()  # that it is ready

    def fileno(self) -> int:
        return self._child.messages.fileno()

    def receive(self) -> list[Change]:
        """Wait for the next changes and return them. Raise WatchError if there will be none."""
        messages = self._child.messages.receive()
        if messages is None:
            raise WatchError("the process that watches files has ended")
        return [change for each in messages for change in _changes(each)]

    def close(self) -> None:
        self._child.signal(signal.SIGKILL)  # it has nothing to clean up
        self._child.close()


def _changes(message: Message) -> list[Change]:
    if "failed" in message:
        raise WatchError(str(message["failed"]))
    return [Change(path, added) for path, added in message["changed"]]


def _report(messages: MessagePipe, folders: Sequence[Path], apart: tuple[str, ...]) -> int:
    import logging

    import watchfiles

    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # nox would show each of its lines of debugging
    git = f"{os.sep}.git{os.sep}"

    def counts(change: object, path: str) -> bool:
        return git not in f"{path}{os.sep}" and not f"{path}{os.sep}".startswith(apart)

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ready = False
    try:
        for found in watchfiles.watch(
            *folders,
            watch_filter=counts,
            debounce=GATHER_MILLISECONDS,
            step=GATHER_MILLISECONDS // 4,
            rust_timeout=LOOK_MILLISECONDS,
            yield_on_timeout=True,
        ):
            if found or not ready:
                ready = True
                added = watchfiles.Change.added
                messages.send({"changed": sorted((path, change == added) for change, path in found)})
    except BrokenPipeError:
        return PASSED
    except (OSError, RuntimeError) as error:  # watchfiles raises the latter for a name that is no UTF-8
        messages.send({"failed": str(error)})
        return FAILED
    return PASSED
