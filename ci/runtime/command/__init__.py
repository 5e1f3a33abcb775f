"""The ``circleci`` command inside a job: a POSIX shell script that needs awk, find, sort and wc, and no Python.

https://circleci.com/docs/guides/optimize/use-the-circleci-cli-to-split-tests/
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ...dataclass import dataclass

FOLDER = "bin"
"""In the box's ``task_data``: where the command is."""
SCRIPT = Path(__file__).with_name("circleci.sh")
AGENT = b'#!/bin/sh\nexec "${0%/*}/circleci" "$@"\n'
"""``circleci-agent``, its older name."""
HALT = "halt"
"""In the box's ``task_data``: a file that is there once a step has asked to end the job."""
TIMINGS = "timings.tsv"
"""In the box's ``task_data``: ``KIND<tab>SECONDS<tab>NAME``, a line each, of earlier runs."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the runner's own, by its name in the box's ``task_data``; a program in ``FOLDER`` can be run."""

    name: str
    content: bytes

    @property
    def mode(self) -> int:
        return 0o755 if self.name.startswith(f"{FOLDER}/") else 0o644


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()


def files(timings: bytes) -> tuple[File, ...]:
    """Return the command, with the times of earlier runs."""
    times = (File(TIMINGS, timings),) if timings else ()
    return (File(f"{FOLDER}/circleci", _script()), File(f"{FOLDER}/circleci-agent", AGENT), *times)
