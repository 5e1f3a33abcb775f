"""The step summary of a run in GitHub Actions, appended to the file that GITHUB_STEP_SUMMARY names."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import CiError
from ..record.run_record import RunRecord
from ..report.control_sequences import plain_line
from ..report.log_excerpt import Excerpt
from ..report.log_file import open_log, pieces
from ..report.step_summary import step_summary
from .rerun_command import recorded_rerun

LINES = 20
BEGINNING, ENDS = "== ", ("-- ", "## ")
"""How a log's own lines begin, which stand before and behind the output of a step."""


def append_step_summary(file: str, folder: Path, record: RunRecord, mask: Callable[[str], str]) -> None:
    """Append the summary of a run in a folder, without secrets. Raise OSError if the file cannot be written."""
    text = step_summary(
        record, lambda excerpt: _last_lines(folder, excerpt), lambda *job: recorded_rerun(record, job[0], [job[1]])
    )
    with open(file, "a", encoding="utf-8", errors="replace") as summary:
        summary.write(f"{mask(text)}\n")


def _last_lines(folder: Path, excerpt: Excerpt) -> Sequence[str]:
    try:
        with open_log(folder, excerpt) as log:
            last = deque(pieces(log, excerpt), LINES * 2)
    except CiError:
        return ()
    lines = [plain_line(line.decode("utf-8", "replace").rstrip("\n")) for line in last]
    printed = [line for line in lines if line]
    while printed and printed[-1].startswith(ENDS):
        del printed[-1]
    if printed and printed[0].startswith(BEGINNING):
        del printed[0]
    return printed[-LINES:]
