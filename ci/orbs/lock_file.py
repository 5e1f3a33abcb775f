"""``.circleci/orbs.lock``: which version of each orb the project uses, and the hash of its source."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..dataclass import dataclass, field
from ..errors import ConfigError, Position, Problem
from ..system.command_names import typed_command

FILE = Path(".circleci") / "orbs.lock"
LAYOUT = 1


@dataclass(frozen=True, slots=True)
class Locked:
    """What a reference was when it was locked: the exact version, and the hash of its source."""

    resolved: str
    sha256: str

    def fits(self, source: str) -> bool:
        return self.sha256 == hash_of(source)


@dataclass(frozen=True, slots=True)
class Lock:
    """The locked orbs by reference."""

    orbs: Mapping[str, Locked] = field(default_factory=dict)

    def text(self) -> str:
        """Return the file's content."""
        import json

        rows = {name: {"resolved": each.resolved, "sha256": each.sha256} for name, each in sorted(self.orbs.items())}
        return json.dumps({"version": LAYOUT, "orbs": rows}, indent=2) + "\n"


def hash_of(source: str) -> str:
    """Return the hash of a source, the same whatever ends its lines."""
    import hashlib

    return hashlib.sha256(source.replace("\r\n", "\n").encode("utf-8", "surrogatepass")).hexdigest()


def read_lock(project: Path) -> Lock:
    """Return the project's lock; an empty one if there is no file. Raises ConfigError if it is wrong."""
    from ..project.pack import read_file
    from ..project.project import decoded

    if not os.path.lexists(project / FILE):
        return Lock()
    import json

    try:
        text = decoded(read_file(project / FILE), FILE.as_posix())
    except OSError as error:
        raise _wrong(f"it cannot be read: {error.strerror}") from None
    try:
        document = json.loads(text)
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        raise _wrong(f"it is not JSON: {getattr(error, 'msg', error)}", line, column) from None
    except RecursionError:
        raise _wrong("it nests too deeply") from None
    return Lock(_entries(document))


def _entries(document: Any) -> dict[str, Locked]:
    from .reference_files import path_of

    if (
        not isinstance(document, dict)
        or document.get("version") != LAYOUT
        or not isinstance(document.get("orbs"), dict)
    ):
        raise _wrong(f"it is not a lock of version {LAYOUT}")
    found = {}
    for name, row in document["orbs"].items():
        resolved, digest = (row.get("resolved"), row.get("sha256")) if isinstance(row, dict) else (None, None)
        if not isinstance(resolved, str) or not isinstance(digest, str) or path_of(resolved) is None:
            raise _wrong(f"the entry of '{name}' needs an orb as resolved, and sha256")
        if name.partition("@")[0] != resolved.partition("@")[0]:
            raise _wrong(f"the entry of '{name}' is of another orb, '{resolved}'")
        found[name] = Locked(resolved, digest)
    return found


def _wrong(what: str, line: int = 1, column: int = 1) -> ConfigError:
    hint = f"Restore it, or remove it: `{typed_command('orbs fetch')}` and `{typed_command('orbs add')}` write it anew."
    return ConfigError(Problem(what, Position(FILE.as_posix(), line, column), hint))
