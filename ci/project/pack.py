"""A folder of YAML files as one config, by the rules of the 0.1.x CLI's ``config pack``.

https://circleci.com/docs/guides/toolkit/how-to-use-the-circleci-local-cli/#packing-a-config
A folder is a map, a file the map below its name; a file at the top, or one whose name begins with ``@``, gives its
keys to the folder itself. What begins with a dot, or is no YAML, is left out.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..dataclass import dataclass, field
from ..errors import ConfigError, Position, Problem, UsageError
from ..source.limits import LIMITS
from .project import decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..source.nodes import MapNode

_EMPTY = re.compile(r"(?:[ \t]*(?:#[^\n]*|---)?(?:\n|\Z))*\Z")
_YAML = re.compile(r".+\.(yml|yaml)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder that is being packed, and what is wrong with its files.

    ``folders`` are the names of the folders that count (None: all); ``refuse`` says why a file must not be read, and
    ``change`` changes a file's content.
    """

    top: Path
    folders: tuple[str, ...] | None = None
    refuse: Callable[[Path], str | None] = lambda path: None
    change: Callable[[MapNode, Path], MapNode] = lambda content, path: content
    problems: list[Problem] = field(default_factory=list)


def pack(folder: Path) -> dict[str, Any]:
    """Return the packed document, keys sorted. Raises ConfigError for files that are wrong, all of them; UsageError for
    a place that is neither a folder nor a file."""
    if os.path.isfile(folder):
        return pack_tree(Tree(folder.parent), folder)
    if not os.path.isdir(folder):
        raise UsageError(Problem(f"there is no folder {folder}"))
    return pack_tree(Tree(folder))


def pack_tree(tree: Tree, file: Path | None = None) -> dict[str, Any]:
    """Return the packed tree, or one file of it, keys sorted. Raises ConfigError with all that is wrong."""
    packed = _content(file, tree) if file else _folder(tree.top, tree)
    if tree.problems:
        raise ConfigError(*tree.problems)
    return _sorted(packed)


def _folder(folder: Path, tree: Tree) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in _children(folder, tree):
        inner = _folder(path, tree) if _is_folder(path) else _content(path, tree)
        if folder == tree.top and not _is_folder(path) and not path.is_symlink():
            found.update(inner)
        elif path.name.startswith("@") and _YAML.match(path.name):
            own = found.get(_stem(folder.name))
            found.update({**(own if isinstance(own, dict) else {}), **inner})
        else:
            before = found.get(_stem(path.name))
            found[_stem(path.name)] = {**(before if isinstance(before, dict) else {}), **inner}
    return found


def _children(folder: Path, tree: Tree) -> Iterator[Path]:
    """Yield what counts in a folder, by name."""
    for name in sorted(os.listdir(folder), key=os.fsencode):
        path = folder / name
        if name.startswith(".") and len(name) > 1:
            continue
        if _is_folder(path):
            if tree.folders is None or name in tree.folders:
                yield path
        elif _YAML.match(name):
            yield path


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _stem(name: str) -> str:
    """Return a name without its last extension, a folder's too."""
    return name.rpartition(".")[0] if "." in name else name


def _content(path: Path, tree: Tree) -> dict[str, Any]:
    from ..source.load import load

    refused = tree.refuse(path)
    if refused:
        tree.problems.append(Problem(refused, Position(str(path), 1, 1)))
        return {}
    try:
        text = decoded(read_file(path), str(path))
        if _EMPTY.match(text):
            return {}
        return dict(tree.change(load(text, str(path), templates=False), path).plain)
    except OSError as error:
        tree.problems.append(Problem(f"it cannot be read: {error.strerror}", Position(str(path), 1, 1)))
    except ConfigError as error:
        tree.problems.extend(error.problems)
    return {}


def read_file(path: Path) -> bytes:
    """Return the content of a regular file, no more than can be a config; OSError for anything else."""
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "it is not a regular file")
        return file.read(LIMITS.bytes + 1)


def _sorted(document: dict[str, Any]) -> dict[str, Any]:
    """Return maps in the order of their keys, as the CLI prints them."""
    return {key: _value(document[key]) for key in sorted(document, key=str)}


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return _sorted(value)
    return [_value(each) for each in value] if isinstance(value, list) else value
