"""Wall-clock times of whole processes, best of several, and the table that shows them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Row:
    """One measurement: seconds of ours and of what it is compared with, and the goal for their ratio."""

    name: str
    ours: float
    theirs: float
    goal: float
    against: str

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs if self.theirs > 0 else float("inf")


def variables(own: Mapping[str, str]) -> dict[str, str]:
    """This process's variables with some of its own; Python keeps what it compiles, as for any user's second run."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), **own}


def seconds(words: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None, times: int = 3) -> float:
    """The least seconds that a command took; a command that fails ends the bench with its output."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        done = subprocess.run(
            words, cwd=cwd, env=variables(environ or {}), capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        best = min(best, time.perf_counter() - began)
        if done.returncode:
            sys.exit(f"{' '.join(words)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return best


def table(rows: Sequence[Row]) -> str:
    """The rows as text: ours, theirs, the ratio, and whether it meets its goal."""
    width = max(len(row.name) for row in rows)
    lines = []
    for row in rows:
        verdict = "meets" if row.ratio <= row.goal else "MISSES"
        times = f"{row.ours:7.3f} s  {row.theirs:7.3f} s  {row.ratio:5.2f} x"
        lines.append(f"{row.name:<{width}}  {times} {row.against}, {verdict} {row.goal} x")
    return "\n".join(lines)


Bench = Callable[[Path, int], list[Row]]
