"""Which variables a shell text uses and which it sets, as far as its words show."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator


def unset(names: Iterable[str], text: str, known: Collection[str], texts: Collection[str]) -> Iterator[str]:
    """Return those of the names that the text uses, that are not known, and that none of the texts assigns."""
    for name in names:
        if name in text and name not in known and uses(text, name) and not any(assigns(each, name) for each in texts):
            yield name


def uses(text: str, name: str) -> bool:
    """Return whether shell text expands the variable."""
    word = re.escape(name)
    return re.search(rf"(?<!\\)\$(?:{word}\b|\{{[#!]?{word}\b)|\bprintenv\s+{word}\b", text) is not None


def assigns(text: str, name: str) -> bool:
    """Return whether shell text sets or removes the variable."""
    word = re.escape(name)
    by_command = rf"\bfor\s+{word}\s+in\b|\b(?:read|unset)\b[^\n;|&]*\s{word}\b"
    return re.search(rf"(?<![\w$.-]){word}\+?=|\$\{{{word}:?=|{by_command}", text) is not None
