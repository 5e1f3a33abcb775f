"""LFS files in a job's work tree: the content that the user has, in the place of pointers."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ...git.call import isolated_git
from ...git.user_repository import Source
from ...system.cancellation import Check, unchecked
from ...system.file_copy import copy_entry
from .changes import Changes, make_parents

_POINTER = "cat >/dev/null; git cat-file blob :%f"


def write_lfs(source: Source, folder: Path, changes: Changes, check: Check = unchecked) -> None:
    """Put the content of LFS files where git has written their pointers, as the user has it.

    Raise GitError, OSError, or what ``check`` does.
    """
    attributes = source.root / ".gitattributes"
    known = (source.folder / "lfs").is_dir() or (
        attributes.is_file() and "filter=lfs" in attributes.read_text(encoding="utf-8", errors="replace")
    )
    if not known:
        return
    copied, removed = set(changes.copied), set(changes.removed)
    listed = [(path, blob) for path, blob in _lfs_files(folder) if path not in removed]
    listed = [(path, blob) for path, blob in listed if (source.root / path).is_file()]
    paths = [path for path, blob in listed if path not in copied or blob == _pointer_id(source, path)]
    past = time.time() - 5  # git looks again into a file that is as young as its index
    made: set[str] = set()
    for path in paths:
        make_parents(folder, os.path.dirname(path), made)
        copy_entry(f"{source.root}/{path}", f"{folder}/{path}", check)
        os.utime(f"{folder}/{path}", (past, past))
    if paths:
        for name, value in (("core.checkStat", "minimal"), ("core.trustctime", "false")):  # it may be moved yet
            isolated_git(folder, "config", name, value)
        # What LFS would make of each file is the pointer that the index has: git then takes it for unchanged.
        clean = ("-c", f"filter.lfs.clean={_POINTER}", "-c", "filter.lfs.required=true")
        # names of files are in no list of processes
        isolated_git(folder, *clean, "update-index", "-z", "--stdin", given="".join(f"{path}\0" for path in paths))


def _lfs_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Return the LFS files that the job's index has, each with the object id of its pointer."""
    for line in isolated_git(folder, "ls-files", "-s", "-z", "--", ":(attr:filter=lfs)").split("\0"):
        if line:
            entry, path = line.split("\t", 1)
            yield path, entry.split(" ")[1]


def _pointer_id(source: Source, path: str) -> str:
    """Return the object id of the pointer to a file; without git-lfs, git calls a file changed that has its content.

    https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    """
    with open(source.root / path, "rb") as file:
        content = hashlib.sha256()
        while chunk := file.read(1 << 20):
            content.update(chunk)
        size = file.tell()
    oid = f"oid sha256:{content.hexdigest()}"
    pointer = f"version https://git-lfs.github.com/spec/v1\n{oid}\nsize {size}\n".encode()
    return hashlib.new(source.object_format, b"blob %d\0" % len(pointer) + pointer).hexdigest()
