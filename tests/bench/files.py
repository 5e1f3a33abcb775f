"""A workspace of many files from one job to four, against as many plain copies: what jobs on this machine get."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ci.runtime.files.folder_layer import pack_folder, unpack_folder

from .measure import Row

JOBS, SIZE = 4, 100_000
MEMORY = "/dev/shm"
REFLINK = ["--reflink=auto"] if sys.platform == "linux" else ["-c"]


def workspace(folder: Path, times: int) -> list[Row]:
    """2000 files of 100 kB, in memory if there is room, since disks vary."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY)) if os.access(MEMORY, os.W_OK) else folder
    try:
        return _workspace(folder, times)
    finally:
        shutil.rmtree(folder)


def _workspace(folder: Path, times: int) -> list[Row]:
    source = folder / "source"
    for number in range(2000):
        (source / f"{number % 50}").mkdir(parents=True, exist_ok=True)
        (source / f"{number % 50}/{number}").write_bytes(bytes(SIZE))
    tries = range(min(times, 3))
    ours = min(_seconds(lambda turn=turn: _handed_on(source, folder / f"ours{turn}")) for turn in tries)
    theirs = min(_seconds(lambda turn=turn: _copied(source, folder / f"copies{turn}")) for turn in tries)
    return [Row("workspace: 2000 files to four jobs", ours, theirs, 1.5, "cp -r --reflink=auto, five times")]


def _handed_on(source: Path, to: Path) -> None:
    to.mkdir()
    pack_folder(str(source), ["."], f"{to}/layer")
    for job in range(JOBS):
        unpack_folder(f"{to}/layer", f"{to}/{job}")


def _copied(source: Path, to: Path) -> None:
    to.mkdir()
    for job in range(JOBS + 1):
        subprocess.run(["cp", "-r", *REFLINK, source, to / f"{job}"], check=True)


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


BENCHES = (workspace,)
