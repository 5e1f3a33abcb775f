"""Measure every tool on every workload: one after another within a round, so that all meet the same machine."""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

from ..measure import variables
from .configs import make_project
from .figures import Column, Figures, Result, Row
from .install import Found, find
from .model import Workload
from .tools import TOOLS, NotComparable, Tool, Words

MEMORY = Path("/dev/shm")
"""Where the projects, homes and temporary folders are: a disk's times differ too much from one run to the next."""
RAN = re.compile(rb"\bran \d")
ERROR = re.compile(r"\berror\b\W+\w|failed to |: missing |no such ", re.IGNORECASE)
LIMIT = 900


class Failed(Exception):
    """A tool that did not do what the workload asks for."""


def measure(workloads: Sequence[Workload], times: int, tools: Sequence[Tool] = TOOLS) -> Iterator[Figures]:
    """The figures so far after each of these workloads, which are timed so often at most."""
    load = os.getloadavg()[0]
    _say("the peers: from .nox/peers, else installed there (wrkflw takes cargo some minutes)")
    found = {peer.name: find(peer) for peer in dict.fromkeys(tool.peer for tool in tools if tool.peer)}
    for name, each in found.items():
        _say(f"  {each.version or f'{name} is {each.reason}'}")
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    columns = tuple(_column(tool, found) for tool in tools)
    figures = Figures(date.today().isoformat(), machine, round(load, 1), columns, ())
    place = Path(tempfile.mkdtemp(prefix="bench-peers-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    try:
        for workload in workloads:
            row = _Rounds(workload, place, tools, found).row(min(times, workload.times))
            figures = replace(figures, rows=(*figures.rows, row))
            yield figures
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _column(tool: Tool, found: Mapping[str, Found]) -> Column:
    own = f"nox {version('nox')}" if "nox" in tool.name.split() else ""
    known = found[tool.peer.name].version or "" if tool.peer else own
    return Column(tool.name, tool.mode, known, tool.peer is not None, tool.isolates)


class _Rounds:
    """One workload: its project, the tools that do it, and their seconds."""

    def __init__(self, workload: Workload, place: Path, tools: Sequence[Tool], found: Mapping[str, Found]) -> None:
        self._workload = workload
        self._names = [tool.name for tool in tools]
        self._place = place
        self._project = make_project(place / workload.key.replace(" ", "-"), workload)
        self._words: dict[Tool, Words] = {}
        self._reasons: dict[str, str] = {}
        for tool in tools:
            peer = found[tool.peer.name] if tool.peer else Found({})
            try:
                if peer.reason:
                    raise NotComparable(peer.reason)
                self._words[tool] = tool.words(workload, peer.programs)
            except NotComparable as error:
                self._reasons[tool.name] = str(error)

    def row(self, times: int) -> Row:
        """The seconds of so many rounds; before them each tool does it once for its caches, unless once is all."""
        _say(f"{self._workload.key}: {self._workload.title}")
        if times > 1:
            self._round()
        rounds = [self._round() for _ in range(times)]
        shutil.rmtree(self._project)
        timed = {tool.name: Result(tuple(each[tool] for each in rounds)) for tool in self._words}
        reasons = {name: Result(reason=reason) for name, reason in self._reasons.items()}
        results = {name: (timed | reasons)[name] for name in self._names}
        for name, result in results.items():
            _say(f"  {name:24} {result.reason or f'{result.median:8.3f} s'}")
        return Row(self._workload.key, self._workload.title, results)

    def _round(self) -> dict[Tool, float]:
        seconds = {}
        for tool, words in list(self._words.items()):
            try:
                seconds[tool] = self._once(tool, words)
            except (Failed, OSError) as error:  # a program may be no program of this machine
                del self._words[tool]
                self._reasons[tool.name] = str(error)
        return seconds

    def _once(self, tool: Tool, words: Words) -> float:
        """The seconds of the whole process, which must end well and show every step that it ran."""
        subprocess.run(["git", "-C", str(self._project), "clean", "-fdq"], check=True)
        output = self._place / "output"
        with output.open("wb") as file:
            began = time.perf_counter()
            status = _status(words, self._project, _environment(self._place), file.fileno())
            seconds = time.perf_counter() - began
        text = output.read_bytes()
        if status:
            raise Failed(f"failed ({status}): {_complaint(text).replace(str(self._place), '...')}")
        shown, wanted = _steps(tool, self._workload, text)
        if shown < wanted:
            raise Failed(f"ran {shown} of {wanted} steps")
        return seconds


def _status(words: Words, cwd: Path, environ: Mapping[str, str], output: int) -> int:
    """The exit status, after at most ``LIMIT`` seconds."""
    process = subprocess.Popen(
        words, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
    )
    began = time.monotonic()
    # wait() with a limit looks every 50 ms: each short time would be a multiple of that
    late = threading.Timer(LIMIT, os.killpg, (process.pid, signal.SIGKILL))
    late.daemon = True
    late.start()
    try:
        status = process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        late.cancel()
    if time.monotonic() - began >= LIMIT and status == -signal.SIGKILL:
        raise Failed(f"not done after {LIMIT} s")
    return status


def _environment(place: Path) -> dict[str, str]:
    """This process's, with a home and a folder for temporary files in ``place``."""
    home, temporary = place / "home", place / "tmp"
    for folder in (home, temporary):
        folder.mkdir(exist_ok=True)
    own = {"HOME": str(home), "TMPDIR": str(temporary), "ACT_DISABLE_VERSION_CHECK": "1"}
    return {name: value for name, value in variables(own).items() if not name.startswith("XDG_")}


def _steps(tool: Tool, workload: Workload, output: bytes) -> tuple[int, int]:
    """How many steps it shows to have run, and how many should be shown."""
    if tool.mark:
        steps = sum(len(job.steps) for job in workload.jobs)
        return output.count(tool.mark), 0 if workload.listed else steps
    return len(RAN.findall(output)), workload.counted


def _complaint(output: bytes) -> str:
    """The first line that names an error, else the last."""
    lines = output.decode("utf-8", "replace").strip().splitlines() or ["no output"]
    return next((line for line in lines if ERROR.search(line)), lines[-1]).strip()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
