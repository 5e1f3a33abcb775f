"""Where the file of an orb lies, by the reference that a config names it with."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

FOLDER = Path(".circleci") / "orbs"
REFERENCE = re.compile(r"(?P<orb>[\w-]+/[\w-]+)@(?P<version>dev:[\w.-]+|volatile|\d+(?:\.\d+){0,2})\Z", re.ASCII)
_TOO_LONG = 200


def path_of(reference: str) -> Path | None:
    """Return the place of an orb below an orbs folder; None for what is not a reference of an orb."""
    if reference.startswith("https://"):
        parts = [_segment(part) for part in reference.replace("://", "/", 1).split("/") if part]
        return Path(*parts) if len(parts) > 1 else None
    if not REFERENCE.match(reference):
        return None
    namespace, _, rest = reference.partition("/")
    return Path(namespace) / f"{rest}.yml"


def _segment(part: str) -> str:
    """Return a part of a URL as a file's name: nothing in it leaves its folder, and none is too long."""
    name = quote(part, safe="@=+,;~!$&'()")[:_TOO_LONG]
    return name.replace(".", "%2E") if set(name) == {"."} else name
