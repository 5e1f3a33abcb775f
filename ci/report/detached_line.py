"""What is said of a run whose jobs go on without this program."""

from __future__ import annotations

from ..events import RunDetached
from ..run.detachment import until_text
from ..system.command_names import typed_command


def detached_line(event: RunDetached) -> str:
    """Return which jobs go on, where and until when, and how to come back."""
    verb = "goes" if len(event.jobs) == 1 else "go"
    where = f"in the cluster ({event.place}), until {until_text(event.until)} at the latest"
    return f"{', '.join(event.jobs)} {verb} on {where}; come back: {typed_command(f'resume {event.run}')}"
