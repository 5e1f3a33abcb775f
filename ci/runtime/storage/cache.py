"""``save_cache`` and ``restore_cache``. https://circleci.com/docs/guides/optimize/caching/"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from posixpath import join, normpath

from ..box import Box
from ..failures import StepError
from ..files.archive import ArchiveError
from .archives_elsewhere import unpack_stored
from .cache_store import CacheEntry, CacheStore, Write
from .stored_archive import ArchiveGone, StoredArchive, StoreError

__all__ = ["CacheStore", "found_now", "restore", "save"]


def save(store: CacheStore, box: Box, key: str, paths: Sequence[str], working_directory: str = "") -> str:
    """Keep files and folders of the box under a key, once for all; return the lines to show.

    Paths are absolute, below ``~``, or relative to the working directory; patterns are not expanded. One that is
    missing is warned of. https://circleci.com/docs/reference/configuration-reference/#savecache
    """
    if existing := store.get(key):
        return _exists(existing)
    found, lines = _found(box, [box.path(join(working_directory, path) if _relative(path) else path) for path in paths])
    if not found:
        return "\n".join([*lines, f"There is nothing to cache for key: {key}"])
    homes = [path[2:] or "." for path in found if path.startswith("~")]
    roots = [path.lstrip("/") for path in found if path.startswith("/")]
    archives: dict[str, Write | StoredArchive] = {}
    try:
        for name, root, names in (("home", box.home, homes), ("root", "/", roots)):
            if names:
                archives[name] = box.store_archive(root, names, "cache") or partial(box.pack, root, names)
        entry = store.add(key, tuple(found), archives)
    except (ArchiveError, StoreError, OSError) as error:
        raise StepError(f"Error saving the cache: {error}") from None
    if entry is None:
        first = store.get(key)
        return "\n".join([*lines, _exists(first) if first else f"Another job is first with a cache for key: {key}"])
    return "\n".join([*lines, f"Stored Cache to {key}", *(f"  * {path}" for path in found)])


def _relative(path: str) -> bool:
    return not path.startswith(("/", "~"))


def _found(box: Box, paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the paths that exist, those below the home beginning with ``~``; and a warning for each of the others."""
    found, lines = [], []
    for path in dict.fromkeys(paths):
        if box.exists(path):
            found.append(_below_home(path, normpath(box.home)))
        else:
            lines.append(f"Warning: could not archive {path} - Not found")
    return found, lines


def _below_home(path: str, home: str) -> str:
    if path == home or path.startswith(f"{home}/"):
        return f"~{path[len(home) :]}"
    return path


def _exists(entry: CacheEntry) -> str:
    created = time.strftime("%Y-%m-%d %H:%M:%S +0000 UTC", time.gmtime(entry.created))
    return f"Skipping cache generation, cache already exists for key: {entry.key}\nFound one created at {created}"


def found_now(store: CacheStore, keys: Sequence[str]) -> str:
    """Return the identity of the cache that a restore by those keys would take now; empty if there is none."""
    entry = next(filter(None, map(store.newest, keys)), None)
    return entry.identity if entry else ""


def restore(store: CacheStore, box: Box, keys: Sequence[str], note: Callable[[CacheEntry], None] | None = None) -> str:
    """Put back the newest cache whose key begins with the first of the keys that finds one; return the lines to show.

    Everything goes where it was saved, below ``~`` to this box's home. Without a cache the step succeeds, and also if
    its place holds something that is not the job's.
    https://circleci.com/docs/reference/configuration-reference/#restorecache
    """
    lines: list[str] = []
    for key in keys:
        while entry := store.newest(key):
            if refused := _refused(box, entry):
                lines.append(f"The cache at {entry.key} is not restored: {refused}")
                break
            try:
                wrong = _put_back(store, box, entry)
            except StoreError as error:
                lines.append(f"Warning: the cache at {entry.key} is not restored: {error}")
                break
            if not wrong:
                if note:
                    note(entry)
                return "\n".join([*lines, *_restored(entry)])
            lines.append(f"Warning: the cache at {entry.key} {wrong} and was removed")
        lines.append(f"No cache is found for key: {key}")
    return "\n".join(lines)


def _refused(box: Box, entry: CacheEntry) -> str | None:
    """Return why the places that a cache was saved from are not to be written; None if they are."""
    try:
        for path in entry.paths:
            if path.startswith("/"):
                box.claim(path)
    except StepError as error:
        return str(error)
    return None


def _put_back(store: CacheStore, box: Box, entry: CacheEntry) -> str:
    """Unpack a cache; return what is wrong with it if it had to be removed. Raise StoreError if it cannot be had."""
    with store.open(entry) as files:
        if files is None:
            return "is damaged"
        try:
            for archive in entry.archives:
                at = box.home if archive.name == "home" else "/"
                if archive.stored:
                    unpack_stored(box, archive.stored, at)
                else:
                    box.unpack(files[archive.name], at)
        except ArchiveGone:
            store.drop(entry.key)
            return f"is not in {archive.place} any more"
        except (ArchiveError, OSError) as error:
            raise StepError(f"Error restoring the cache {entry.key}: {error}") from None
    return ""


def _restored(entry: CacheEntry) -> list[str]:
    size = f"{entry.size / 1024**2:.1f} MiB" if entry.size >= 1024**2 else f"{entry.size / 1024:.1f} KiB"
    return [f"Found a cache at {entry.key}", f"Size: {size}", "Cached paths:", *(f"  * {path}" for path in entry.paths)]
