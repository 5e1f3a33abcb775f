"""Run, wait for a saved file, run again: one run at a time, and one that a saved file concerns is ended."""

from __future__ import annotations

import contextlib
import select
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ..dataclass import dataclass
from ..errors import INTERRUPTED, PASSED
from .changed_files import Change
from .child import Child
from .message_pipe import Message
from .standing import Standing

QUIET_SECONDS = 0.2
"""Nothing runs before no file has been saved for so long."""
LOOK_SECONDS = 0.5
"""How often a run is asked whether it has ended, beside its messages."""
RESTLESS = 50
"""Times that files are saved without a pause before that is reported."""


class Files(Protocol):
    """Reports changed files."""

    def fileno(self) -> int: ...
    def receive(self) -> list[Change]: ...


@dataclass(frozen=True, slots=True)
class LoopHooks:
    """What the loop does at its points."""

    start: Callable[[Standing], Child]
    """Start the run that is due."""
    after: Callable[[Standing, Path, int], Standing]
    """Return what is known after the run in that folder, which began with that version of the files."""
    counted: Callable[[Sequence[Change]], Sequence[str]]
    """Return the changed paths that count."""
    config: str
    """The path of the config, as ``counted`` has it."""
    say: Callable[[str], None]


class RunUnderWatch:
    """A run in its own process, and what that has said of itself."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.folder: Path | None = None
        self.reads_files = True
        """Whether a job of it copies the work tree; so until it is known."""
        self.more = False
        """Whether jobs are due once it has passed."""
        self.idle = False
        """Whether nothing was to be run."""

    def take(self) -> bool:
        """Take the messages that have come; return False at their end."""
        messages = self.child.messages.receive()
        self._read(messages or ())
        return messages is not None

    def close(self) -> None:
        """Take the last messages of a run that has ended."""
        self._read(self.child.messages.rest())
        self.child.close()

    def _read(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.folder = Path(message["run"]) if "run" in message else self.folder
            self.reads_files = bool(message.get("reads", self.reads_files))
            self.more = bool(message.get("more", self.more))
            self.idle = bool(message.get("idle", self.idle))

    def end(self) -> int:
        """End the run as Ctrl-C does, each further Ctrl-C here too; return its status."""
        while True:
            try:
                self.child.signal(signal.SIGTERM)
                status = self.child.wait()
                assert status is not None
                return status
            except KeyboardInterrupt:
                continue


class WatchLoop:
    """One ``--watch``; ``go`` returns with Ctrl-C."""

    def __init__(self, files: Files, hooks: LoopHooks) -> None:
        self._files = files
        self._hooks = hooks
        self._standing = Standing()
        self._pending: list[str] = []
        """What was saved since the last run began."""
        self._status = INTERRUPTED

    def go(self) -> int:
        """Run and wait until Ctrl-C; return the status of the last run that has come to its end."""
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                more = self._run()
                if not self._pending and more:
                    continue
                if not self._pending:
                    self._hooks.say("waiting for a saved file; Ctrl-C ends")
                self._settle()
        return self._status

    def _run(self) -> bool:
        """Run what is due to its end, or until a file is saved that it uses; return whether more is due."""
        begun = self._standing.version
        self._pending = []
        run = RunUnderWatch(self._hooks.start(self._standing))
        try:
            status = self._to_its_end(run)
        except BaseException:
            run.end()
            raise
        finally:
            run.close()
        if run.folder:
            self._standing = self._hooks.after(self._standing, run.folder, begun)
        if status is None:
            return False
        if run.idle:
            self._hooks.say("no job uses what was saved: nothing to run")
        else:
            self._status = status
        return run.more and status == PASSED

    def _to_its_end(self, run: RunUnderWatch) -> int | None:
        """Return the status of a run; None if it was ended because of a saved file."""
        ended, sources = False, (self._files.fileno(), run.child.messages.fileno())
        while True:
            ready, _, _ = select.select(sources, [], [], LOOK_SECONDS)
            if sources[1] in ready:
                ended = not run.take()
            if sources[0] in ready:
                saved = self._take_changes()
                if saved and (run.reads_files or self._hooks.config in saved):
                    self._hooks.say(f"{listed(saved)} changed: the run is ended")
                    run.end()
                    return None
            status = run.child.wait(block=ended)
            if status is not None:
                return status

    def _take_changes(self) -> Sequence[str]:
        saved = self._hooks.counted(self._files.receive())
        if saved:
            self._standing = self._standing.saved()
            self._pending = list(dict.fromkeys((*self._pending, *saved)))
        return saved

    def _settle(self) -> None:
        """Wait until a file was saved, and then until no other is."""
        times = 0
        while True:
            ready, _, _ = select.select([self._files.fileno()], [], [], QUIET_SECONDS if self._pending else None)
            if not ready:
                break
            saved = self._take_changes()
            times += bool(saved)
            if saved and times % RESTLESS == 0:
                self._hooks.say(f"still waiting: {listed(saved)} keeps changing; files that git ignores do not count")
        self._hooks.say(f"changed: {listed(self._pending)}")


def listed(paths: Sequence[str], shown: int = 3) -> str:
    """Return a few of the paths, and how many more there are."""
    more = f" and {len(paths) - shown} more" if len(paths) > shown else ""
    return ", ".join(paths[:shown]) + more
