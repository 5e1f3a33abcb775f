"""What one process has started on this machine, and how all of it is ended.

The supervisor imports this file by its path: it uses the standard library alone, and little of that.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # a type checker reads as the package's modules what is found by its path here
    import signal

    from .processes import descendants, group_alive, signal_all
else:
    import _signal as signal

    from processes import descendants, group_alive, signal_all

TERMINATE_SECONDS = 0.4
KILL_SECONDS = 5.0
SLICE = 0.005


class Family:
    """What this process has started, and what that has left to it."""

    def __init__(self, reaps: bool) -> None:
        self.reaps = reaps
        self.groups: set[int] = set()

    def reap(self) -> bool:
        """Take the status of every child that ended; whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            self.ended(pid, os.waitstatus_to_exitcode(status))

    def ended(self, pid: int, status: int) -> None:
        """Report that a child ended with that status, or by that signal if it is negative."""

    def left(self) -> bool:
        """Whether anything of the family still runs."""
        return self.reap() or (not self.reaps and any(group_alive(group) for group in self.groups))

    def signal(self, number: int) -> None:
        signal_all(descendants(os.getpid()), set() if self.reaps else self.groups, number)

    def end(self) -> None:
        """End everything: terminate, wait a moment, then kill until nobody is left."""
        if not self.left():
            return
        self.signal(signal.SIGTERM)
        killing = time.monotonic() + TERMINATE_SECONDS
        while self.left() and time.monotonic() < killing:
            time.sleep(SLICE)
        while self.left() and time.monotonic() < killing + KILL_SECONDS:  # another user's processes stay
            self.signal(signal.SIGKILL)
            time.sleep(SLICE)
