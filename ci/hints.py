"""Hints for what people type first: options for a session before the ``--`` that must precede them."""

from __future__ import annotations

from collections.abc import Sequence

from .spelling import nox

OURS = ("--job", "--executor", "--engine", "--param", "--branch", "--dry-run", "--no-parents", "--fail-fast")


def forgotten_dashes(argv: Sequence[str], sessions: Sequence[str]) -> str:
    """A hint where nox's own command line seems to hold options meant for a session, else nothing.

    nox takes ``-e`` as a session's name and ``-j`` as its number of processes.
    """
    if "--" in argv:
        return ""
    named = [word for word in argv if word in sessions]
    if not named:
        return ""
    for flag, value in zip(argv, [*argv[1:], ""], strict=True):
        meant = flag in OURS or (flag == "-e" and value and value not in sessions)
        if meant or (flag == "-j" and value and not value.isdecimal() and value != "auto"):
            rest = " ".join(word for word in argv[argv.index(flag) :] if word not in named)
            return f"Hint: options for a session stand behind --, as in: {nox()} -s {named[0]} -- {rest}"
    return ""
