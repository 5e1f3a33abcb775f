"""Files and folders of the run's own on disk: readable by the user alone, and never written through a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A link in the file's place is refused, and so is a pipe that nobody reads."""
LOOKS = 20
"""How often a file is looked for that is written again at the same time: each of its names may just have gone."""


def opener(path: str, flags: int) -> int:
    """Open a file for ``open``, for the user alone if it is created; raise OSError if a link stands in its place."""
    return os.open(path, flags | NO_LINK, FILE_MODE)


def write_text(path: Path, text: str) -> None:
    """Write a file that only the user reads."""
    with open(path, "w", encoding="utf-8", opener=opener) as file:
        file.write(text)


def replace_text(path: Path, text: str) -> None:
    """Write a file that only the user reads, in one move: a reader finds the old text or the new one."""
    new = path.with_name(f"{path.name}.new")
    write_text(new, text)
    os.replace(new, path)


def rewrite_text(path: Path, text: str) -> None:
    """Write a file that is written again and again: ``read_rewritten`` finds the old text or the new one.

    The old file goes before the new one gets its name: ext4 waits for the disk where a file takes another one's place.
    """
    part, new = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.new")
    write_text(part, text)
    os.rename(part, new)  # which is whole from here on
    path.unlink(missing_ok=True)
    os.rename(new, path)


def read_rewritten(path: Path) -> bytes:
    """Read a file that ``rewrite_text`` writes, perhaps just now; raise OSError as ``read_bytes`` does."""
    for _ in range(LOOKS):
        for place in (path, path.with_name(f"{path.name}.new")):
            try:
                return read_bytes(place)
            except FileNotFoundError:
                continue
    return read_bytes(path)


def read_bytes(path: Path) -> bytes:
    """Read a file of the run's own; raise OSError if it is a link. A pipe that nobody writes to is empty."""
    with open(path, "rb", opener=opener) as file:
        return file.read()


def has_link(folder: Path, path: str) -> bool:
    """Return whether a part of a relative path below a folder is a symlink, which may lead anywhere."""
    place = folder
    for part in Path(path).parts:
        place = place / part
        if place.is_symlink():
            return True
    return False


def make_folder(path: Path) -> None:
    """Make a folder that only the user enters; one that is there and was open to others is closed to them.

    Raise OSError if a link or a file stands in its place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(FOLDER_MODE)
        return
    except FileExistsError:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | NO_LINK)
    try:
        status = os.fstat(folder)
        if status.st_uid == os.geteuid() and status.st_mode & ~FOLDER_MODE & 0o777:
            os.fchmod(folder, stat.S_IMODE(status.st_mode) & FOLDER_MODE)
    finally:
        os.close(folder)
