"""Names matched as Go's ``filepath.Match`` does, which CircleCI uses for ``persist_to_workspace``.

https://circleci.com/docs/reference/configuration-reference/#persisttoworkspace, https://pkg.go.dev/path/filepath#Match
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

MAGIC = frozenset("*?[\\")


class ErrBadPattern(ValueError):
    """A pattern that is malformed (Go: "syntax error in pattern")."""

    def __init__(self) -> None:
        super().__init__("syntax error in pattern")


def match(pattern: str, name: str) -> bool:
    """Whether the whole name matches. ``*`` and ``?`` stop at ``/``; a leading dot is nothing special.

    Raise ErrBadPattern for a malformed pattern, even if the name has differed before the fault.
    """
    while pattern:
        star, chunk, pattern = _scan_chunk(pattern)
        if star and not chunk:
            return "/" not in name
        rest = _match_chunk(chunk, name)
        if rest is None or (rest and not pattern):
            rest = _after_star(chunk, name, last=not pattern) if star else None
        if rest is None:
            _check(pattern)
            return False
        name = rest
    return not name


def _after_star(chunk: str, name: str, last: bool) -> str | None:
    """Return what is left of the name if ``*`` takes as little as it can and the chunk follows; None if it cannot."""
    for at, char in enumerate(name):
        if char == "/":
            break
        rest = _match_chunk(chunk, name[at + 1 :])
        if rest is not None and not (last and rest):
            return rest
    return None


def _check(pattern: str) -> None:
    while pattern:
        _, chunk, pattern = _scan_chunk(pattern)
        _match_chunk(chunk, "")


def _scan_chunk(pattern: str) -> tuple[bool, str, str]:
    """Whether stars come first, then the part up to the next star outside brackets, then the rest."""
    chunk = pattern.lstrip("*")
    star = len(chunk) < len(pattern)
    at, in_range = 0, False
    while at < len(chunk):
        char = chunk[at]
        if char == "\\":
            at += 1
        elif char == "[":
            in_range = True
        elif char == "]":
            in_range = False
        elif char == "*" and not in_range:
            break
        at += 1
    return star, chunk[:at], chunk[at:]


def _match_chunk(chunk: str, name: str) -> str | None:
    """Return what is left of the name behind a chunk without stars; None if it differs. The chunk is checked wholly."""
    at, failed = 0, False
    while at < len(chunk):
        failed = failed or not name
        char = chunk[at]
        if char == "[":
            negated, ranges, at = _class(chunk, at + 1)
            failed = failed or any(low <= name[0] <= high for low, high in ranges) == negated
        elif char == "?":
            failed = failed or name[0] == "/"
            at += 1
        else:
            at += char == "\\"
            if at == len(chunk):
                raise ErrBadPattern
            failed = failed or chunk[at] != name[0]
            at += 1
        name = "" if failed else name[1:]
    return None if failed else name


def _class(chunk: str, at: int) -> tuple[bool, list[tuple[str, str]], int]:
    """Return a bracket's negation and ranges, and where it ends."""
    negated = chunk[at : at + 1] == "^"
    at += negated
    ranges: list[tuple[str, str]] = []
    while not (chunk[at : at + 1] == "]" and ranges):
        low, at = _escaped(chunk, at)
        high = low
        if chunk[at] == "-":
            high, at = _escaped(chunk, at + 1)
        ranges.append((low, high))
    return negated, ranges, at + 1


def _escaped(chunk: str, at: int) -> tuple[str, int]:
    if at >= len(chunk) or chunk[at] in "-]":
        raise ErrBadPattern
    at += chunk[at] == "\\"
    if at + 1 >= len(chunk):
        raise ErrBadPattern
    return chunk[at], at + 1


def select(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Those of the names that one of the patterns matches, as they come; for boxes that list their files themselves."""
    wanted = [cleaned(pattern) for pattern in patterns]
    return [name for name in names if any(pattern in (".", name) or match(pattern, name) for pattern in wanted)]


def expand(root: str | os.PathLike[str], patterns: Iterable[str]) -> list[str]:
    """Return the paths below a folder of this machine, relative to it and sorted, that the patterns match; each once.

    ``.`` is the folder itself. Raise ErrBadPattern, and ValueError for a pattern that leads out of the folder.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        found.update(dict.fromkeys(sorted(_expand(os.fspath(root), cleaned(pattern)))))
    return list(found)


def cleaned(pattern: str) -> str:
    """Return a pattern without ``./`` and slashes at its end; raise ValueError if it leads out of its folder."""
    match(pattern, "")
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if pattern.startswith("/") or ".." in parts:
        raise ValueError(f"path {pattern!r} must be relative to the root and stay below it")
    return "/".join(parts) or "."


def _expand(root: str, pattern: str) -> Iterator[str]:
    """Component by component, as ``filepath.Glob`` does: only folders that can match are read."""
    if pattern == ".":
        yield "."
        return
    found = [""]
    for part in pattern.split("/"):
        found = [name for folder in found for name in _children(root, folder, part)]
    yield from found


def _children(root: str, folder: str, part: str) -> Iterator[str]:
    if not MAGIC.intersection(part):
        name = f"{folder}/{part}" if folder else part
        if os.path.lexists(os.path.join(root, name)):
            yield name
        return
    try:
        names = os.listdir(os.path.join(root, folder))
    except OSError:
        return
    yield from (f"{folder}/{name}" if folder else name for name in names if match(part, name))
