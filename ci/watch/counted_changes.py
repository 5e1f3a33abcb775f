"""Which changed files a run would see: those that a job's checkout would copy, and the config itself."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..dataclass import dataclass
from ..git.call import ask
from .changed_files import Change

_EDITORS = re.compile(r".*~|\.#.*|#.*#|\..*\.sw[a-z]|4913|.*___jb_(?:tmp|old)___|\.DS_Store|\.goutputstream-.*")
"""Names of the files that editors keep beside the one that is edited: vim, Emacs, JetBrains, GNOME; and the Finder."""


@dataclass(frozen=True, slots=True)
class WatchedTree:
    """The work tree that is watched."""

    top: Path
    repository: bool
    config: Path
    """It counts wherever it is, ignored or not."""

    def counted(self, changes: Iterable[Change]) -> list[str]:
        """Return those of the changed paths that count, relative to the top, in order."""
        paths = [each.path for each in changes if _is_content(each)]
        inside = [path for path in paths if path.startswith(f"{self.top}{os.sep}")]
        ignored = self._ignored(inside) if self.repository else frozenset()
        config = str(self.config)
        found = {path for path in inside if path not in ignored} | {path for path in paths if path == config}
        return sorted(os.path.relpath(path, self.top) for path in found)

    def _ignored(self, paths: Sequence[str]) -> frozenset[str]:
        """Return those of the paths that git ignores; each repository below the top answers for its own."""
        by_repository: dict[str, list[str]] = {}
        for path in paths:
            by_repository.setdefault(self._repository(path), []).append(path)
        found: set[str] = set()
        for folder, inside in by_repository.items():
            answer = ask(Path(folder), "check-ignore", "-z", "--stdin", given="".join(f"{each}\0" for each in inside))
            found.update(answer.stdout.split("\0"))
        return frozenset(found)

    def _repository(self, path: str) -> str:
        folder = os.path.dirname(path)
        while folder != str(self.top) and not os.path.lexists(os.path.join(folder, ".git")):
            folder = os.path.dirname(folder)
        return folder


def _is_content(change: Change) -> bool:
    """Return whether a change is more than a temporary file that has come and gone, or a folder's own time."""
    if _EDITORS.fullmatch(os.path.basename(change.path)):
        return False
    try:
        mode = os.lstat(change.path).st_mode
        if stat.S_ISDIR(mode):
            return change.added and bool(os.listdir(change.path))
    except OSError:
        return not change.added
    return True
