"""A question to the user at the terminal, beside what goes to standard output."""

from __future__ import annotations

import sys


def confirmed(question: str) -> bool:
    """Return the user's answer; no if the input ends."""
    while True:
        print(f"{question} [y/n] ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line or line.strip().lower() in ("n", "no"):
            return False
        if line.strip().lower() in ("y", "yes"):
            return True
