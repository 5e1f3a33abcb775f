"""A workspace of many small files, packed once and unpacked by four jobs, against as many plain copies."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from ci.runtime.files.archive import pack, unpack

from .measure import Row

JOBS = 4


def workspace(folder: Path, times: int) -> list[Row]:
    """2000 files of 10 kB: the cost of files, not of the disk."""
    source = folder / "source"
    for number in range(2000):
        (source / f"{number % 50}").mkdir(parents=True, exist_ok=True)
        (source / f"{number % 50}/{number}").write_bytes(bytes(10_000))
    tries = range(min(times, 3))
    ours = min(_seconds(lambda turn=turn: _handed_on(source, folder / f"ours{turn}")) for turn in tries)
    theirs = min(_seconds(lambda turn=turn: _copied(source, folder / f"copies{turn}")) for turn in tries)
    return [Row("workspace: 2000 files to four jobs", ours, theirs, 2.0, "five copies")]


def _handed_on(source: Path, to: Path) -> None:
    to.mkdir()
    with open(to / "a.tar", "wb") as file:
        pack(str(source), ["."], file)
    for job in range(JOBS):
        with open(to / "a.tar", "rb") as file:
            unpack(file, str(to / f"{job}"))


def _copied(source: Path, to: Path) -> None:
    for job in range(JOBS + 1):
        shutil.copytree(source, to / f"{job}", copy_function=shutil.copyfile)


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


BENCHES = (workspace,)
