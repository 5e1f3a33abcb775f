"""What the live view costs a run on a terminal: nothing before the first step."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

from ..windows import window
from .measure import Row
from .workflows import DOCKER, HEAD, project

CONFIG = f"{HEAD}jobs:\n  j:\n{DOCKER}    steps: [run: sleep 1]\nworkflows:\n  w:\n    jobs: [j]\n"


def first_step(folder: Path, times: int) -> list[Row]:
    """From the start of the program to the first step, with the view and without it; medians of runs in turn."""
    made = project(folder, CONFIG)
    pairs = [[_seconds(made, term) for term in ("xterm", "dumb")] for _ in range(2 * times)]
    live, plain = map(statistics.median, zip(*pairs, strict=True))
    return [Row("to the first step, live view", live, plain, 1.1, "TERM=dumb")]


def _seconds(folder: Path, term: str) -> float:
    began = time.time()
    with window(folder, "run", "w", "--engine", "host", TERM=term) as opened:
        status = opened.end()
    if status:
        raise SystemExit(f"the run failed ({status}):\n{opened.written.decode()}")
    [events] = (folder / ".nox/ci/runs/last/").glob("events.jsonl")
    begun = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    return min(each["time"] for each in begun if each["event"] == "step.start") - began


BENCHES = (first_step,)
