"""An orb's source folder as one file, by the rules of the 0.1.x CLI's ``orb pack``.

https://circleci.com/docs/orbs/author/orb-concepts/#file-include-syntax
Folders are packed as ``config pack`` does, but only those of an orb's parts count. In jobs, commands and executors a
text that is ``<<include(FILE)>>`` stands for that file of the folder, each ``<<`` in it escaped.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..compiler.emit import dump
from ..compiler.scope import INCLUDE
from ..dataclass import dataclass, field
from ..errors import ConfigError, Position, Problem, UsageError
from ..project.pack import Tree, pack_tree, read_file
from ..project.project import decoded
from ..source.nodes import ListNode, MapNode, Node, Scalar

ROOT_FILE = "@orb.yml"
SINGLE_FILES = ("orb.yml", "orb.yaml")
FOLDERS = ("commands", "examples", "executors", "jobs")
KEYS = ("version", "description", "display", "orbs", "commands", "executors", "jobs", "examples")

_WITH_INCLUDES = ("commands", "executors", "jobs")
_USAGE = ("version", "setup", "orbs", "jobs", "workflows")


def pack_orb(folder: Path) -> str:
    """Return the packed source of the orb in a folder that has ``@orb.yml``.

    Raises UsageError if the folder is not an orb's, ConfigError with every file that is wrong.
    """
    if not os.path.isfile(folder / ROOT_FILE):
        hint = f"Name the folder that has {ROOT_FILE}, usually src."
        raise UsageError(Problem(f"{folder} is not an orb's folder: it has no {ROOT_FILE}", None, hint))
    return _packed(folder, None)


def pack_file(file: Path) -> str:
    """Return the packed source of an orb by its one file, with the folders of parts that an ``orb.yml`` has beside it.

    Includes are relative to the file's folder.
    """
    apart = file.name in SINGLE_FILES and any(os.path.isdir(file.parent / name) for name in _WITH_INCLUDES)
    return _packed(file.parent, None if apart else file)


def _packed(folder: Path, file: Path | None) -> str:
    includes = Includes(folder)
    tree = Tree(folder, FOLDERS, includes.outside, includes.put, includes.problems)
    return dump(_as_orb(pack_tree(tree, file)))


def _as_orb(packed: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of an orb in the CLI's order, other keys left out."""
    orb = {key: packed[key] for key in KEYS if packed.get(key) not in (None, "", {})}
    examples = orb.get("examples")
    if isinstance(examples, dict):
        orb["examples"] = {name: _example(body) for name, body in examples.items()}
    return orb


def _example(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    example = {"description": body["description"]} if body.get("description") else {}
    for key in ("usage", "result"):
        if isinstance(body.get(key), dict):
            example[key] = _usage(body[key])
    return example


def _usage(written: dict[str, Any]) -> dict[str, Any]:
    usage = {key: written[key] for key in _USAGE if written.get(key)}
    usage.setdefault("workflows", written.get("workflows"))
    if "version" in usage:
        usage["version"] = str(usage["version"])
    return usage


@dataclass(frozen=True, slots=True)
class Includes:
    """Puts the files of a folder in the places that include them; nothing outside of the folder is read."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def outside(self, path: Path) -> str | None:
        """Return why a path of the folder must not be read: a link leads out of the folder."""
        real = os.path.realpath(path)
        if Path(real).is_relative_to(os.path.realpath(self.folder)):
            return None
        return f"it is a link that leaves {self.folder}"

    def put(self, content: MapNode, path: Path) -> MapNode:
        """Return a file's content with its includes replaced, wherever the CLI looks for them."""
        above = path.relative_to(self.folder).parts[:-1]
        if above:
            return self._mapping(content) if above[0] in _WITH_INCLUDES else content
        entries = {
            text: (key, self._node(value) if text in _WITH_INCLUDES else value)
            for text, (key, value) in content.entries.items()
        }
        return MapNode(entries, content.file, content.line, content.column)

    def _mapping(self, node: MapNode) -> MapNode:
        entries = {text: (key, self._node(value)) for text, (key, value) in node.entries.items()}
        return MapNode(entries, node.file, node.line, node.column)

    def _node(self, node: Node) -> Node:
        if isinstance(node, MapNode):
            return self._mapping(node)
        if isinstance(node, ListNode):
            return ListNode([self._node(item) for item in node.items], node.file, node.line, node.column)
        if not isinstance(node.value, str) or "<<" not in node.value:
            return node
        try:
            return Scalar(self._text(node.value, node.position), node.file, node.line, node.column)
        except ConfigError as error:
            self.problems.extend(error.problems)
            return node

    def _text(self, text: str, position: Position) -> str:
        found = INCLUDE.search(text)
        if found is None:
            return text
        if found[0] != text:
            hint = "Put the rest into the file that is included; a literal block ends with |- instead of |."
            raise ConfigError(Problem(f"{found[0]} must be all of the text that it is in", position, hint))
        content = self._content(found["file"], position)
        return content.replace("<<", "\\<<")

    def _content(self, name: str, position: Position) -> str:
        path = self.folder / name
        if name.startswith("/") or os.path.normpath(name).split(os.sep)[0] == ".." or self.outside(path):
            hint = f"An orb includes only files of its own folder, {self.folder}."
            raise ConfigError(Problem(f"the include {name} leaves the orb's folder", position, hint))
        try:
            return decoded(read_file(path), str(path))
        except OSError as error:
            message = f"the included file {name} cannot be read: {error.strerror}"
            raise ConfigError(Problem(message, position, f"Paths are relative to {self.folder}.")) from None
