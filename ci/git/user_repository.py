"""The user's repository, or one of its submodules', as it is read: where its parts are, and its settings."""

from __future__ import annotations

from pathlib import Path

from ..dataclass import dataclass
from ..process import Captured
from .call import GitSettings, answer, ask

GITLINK = "160000"
"""The mode of a submodule's entry in an index."""
OWN_STATE = ".nox"
"""The folder of the user's work tree that jobs never get."""


@dataclass(frozen=True, slots=True)
class Source:
    """The user's repository, or that of one of its submodules."""

    root: Path
    """The top of the work tree."""
    folder: Path
    """The ``.git`` that all its worktrees share."""
    modules: Path
    """Where its submodules' repositories are, if there are any."""
    object_format: str
    settings: GitSettings

    def git(self, *args: str, given: str | None = None) -> Captured:
        """Ask the user's git; nothing is written, and no program of the repository's own settings runs."""
        return ask(self.root, *args, settings=self.settings.overrides(), given=given)

    def read(self, *args: str, given: str | None = None) -> str:
        """Return what the user's git answers. Raises GitError if it fails."""
        return answer(self.git(*args, given=given), args)
