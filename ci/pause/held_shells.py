"""Shells in jobs that are paused: opened by the process that holds the jobs, for a terminal or for a script."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence

from ..errors import EngineError
from ..runtime.box import RunningShell
from ..runtime.failures import JobError, StepError
from ..runtime.job_shell import OpenedShell, ShellRequest
from ..runtime.stops import Held
from .terminal_relay import has_come, open_pair, relay, size_from, size_of, user_terminal, wait_for

Say = Callable[[Sequence[str]], None]
"""Shows lines to the person who has asked for a shell."""


class NoShellError(Exception):
    """No shell could be opened; the message says why."""


def open_on_terminal(held: Held, step: int, kind: str, size: object) -> tuple[OpenedShell, int]:
    """Open a shell on a new terminal of that kind, and of that size if it is one; return it and the end that shows it.

    Raise NoShellError.
    """
    shown, inside = open_pair(size_from(size))
    try:
        return _opened(held, ShellRequest(step, kind), (inside, inside, inside)), shown
    except BaseException:
        os.close(shown)
        raise
    finally:
        os.close(inside)


def open_for_script(held: Held, step: int, streams: Sequence[int]) -> OpenedShell:
    """Open a shell that reads its commands from the first of three streams, and writes to the others.

    Raise NoShellError.
    """
    if len(streams) != 3:
        raise NoShellError("the shell's input and output did not come")
    return _opened(held, ShellRequest(step), (streams[0], streams[1], streams[2]))


def _opened(held: Held, request: ShellRequest, streams: tuple[int, int, int]) -> OpenedShell:
    try:
        return held.open_shell(request, streams)
    except (StepError, JobError, EngineError, OSError) as error:
        raise NoShellError(str(error)) from None


def when_ended(shell: RunningShell, tell: Callable[[int | None], None]) -> None:
    """Call ``tell`` with a shell's status once it has ended, from a thread of its own."""
    threading.Thread(target=lambda: tell(shell.wait()), name="shell", daemon=True).start()


def shell_here(held: Held, step: int, say: Say, over: Callable[[], bool]) -> int | None:
    """Have a shell in a job of this process until it ends, or ``over`` says so; return its status, None if lost.

    It is on the user's terminal, or reads this program's input. Raise NoShellError.
    """
    kind, shown = user_terminal(), -1
    if kind:
        opened, shown = open_on_terminal(held, step, kind, size_of(sys.stdin.fileno()))
    else:
        opened = open_for_script(held, step, (0, 1, 2))
    say(opened.lines)
    statuses: list[int | None] = []
    wake, ended = os.pipe()

    def tell(status: int | None) -> None:
        statuses.append(status)
        os.close(ended)

    when_ended(opened.running, tell)
    try:
        if kind:
            relay(shown, wake, over)
        else:
            wait_for(wake, over)
        if not has_come(wake):
            opened.running.stop()
    finally:
        os.close(wake)
        if kind:
            os.close(shown)
    return statuses[0] if statuses else None
