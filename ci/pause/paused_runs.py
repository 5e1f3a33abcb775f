"""The runs of a project that wait with paused jobs, and the jobs of each, as their processes answer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..dataclass import dataclass
from .conversation import Conversation, Message, connect

END_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class PausedRun:
    """A run whose process answers, with its paused jobs as messages have them."""

    folder: Path
    channel: Conversation
    jobs: tuple[Message, ...]

    @property
    def id(self) -> str:
        return self.folder.name

    def end(self, seconds: float = END_SECONDS) -> bool:
        """End the run and all that is its; return whether it has ended."""
        try:
            return self.channel.ask({"do": "interrupt"}) is not None and self.channel.ended(seconds)
        finally:
            self.channel.close()


def paused_runs(folders: Iterable[Path]) -> list[PausedRun]:
    """Return those of the runs, by their folders, that have paused jobs; whoever calls closes their channels."""
    found = []
    for folder in folders:
        channel = connect(folder)
        if channel is None:
            continue
        answer = channel.ask({"do": "status"})
        if answer and isinstance(answer.get("paused"), list) and answer["paused"]:
            found.append(PausedRun(folder, channel, tuple(answer["paused"])))
        else:
            channel.close()
    return found
