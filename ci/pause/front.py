"""A run in a process of its own, which may stay with its paused jobs, and the front that waits for it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

from ..errors import FAILED, INTERRUPTED, PASSED
from ..process import end_uncollected
from .conversation import Conversation, Message

Ended = tuple[int, tuple[Message, ...]]
"""An exit status, and the jobs that are paused if the run rests."""


def start_run(run: Callable[[Conversation], int]) -> Conversation:
    """Start a process that runs ``run`` with the way to this one, in a session of its own; return the way to it.

    To be called before the first thread is started. The process exits with the status that ``run`` returns.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    here, there = socket.socketpair()
    if os.fork() == 0:
        here.close()
        _run(run, Conversation(there))
    there.close()
    return Conversation(here)


def _run(run: Callable[[Conversation], int], front: Conversation) -> NoReturn:
    status = FAILED
    try:
        os.setsid()
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        status = run(front)
    finally:  # nothing of the process that was forked may go on in this one
        end_uncollected()
        os._exit(status)


def wait_for_run(run: Conversation, take: Callable[[Message], bool]) -> Ended:
    """Wait until a run ends or rests with its paused jobs; a Ctrl-C here ends it there.

    ``take`` gets the other messages, and says whether to wait no longer. Raise ConnectionError if the
    run's process was killed.
    """
    interrupted = False
    while True:
        try:
            message = run.receive()
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            run.send({"do": "interrupt"})
            continue
        if message is None:
            if interrupted:
                return INTERRUPTED, ()
            raise ConnectionError("the process of the run was killed")
        if "ended" in message:
            return int(message["ended"]), ()
        if "rest" in message and interrupted:  # it was sent before the Ctrl-C came there
            continue
        if "rest" in message:
            return int(message["rest"]), tuple(message["paused"])
        if take(message):
            return PASSED, ()
