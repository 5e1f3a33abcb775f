"""A folder of YAML files as one config, by the rules of the 0.1.x CLI's ``config pack``.

https://circleci.com/docs/guides/toolkit/how-to-use-the-circleci-local-cli/#packing-a-config
A folder is a map, a file the map below its name; a file at the top, or one whose name begins with ``@``, gives its
keys to the folder itself. What begins with a dot, or is no YAML, is left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import ConfigError, Position, Problem, UsageError
from .project import decoded

_EMPTY = re.compile(r"(?:[ \t]*(?:#[^\n]*|---)?(?:\n|\Z))*\Z")
_YAML = re.compile(r".+\.(yml|yaml)\Z", re.DOTALL)


def pack(folder: Path) -> dict[str, Any]:
    """The packed document, keys sorted. Raises ConfigError for files that are wrong, all of them; UsageError for
    a place that is neither a folder nor a file."""
    if os.path.isfile(folder):
        return _sorted(_content(folder, []))
    if not os.path.isdir(folder):
        raise UsageError(Problem(f"there is no folder {folder}"))
    problems: list[Problem] = []
    packed = _folder(folder, folder, problems)
    if problems:
        raise ConfigError(*problems)
    return _sorted(packed)


def _folder(folder: Path, top: Path, problems: list[Problem]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in _children(folder):
        inner = _folder(path, top, problems) if _is_folder(path) else _content(path, problems)
        if folder == top and not _is_folder(path) and not path.is_symlink():
            found.update(inner)
        elif path.name.startswith("@") and _YAML.match(path.name):
            own = found.get(_stem(folder.name))
            found.update({**(own if isinstance(own, dict) else {}), **inner})
        else:
            before = found.get(_stem(path.name))
            found[_stem(path.name)] = {**(before if isinstance(before, dict) else {}), **inner}
    return found


def _children(folder: Path) -> Iterator[Path]:
    """What counts in a folder, by name."""
    for name in sorted(os.listdir(folder), key=os.fsencode):
        path = folder / name
        if name.startswith(".") and len(name) > 1:
            continue
        if _is_folder(path) or _YAML.match(name):
            yield path


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _stem(name: str) -> str:
    """A name without its last extension, a folder's too."""
    return name.rpartition(".")[0] if "." in name else name


def _content(path: Path, problems: list[Problem]) -> dict[str, Any]:
    from .source.load import load

    try:
        text = decoded(path.read_bytes(), str(path))
        if _EMPTY.match(text):
            return {}
        return dict(load(text, str(path), templates=False).plain)
    except OSError as error:
        problems.append(Problem(f"it cannot be read: {error.strerror}", Position(str(path), 1, 1)))
    except ConfigError as error:
        problems.extend(error.problems)
    return {}


def _sorted(document: dict[str, Any]) -> dict[str, Any]:
    """Maps in the order of their keys, as the CLI prints them."""
    return {key: _value(document[key]) for key in sorted(document, key=str)}


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return _sorted(value)
    return [_value(each) for each in value] if isinstance(value, list) else value
