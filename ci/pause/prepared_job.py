"""A run for the sake of a shell: up to a step of one job, where the shell opens, and with its end the run ends."""

from __future__ import annotations

import threading

from ..run.pauses import NoPauses, Places
from ..runtime.stops import Decision, Held, Stop
from .held_shells import NoShellError, Say, shell_here
from .terminal_relay import user_terminal


class PreparedJob(NoPauses):
    """Stops the job once: before the step that ``rule`` names, or if ``at_end`` where it fails or after its last step.

    ``say`` shows lines to the person.
    """

    may_stop = True

    def __init__(self, at_end: bool, say: Say) -> None:
        super().__init__()
        self.asks = bool(user_terminal())
        self.status: int | None = None
        """The status of the shell, once it has ended."""
        self._at_end = at_end
        self._say = say
        self._places: Places = ()
        self._taken = threading.Lock()

    def rule(self, at_failure: bool, before: Places, after: Places) -> None:
        self._places = before

    def at(self, stop: Stop) -> bool:
        if self._at_end:
            ours = stop.job in {job for job, _ in self._places}
            return ours and (stop.moment == "failed" or (stop.moment == "after" and stop.is_last))
        return stop.moment == "before" and (stop.job, stop.step) in self._places

    def decide(self, stop: Stop, held: Held, cancel: threading.Event) -> Decision:
        """Have the shell, and end the run with it; of several nodes the first one to come has it."""
        if self._taken.acquire(blocking=False):
            try:
                self.status = shell_here(held, stop.step, self._say, cancel.is_set)
            except NoShellError as error:
                self._say([str(error)])
            cancel.set()
        cancel.wait()
        return Decision("give-up", reason="its shell has ended")
