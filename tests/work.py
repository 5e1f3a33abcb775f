"""How much work a call is, counted instead of timed: the same on every machine and under any load."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HANG_SECONDS = 300
"""CPU seconds of a guard against a hang: hundreds of times what the guarded code takes."""


def calls(work: Callable[..., object], *arguments: object) -> int:
    """Return how many calls of Python's and C's functions, and steps of generators, the work takes."""
    counted = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work(*arguments)
    finally:
        sys.setprofile(before)
    return counted


def ends(code: str) -> bool:
    """Whether Python code that runs in a process of its own ends without an error before ``HANG_SECONDS``."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (HANG_SECONDS, HANG_SECONDS))

    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, preexec_fn=limit).returncode == 0
