"""What goes wrong inside a job."""

from __future__ import annotations

import threading

from ..system.cancellation import Check


class StepError(Exception):
    """A step fails; the message is what the user reads as its reason."""


class JobError(Exception):
    """The job fails at once, none of its further steps run; the message is what the user reads as its reason."""


def check_of(cancel: threading.Event) -> Check:
    """Return a check that raises StepError once the run is ended."""

    def check() -> None:
        if cancel.is_set():
            raise StepError("the run was ended")

    return check
