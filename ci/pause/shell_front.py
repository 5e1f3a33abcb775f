"""A shell in a paused job, for whoever has asked for it: its terminal or its input and output are joined with ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from .conversation import Conversation, Message
from .front import Ended
from .terminal_relay import relay, size_of, user_terminal


class ShellRefusedError(Exception):
    """The run opens no shell; the message is what it says."""


def shell_in(run: Conversation, job: str, step: int, say: Callable[[str], None]) -> Ended:
    """Have a shell in a run's paused job until it ends; return its status, and the job if that is still paused.

    ``say`` gets the lines that say where it is. Raise ShellRefusedError, and ConnectionError if the run's process
    has ended, or the job with its shell.
    """
    kind = user_terminal()
    size = size_of(sys.stdin.fileno()) if kind else None
    question: Message = {"do": "shell", "job": job, "step": step, "terminal": kind, "size": size}
    if not run.send(question, () if kind else (0, 1, 2)):
        raise ConnectionError("the process of the run has ended")
    opened = _answer(run)
    if "error" in opened:
        raise ShellRefusedError(opened["error"])
    for line in opened["shell"]:
        say(line)
    shown = run.take_descriptors()
    try:
        if kind and shown:
            relay(shown[0], run.fileno())
    finally:
        for each in shown:
            os.close(each)
    end = _answer(run)
    if not isinstance(end.get("left"), int):
        raise ConnectionError("the job has ended, and its shell with it")
    return int(end["left"]), tuple(end.get("paused", ()))


def _answer(run: Conversation) -> Message:
    """Return the next message. Raise ConnectionError if none comes any more."""
    message = run.receive()
    if message is None:
        raise ConnectionError("the process of the run was killed; what it had started ends with it")
    return message
