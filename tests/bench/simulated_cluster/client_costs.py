"""What a run costs this machine: its own process alone, without kubectl's proxy, which is the simulation here."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Costs:
    """Of one process from its start to its end."""

    wall: float
    processor: float
    """Seconds, of all its threads."""
    megabytes: float
    """The most memory that it has had at once."""
    threads: int
    descriptors: int


def measured(words: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> Costs:
    """Run a command and return what its process has cost; one that fails ends the bench with its output."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        running = subprocess.Popen(words, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        most = {"VmHWM": 0, "Threads": 0}
        descriptors = 0
        while os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            with contextlib.suppress(OSError):
                most |= {name: max(value, most[name]) for name, value in _status(running.pid, most)}
                descriptors = max(descriptors, len(os.listdir(f"/proc/{running.pid}/fd")))
            time.sleep(LOOK_SECONDS)
        wall, processor = time.perf_counter() - began, _processor(running.pid)  # of a process that nobody has asked for
        if running.wait():
            output.seek(0)
            sys.exit(f"{' '.join(words)} failed ({running.returncode}):\n{output.read().decode()[-4000:]}")
    return Costs(wall, processor, most["VmHWM"] / 1024, most["Threads"], descriptors)


def _status(pid: int, wanted: Mapping[str, int]) -> list[tuple[str, int]]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    found = (line.partition(":") for line in lines)
    return [(name, int(value.split()[0])) for name, _, value in found if name in wanted]


def _processor(pid: int) -> float:
    """The seconds of a process without its children, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
