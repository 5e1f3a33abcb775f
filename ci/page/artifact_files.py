"""The files that a job has stored as artifacts, as links that work from the run's folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from ..escapes import visible_name
from ..system.files_below import files_below
from ..system.private_files import has_link
from .sections import Link

SHOWN = 200
"""Files of one job; of the others the folder's link is enough."""


def file_href(*parts: str) -> str:
    """Return a relative address that no name can turn into another one: ``./`` before it, and all else quoted."""
    return "./" + quote("/".join(parts).encode("utf-8", "surrogateescape"))


def artifact_links(run: Path, folder: str) -> tuple[tuple[Link, ...], int]:
    """Return the first files below a folder of the run, and how many there are beside them; none behind a link."""
    found: list[Link] = []
    more = 0
    for name, size in _files(run / folder) if not has_link(run, folder) else ():
        if len(found) == SHOWN:
            more += 1
            continue
        found.append(Link(visible_name(name), file_href(folder, name), _size(size)))
    return tuple(found), more


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield each file's name below the folder and its size; folders in order, links not followed."""
    for file in files_below(os.fspath(folder)):
        try:
            size = file.stat(follow_symlinks=False).st_size
        except OSError:
            continue
        yield os.path.relpath(file.path, folder), size


def _size(count: int) -> str:
    for power, unit in ((3, "GB"), (2, "MB"), (1, "kB")):
        if count >= 1000**power:
            return f"{count / 1000**power:.1f} {unit}"
    return f"{count} bytes"
