"""What goes wrong inside a job."""

from __future__ import annotations


class StepError(Exception):
    """A step fails; the message is what the user reads as its reason."""
