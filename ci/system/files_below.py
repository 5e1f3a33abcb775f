"""The files below a folder, however deep they lie: Python 3.11's own ``os.walk`` calls itself for each level."""

from __future__ import annotations

import os
from collections.abc import Iterator


def files_below(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield what is below a folder and no folder, links too: its own in order, then that of its folders.

    A folder that cannot be read has nothing.
    """
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                found = sorted(entries, key=lambda each: each.name)
        except OSError:
            continue
        yield from (each for each in found if not each.is_dir(follow_symlinks=False))
        waiting += [each.path for each in reversed(found) if each.is_dir(follow_symlinks=False)]
