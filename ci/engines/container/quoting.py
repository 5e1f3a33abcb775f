"""Text for a POSIX shell: words quoted, bytes that survive a line of input."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from ...workflow.model import Pairs

_SPECIAL = re.compile(rb"""[^a-zA-Z0-9 ./_+=:,;@#(){}\[\]<>|&*?~^!"$`-]""")


def line_bytes(content: bytes) -> str:
    """Bytes as what follows ``printf %b``, on one line; NUL cannot be among them."""
    return f"'{_SPECIAL.sub(_octal, content).decode('ascii')}'"


def _octal(found: re.Match[bytes]) -> bytes:
    return b"\\0%03o" % found[0][0]


def quoted(*words: str) -> str:
    """Words on one line for driver.sh, which has a variable for the line breaks in them."""
    return shlex.join(words).replace("\n", "'\"$_ci_break\"'")


def exports(environment: Pairs, hidden: Iterable[str] = ()) -> str:
    """Return a line for each variable that a shell can have; those that are ``hidden`` are unset first."""
    lines = [f"unset {name}\n" for name in hidden if _taken(name)]
    lines += [f"export {name}={shlex.quote(value)}\n" for name, value in dict(environment).items() if _taken(name)]
    return "".join(lines)


def _taken(name: str) -> bool:
    return name.replace("_", "a").isalnum() and not name[0].isdigit() and name.isascii()
