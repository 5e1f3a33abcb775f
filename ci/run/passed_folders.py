"""The user's folders that passed variables name: they go where the steps are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ..git.reading import GitReading
from ..git.work_tree import WorkTree


def named_folders(
    names: Iterable[str], environ: Mapping[str, str], git: GitReading | None = None
) -> tuple[tuple[str, WorkTree], ...]:
    """Return the folders that variables name by an absolute path, as they are: a repository's, or a bare folder.

    ``git`` is the reading of the project's folder, which may be one of them.
    """
    readings = {git.folder: git} if git else {}
    paths = ((name, Path(environ[name])) for name in dict.fromkeys(names) if name in environ)
    found = ((name, path) for name, path in paths if path.is_absolute() and path.is_dir())
    return tuple((name, _whole(readings.setdefault(path, GitReading(path)))) for name, path in found)


def _whole(git: GitReading) -> WorkTree:
    found = git.work_tree()
    return found if found.root == git.folder.resolve() else WorkTree(git.folder, False)
