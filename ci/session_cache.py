"""The sessions of a config, remembered, so that ``nox --list`` need not compile what has not changed.

What is kept is used only where the config's text and this package's files are the same as then, and only of
configs whose compilation looked at nothing else: no pipeline value, no orb.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from .run.folder import prepare_state
from .sessions import Session

FILE = "sessions.json"


def remembered(state: Path, text: str) -> tuple[Session, ...] | None:
    """The sessions of a config's text, or None where they are not known."""
    try:
        kept = json.loads((state / FILE).read_text(encoding="utf-8"))
        if kept["text"] != text or kept["package"] != package_stamp():
            return None
        return tuple(Session(name, told, tuple(words), tuple(tags)) for name, told, words, tags in kept["sessions"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(state: Path, text: str, sessions: tuple[Session, ...]) -> None:
    """Keep the sessions of a config's text; where the folder cannot be written they are not kept."""
    rows = [(each.name, each.description, each.arguments, each.tags) for each in sessions]
    content = json.dumps({"package": package_stamp(), "sessions": rows, "text": text})
    partial = state / f"{FILE}.{os.getpid()}"
    try:
        prepare_state(state)
        partial.write_text(content, encoding="utf-8")
        partial.replace(state / FILE)
    except OSError:
        return


def package_stamp() -> list[int]:
    """What tells one state of this package's files from another: how many there are, and the newest's time."""
    times = [os.stat(path).st_mtime_ns for path in _files(os.path.dirname(__file__))]
    return [len(times), max(times)]


def _files(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.name.endswith(".py"):
            yield entry.path
        elif entry.name != "__pycache__" and entry.is_dir():
            yield from _files(entry.path)
