"""What a console without a live view says of steps that go on without a line of their own."""

from __future__ import annotations

from .run_state import JobView, RunState
from .style import elapsed, one_line, quoted

EVERY = 30.0
"""Seconds after which a running step is named again."""


class Heartbeat:
    """Returns the lines that are due; ``streamed``: output is on the console, so only silence needs a line."""

    def __init__(self, state: RunState, streamed: bool) -> None:
        self._state = state
        self._streamed = streamed
        self._last: dict[str, float] = {}
        """When each running job was last named; an entry is that of its present step."""

    def due(self, now: float) -> list[tuple[str, str]]:
        """Return for each job that has had no line for so long its label and a line."""
        found = []
        for job in self._state.view(now).running:
            since = job.silent if self._streamed else job.step_seconds
            quiet = min(since, now - self._last.get(job.label, 0.0))
            if job.step and not (job.between or job.paused) and quiet >= EVERY:
                self._last[job.label] = now
                found.append((job.label, self._line(job)))
        return found

    def _line(self, job: JobView) -> str:
        of = f" of {job.steps}" if job.steps else ""
        step = f"still running step {job.step}{of} {quoted(one_line(job.name))}"
        if job.silent >= EVERY or not job.line:
            return f"{step} ({elapsed(job.silent)} without output)"
        return f"{step}: {job.line}"
