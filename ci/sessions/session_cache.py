"""The sessions of a config, remembered, so that ``nox --list`` need not compile what has not changed.

They are used only if the config's text, this package's files and the pipeline values that the config looked up have not
changed since, and only for configs without orbs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import UsageError
from ..pipeline.session_list import Session

TYPE_CHECKING = False
if TYPE_CHECKING:  # nox --list of a config that has not changed needs no compiler
    from ..source.nodes import Value

FILE = "sessions.json"


def remembered(state: Path, text: str, values: Mapping[str, Value]) -> tuple[Session, ...] | None:
    """Return the sessions of a config's text, or None if they are not known; look up only the values that it needs."""
    try:
        kept = json.loads((state / FILE).read_text(encoding="utf-8"))
        if kept["text"] != text or kept["package"] != package_stamp():
            return None
        if any(values.get(name) != value for name, value in kept["values"].items()):
            return None
        return tuple(Session(name, text, tuple(words), tuple(tags)) for name, text, words, tags in kept["sessions"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def remember(root: Path, state: Path, text: str, values: Mapping[str, Value], sessions: tuple[Session, ...]) -> None:
    """Keep the sessions of a config's text and values; keep none if the folder cannot be written."""
    rows = [(each.name, each.description, each.arguments, each.tags) for each in sessions]
    kept = {"package": package_stamp(), "sessions": rows, "text": text, "values": dict(values)}
    partial = state / f"{FILE}.{os.getpid()}"
    try:
        from ..run.state_folder import check_state, prepare_state
        from ..system.private_files import write_text

        check_state(root, state)
        prepare_state(state)
        write_text(partial, json.dumps(kept))
        partial.replace(state / FILE)
    except (OSError, UsageError):
        return


def package_stamp() -> list[int]:
    """Return what changes with this package's files: how many there are, and the newest's time."""
    times = [os.stat(path).st_mtime_ns for path in _files(os.path.dirname(__file__))]
    return [len(times), max(times)]


def _files(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.name.endswith(".py"):
            yield entry.path
        elif entry.name != "__pycache__" and entry.is_dir():
            yield from _files(entry.path)
