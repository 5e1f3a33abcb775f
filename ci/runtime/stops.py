"""Where a job stops between its steps, and what a person decides there.

The job runner asks before and after each step; who answers (a prompt on the terminal, another process) it does not
know.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal, Protocol

from ..dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:  # most jobs never stop
    from .job_shell import OpenShell

Moment = Literal["before", "after", "failed"]
Action = Literal["retry", "from", "skip", "continue", "give-up"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A place between two steps of a job node at which it may stop."""

    job: str
    """The job's final name."""
    label: str
    """The node's name in events: the job's, with ``/INDEX`` for one of several."""
    step: int
    name: str
    steps: int
    """How many steps the job has."""
    moment: Moment
    reason: str = ""
    """How the step ended, if it failed."""
    is_last: bool = False
    """Whether no later step runs if none fails any more."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a stopped job does next.

    ``retry`` runs the step (again), ``from`` the one of number ``step`` and those after it, ``skip`` passes it over,
    ``continue`` goes on as if nothing had stopped the job, ``give-up`` ends the job as failed.
    """

    action: Action
    step: int = 0
    reason: str = ""
    """Why the job was given up."""


@dataclass(frozen=True, slots=True)
class Held:
    """What can be done with a job while it is stopped."""

    bring_in: Callable[[], tuple[str, ...]]
    """Put the files that the user has edited since into the job's checkout; return a line for each."""
    open_shell: OpenShell
    """Open a shell in the job."""


class Stops(Protocol):
    """Decides where jobs stop and how they go on."""

    asks: bool
    """Whether it asks a person on the terminal of the run."""
    may_stop: bool
    """Whether a job may ever stop."""

    def at(self, stop: Stop) -> bool:
        """Return whether the job stops there."""

    def decide(self, stop: Stop, held: Held, cancel: threading.Event) -> Decision:
        """Wait for a decision; return that the job is given up once ``cancel`` is set."""


class NeverStops:
    """A run that nobody has asked to stop anywhere."""

    asks = False
    may_stop = False

    def at(self, stop: Stop) -> bool:
        return False

    def decide(self, stop: Stop, held: Held, cancel: threading.Event) -> Decision:
        return Decision("continue")


NEVER: Stops = NeverStops()
