"""What goes wrong inside a job."""

from __future__ import annotations


class StepError(Exception):
    """A step fails; the message is what the user reads as its reason."""


class JobError(Exception):
    """The job fails at once, none of its further steps run; the message is what the user reads as its reason."""
