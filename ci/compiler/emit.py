"""The compiled config as YAML text, in the layout of CircleCI's compiler.

Block style, ``version: 2`` first, ``workflows: version: 2`` last, text of several lines as literal blocks, nothing
folded, no anchors. Written here line by line, since shared parts (a command's steps in a thousand jobs) are then
written once; every scalar that is not plainly safe is left to PyYAML's C emitter.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from ..source.scalars import resolve
from .compiled import Compiled

_PLAIN = re.compile(r"[A-Za-z_/.][A-Za-z0-9_/.@+=~()$%*^-]*(?:[ :][A-Za-z0-9_/.@+=~()$%*^|&;<>-]+)*\Z")
_LITERAL = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u2028\u2029\ufffe\uffff]")
_BREAK = re.compile(r"[\n\r\x85\u2028\u2029]")
_SIMPLE_KEY = 1000
"""YAML lets a key of at most 1024 characters stand on one line with its colon."""
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u2028\u2029\ufffe\uffff]|[ \t]\n|[ \t]\Z")


def emit(compiled: Compiled) -> str:
    """Return the comments and the document of a compiled config as YAML text."""
    lines = list(compiled.comments)
    _Writer().mapping(compiled.document, "", lines)
    return "\n".join(lines) + "\n"


def dump(document: dict[str, Any]) -> str:
    """Return a document of plain values as YAML text, in the same layout."""
    lines: list[str] = []
    _Writer().mapping(document, "", lines)
    return "".join(f"{line}\n" for line in lines) or "{}\n"


class _Writer:
    """Appends lines; a list or map that comes again at the same depth is written once and copied."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, str], list[str]] = {}

    def mapping(self, data: dict[str, Any], indent: str, lines: list[str]) -> None:
        for key, value in data.items():
            name = scalar(key)
            simple = len(name) < _SIMPLE_KEY
            self.entry(f"{indent}{name}:" if simple else f"{indent}? {name}\n{indent}:", value, indent, lines)

    def entry(self, head: str, value: Any, indent: str, lines: list[str]) -> None:
        """Append what stands after a key; lists below a map are not indented."""
        if isinstance(value, dict) and value:
            lines.append(head)
            self.shared(value, indent + "  ", lines)
        elif isinstance(value, list) and value:
            lines.append(head)
            self.shared(value, indent, lines)
        else:
            lines.append(f"{head} {self.leaf(value, indent)}")

    def shared(self, value: Any, indent: str, lines: list[str]) -> None:
        key = (id(value), indent)
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = []
            if isinstance(value, dict):
                self.mapping(value, indent, known)
            else:
                self.sequence(value, indent, known)
        lines += known

    def sequence(self, data: list[Any], indent: str, lines: list[str]) -> None:
        for item in data:
            if isinstance(item, (dict, list)) and item:
                start = len(lines)
                self.shared(item, indent + "  ", lines)
                lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"
            else:
                lines.append(f"{indent}- {self.leaf(item, indent)}")

    def leaf(self, value: Any, indent: str) -> str:
        if isinstance(value, str):
            if "\n" in value:
                return _block(value, indent + "  ")
            return scalar(value)
        if isinstance(value, (dict, list)):
            return "{}" if isinstance(value, dict) else "[]"
        return _constant(value)


def _block(text: str, indent: str) -> str:
    """Return a literal block, or quoted text if YAML does not allow a block."""
    if _FORBIDDEN.search(text) or not _LITERAL.match(text):
        return _quoted(text)
    body = text.rstrip("\n")
    trailing = len(text) - len(body)
    chomp = "-" if trailing == 0 else "" if trailing == 1 else "+"
    shown = "\n".join(indent + line if line else "" for line in body.split("\n"))
    return f"|{chomp}\n{shown}" + "\n" * max(0, trailing - 1)


@lru_cache(maxsize=65536)
def scalar(text: str) -> str:
    """Return a text of one line: plain if that is safe, else as PyYAML writes it."""
    if isinstance(text, str) and _PLAIN.match(text) and resolve(text) is text:
        return text
    return _quoted(text)


def _quoted(text: object) -> str:
    style = '"' if isinstance(text, str) and _BREAK.search(text) else None
    written: str = yaml.dump(
        [text], Dumper=_dumper(), default_flow_style=True, default_style=style, width=1 << 30, allow_unicode=True
    )
    return written[1 : written.rindex("]")]


@lru_cache(maxsize=1)
def _dumper() -> type[yaml.CSafeDumper] | type[yaml.SafeDumper]:
    """Return libyaml's dumper; PyYAML's own if it was built without libyaml."""
    return getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _constant(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return _quoted(value)
