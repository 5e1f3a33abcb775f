"""Runs with a paused job that are killed: before it is paused, while it waits, and while it goes on.

After each kill nothing of the run may be left, as in ``kills.py``. The next run pauses too, and then goes on with an
edited file and passes.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time

from tests.kills import END_SECONDS, Found, Ground, Way, gone, process_hangs
from tests.patience import alive
from tests.process_tree import below

CONFIG = """\
version: 2.1
jobs:
  first:
    docker: [{image: IMAGE}, {image: SERVICE, command: [sleep, 'NUMBER']}]
    steps:
      - checkout
      - run: {background: true, command: sleep NUMBER}
      - run: {name: Test, command: test -e ok}
      - run: sleep 0.3
  second:
    docker: [{image: IMAGE}]
    steps: [run: sleep 0.3]
workflows: {w: {jobs: [first, second]}}
"""
WAYS = tuple(map(Way, ((signal.SIGINT,), (signal.SIGTERM,), (signal.SIGKILL,))))
HOST_WAYS = (*WAYS, Way((signal.SIGKILL,), supervisors=True))
PAUSED = 77


def kill_paused(ground: Ground, count: int, chance: random.Random) -> Found:
    """Kill that many runs; return what came of it."""
    began = time.monotonic()
    found = Found()
    _pass(ground, "a whole run", found)
    seconds = time.monotonic() - began
    ways = HOST_WAYS if ground.engine == "host" else WAYS
    for number in range(count):
        _kill_one(ground, ways[number % len(ways)], chance.uniform(0, seconds), found)
    return found


def _kill_one(ground: Ground, way: Way, delay: float, found: Found) -> None:
    case = f"{way} with a paused job after {delay:.3f} s"
    front = ground.start("--pause")
    time.sleep(delay)
    owner = ground.owner() or front.pid
    for pid in below(owner) if way.supervisors else [owner]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, way.signals[0])
    if process_hangs(front):
        found.faults.append(f"{case}: its front went on for {END_SECONDS:.0f} s")
    if way.supervisors and ground.rests():
        done = ground.project.ci("resume", "--retry")
        found.faults += [f"{case}: resume ended with {done.status}: {done.stderr}"] if done.status != 1 else []
    if not _ends(owner):
        found.faults.append(f"{case}: its process went on for {END_SECONDS:.0f} s")
        os.kill(owner, signal.SIGKILL)
    found.killed[f"{way} with a paused job"] += 1
    if way.signals == (signal.SIGKILL,) and not way.supervisors:
        if ground.engine == "host" and not gone(ground):
            found.faults += [f"{case}: left {line!r}" for line in ground.processes()]
    else:
        found.faults += [f"{case}: left {line}" for line in ground.left(owner)]
    _pass(ground, f"{case}: the next run", found)
    found.faults += [f"{case}: after the next run: {line}" for line in ground.left(owner)]


def _pass(ground: Ground, case: str, found: Found) -> None:
    """Let a run pause, and pass once the file that it lacks is there."""
    front = ground.start("--pause")
    try:
        status = front.wait(120)
    except subprocess.TimeoutExpired:
        status = -1
        front.kill()
    owner = ground.owner()
    ok = ground.project.write("ok", "")
    resumed = ground.project.ci("resume", "--edits") if owner else None
    ok.unlink()
    if status != PAUSED or owner is None or resumed is None or resumed.status:
        found.faults.append(f"{case}: {status}, {resumed.stdout[-1000:] if resumed else ''} {ground.last_output()}")
    elif not _ends(owner):
        found.faults.append(f"{case}: its process went on for {END_SECONDS:.0f} s")
    else:
        found.faults += [f"{case}: left {line}" for line in ground.left(owner)]


def _ends(pid: int) -> bool:
    until = time.monotonic() + END_SECONDS
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pid)
