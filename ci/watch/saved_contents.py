"""What was in each file when it was last saved: a file that is saved as it was has not changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from ..system.digests import sha256

LARGEST = 10 * 2**20
"""Bytes of a file that is read for this: each save of a larger one counts."""


class SavedContents:
    """Knows the files that were saved since it was made; the first save of each counts."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._known: dict[str, bytes] = {}

    def differing(self, paths: Iterable[str]) -> list[str]:
        """Return those of the paths, relative to the top, that are not as they were when they were last seen here."""
        return [path for path in paths if self._differs(path)]

    def _differs(self, path: str) -> bool:
        found = _content(os.path.join(self._top, path))
        before = self._known.pop(path, None)
        if found is not None:
            self._known[path] = found
        return found is None or found != before


def _content(place: str) -> bytes | None:
    """Return what tells a file's content and mode from others; None if that is not to be told."""
    try:
        status = os.lstat(place)
        if stat.S_ISLNK(status.st_mode):
            return b"link " + os.fsencode(os.readlink(place))
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return None
        return b"%o " % status.st_mode + sha256(Path(place).read_bytes())
    except FileNotFoundError:
        return b"gone"
    except OSError:
        return None
