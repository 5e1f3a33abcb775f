"""How a step's shell gets its script: as a file behind its arguments, or as text (``bash -c``)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

LONGEST_ARGUMENT = 100_000
"""Bytes of text that go into one argument of a process; Linux takes 131,071."""
SHELLS = ("sh", "bash", "dash", "ash", "ksh", "zsh")
"""Programs whose ``-c`` text may read a file with ``.``."""
_TEXT_OPTION = r"-[a-zA-Z]*c"


def encoded(script: str) -> bytes:
    """Return a script's bytes; names of files that are not UTF-8 come out as they were."""
    return script.encode("utf-8", "surrogateescape")


def takes_text(shell: Sequence[str]) -> bool:
    """Return whether a shell gets the script's text (``bash -c``) instead of its file."""
    return len(shell) > 1 and re.fullmatch(_TEXT_OPTION, shell[-1]) is not None


def reading_input(shell: Sequence[str]) -> list[str]:
    """Return the words by which a shell reads what it runs from its input."""
    if not takes_text(shell):
        return list(shell)
    options = shell[-1][:-1]
    return [*shell[:-1], *([options] if options != "-" else [])]


def arguments(shell: Sequence[str], script: str, write_file: Callable[[str], str]) -> list[str]:
    """Return the argument list that runs a script; ``write_file`` makes an executable file of it and returns its path.

    A text too long for an argument is read from a file by the same shell, so that its options (``-e``) hold for it.
    """
    if not takes_text(shell):
        return [*shell, write_file(script)]
    if len(encoded(script)) < LONGEST_ARGUMENT:
        return [*shell, script]
    path = write_file(script)
    reads_files = os.path.basename(shell[0]) in SHELLS
    import shlex

    return [*shell, f". {shlex.quote(path)}" if reads_files else path]
