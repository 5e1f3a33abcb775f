"""The safe part of a config's way to version 2.1, as edits of its text: comments and formatting stay as they are.

Configuration reference, "version"; reusable config reference, on ``<<`` in heredocs. What else 2.1 minds, such as
unknown keys, is left to whoever knows what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from ..dataclass import dataclass

_OLD = re.compile(r"2(?:\.0)?")
_VERSION = "version: 2.1"
_HEREDOC = re.compile(r"(?<![\\<])<<-?(?P<quote>['\"]?)(?P<word>[A-Za-z_]\w*)(?P=quote)(?!\w)")
_HERE_STRING = re.compile(r"(?<![\\<])<<<(?!<)")
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Migration:
    """A config's new text, what was changed, and what could not be, each with its line."""

    text: str
    changed: tuple[str, ...]
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str
    what: str
    line: int


def migrate(text: str) -> Migration:
    """Return the config with version 2.1, escaped ``<<`` and no ``workflows.version``; raises yaml.YAMLError."""
    root = next(yaml.compose_all(text, Loader=yaml.SafeLoader), None)
    if not isinstance(root, yaml.MappingNode):
        return Migration(text, ())
    version = _value(root, "version")
    left: list[str] = []
    edits = [*_version(version, text), *_workflows_version(root, text)]
    old = any(edit.what == _VERSION for edit in edits)
    for scalar in _scalars(root, set()):
        edits += _escapes(scalar, text, old, left)
    edits.sort(key=lambda edit: edit.start)
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return Migration(text, tuple(f"line {edit.line}: {edit.what}" for edit in edits), tuple(left))


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _version(node: yaml.Node | None, text: str) -> Iterator[_Edit]:
    if not isinstance(node, yaml.ScalarNode) or not _OLD.fullmatch(node.value):
        return
    start, end = node.start_mark.index, node.end_mark.index
    yield _Edit(start, end, _OLD.sub("2.1", text[start:end], count=1), _VERSION, node.start_mark.line + 1)


def _workflows_version(root: yaml.MappingNode, text: str) -> Iterator[_Edit]:
    """Remove the line of ``version`` below ``workflows``, if it is a line of its own and not all there is."""
    workflows = _value(root, "workflows")
    if not isinstance(workflows, yaml.MappingNode) or workflows.flow_style or len(workflows.value) < 2:
        return
    for key, value in workflows.value:
        if key.value != "version" or not isinstance(value, yaml.ScalarNode):
            continue
        start = text.rfind("\n", 0, key.start_mark.index) + 1
        newline = text.find("\n", value.end_mark.index)
        end = len(text) if newline < 0 else newline + 1
        before, after = text[start : key.start_mark.index], text[value.end_mark.index : end]
        comment = after.lstrip()
        if not before.strip() and (not comment or comment.startswith("#")):
            line = key.start_mark.line + 1
            yield _Edit(start, end, before + comment if comment else "", "removed version from workflows", line)


def _scalars(node: yaml.Node, seen: set[int]) -> Iterator[yaml.ScalarNode]:
    """Yield every scalar once, but no merge keys; what aliases repeat is yielded at its anchor."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        if "<<" in node.value and node.tag != _MERGE:
            yield node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(key, seen)
            yield from _scalars(value, seen)
    else:
        for item in node.value:
            yield from _scalars(item, seen)


def _escapes(node: yaml.ScalarNode, text: str, old: bool, left: list[str]) -> Iterator[_Edit]:
    """Put a backslash before each ``<<`` of version 2, which is text there; in 2.1 before those of heredocs."""
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in ("|", ">"):
        start = text.index("\n", start) + 1
    escape = "\\\\<<" if node.style == '"' else "\\<<"
    if old and "\\<<" in node.value:
        left.append(f"line {node.start_mark.line + 1}: a backslash before << has no equal in version 2.1")
        return
    source = text[start:end]
    for at in _every(source) if old else _heredocs(node.value, source):
        line = text.count("\n", 0, start + at) + 1
        yield _Edit(start + at, start + at + 2, escape, "escaped <<", line)


def _every(source: str) -> list[int]:
    return [found.start() for found in re.finditer("<<", source)]


def _heredocs(value: str, source: str) -> list[int]:
    """Return where ``source`` has the ``<<`` of here strings, and of heredocs whose end is a line of ``value``."""
    lines = {line.strip("\t ") for line in value.splitlines()}
    heredocs = [found.start() for found in _HEREDOC.finditer(source) if found["word"] in lines]
    return heredocs + [found.start() for found in _HERE_STRING.finditer(source)]
