"""Small pieces of text that several reports share."""

from __future__ import annotations

from ..events import StepFinished, TestCounts

NAME_WIDTH = 72


def one_line(name: str, width: int = NAME_WIDTH) -> str:
    """A step's name on one line: the first that says something, shortened."""
    lines = [line.strip() for line in name.strip().splitlines() if line.strip()]
    first = lines[0] if lines else ""
    cut = len(first) > width or len(lines) > 1
    return f"{first[: width - 3].rstrip()}..." if cut else first


def quoted(name: str) -> str:
    """A name in quotes of the kind that it does not have itself."""
    return f'"{name}"' if "'" in name else f"'{name}'"


def duration(seconds: float) -> str:
    """``0.4 s``, ``12.3 s``, ``2 min 5 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def ended_line(step: StepFinished) -> str:
    """How a step ended, as a sentence's end: ``failed with exit status 2 after 0.3 s: message``."""
    status = {"failed": "failed", "timedout": "ended: too long"}.get(step.status, step.status)
    exit_status = f" with exit status {step.exit_status}" if step.exit_status else ""
    return f"{status}{exit_status} after {duration(step.seconds)}{': ' if step.message else ''}{step.message}"


def tests_line(tests: TestCounts) -> str:
    """``35 tests``, with what was not passed."""
    parts = [f"{count} {name}" for name, count in (("failed", tests.failed), ("errors", tests.errors)) if count]
    if tests.skipped:
        parts.append(f"{tests.skipped} skipped")
    plural = "" if tests.total == 1 else "s"
    return f"{tests.total} test{plural}{': ' if parts else ''}{', '.join(parts)}"


def plural(count: int, noun: str) -> str:
    """``1 job``, ``2 jobs``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
