"""The ``circleci`` command inside a job: a POSIX shell script that needs awk, find, sort and wc, and no Python.

https://circleci.com/docs/guides/optimize/use-the-circleci-cli-to-split-tests/
"""

from __future__ import annotations

from pathlib import Path

from ..box import Box

SCRIPT = Path(__file__).with_name("circleci.sh")
AGENT = b'#!/bin/sh\nexec "${0%/*}/circleci" "$@"\n'
"""``circleci-agent``, its older name."""
HALT = "halt"
"""In the box's ``task_data``: a file that is there once a step has asked to end the job."""
TIMINGS = "timings.tsv"
"""In the box's ``task_data``: ``KIND<tab>SECONDS<tab>NAME``, a line each, of earlier runs."""


def install(box: Box, folder: str, timings: bytes) -> None:
    """Put the command into a folder of the box, with the times of earlier runs beside the job's own files."""
    box.write(f"{folder}/circleci", SCRIPT.read_bytes(), 0o755)
    box.write(f"{folder}/circleci-agent", AGENT, 0o755)
    if timings:
        box.write(f"{box.task_data}/{TIMINGS}", timings)
