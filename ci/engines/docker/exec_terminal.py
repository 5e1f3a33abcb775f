"""A terminal in a container for what the steps write, held and read by one ``exec`` while the job lasts.

Only what the steps write goes through it, and the driver's marks between that (see driver.sh). It is the controlling
terminal of the process that holds it alone: as on the host engine, a step cannot open ``/dev/tty``.
"""

from __future__ import annotations

import os
import select
import time

from ... import process
from .client import Client

HOLD = "trap '' HUP INT QUIT TERM; stty -onlcr -echo cols 80 rows 24 2>/dev/null && echo $$ && read -r _"
"""Keeps line ends as they are written, says which process it is, and waits for what never comes.

It does not ``sleep``, for a step may end every process of that name.
"""
BACKGROUND = "stty -onlcr cols 80 rows 24 2>/dev/null; exec </dev/null; "
"""What a background step's own terminal begins with."""
OPEN_SECONDS = 15.0
LONGEST_NUMBER = 20


def open_terminal(client: Client, container: str, user: tuple[str, ...]) -> process.Popen:
    """Start what holds a terminal; its first line of output is the number of the process, see ``holder``."""
    return client.open(["exec", "-t", *user, container, "sh", "-c", HOLD], process.NOWHERE, process.PIPE)


def holder(terminal: process.Popen) -> int | None:
    """Return the process in the container that holds a terminal; None if the image cannot have one."""
    assert terminal.stdout is not None
    descriptor, said = terminal.stdout.fileno(), b""
    until = time.monotonic() + OPEN_SECONDS
    while not said.endswith(b"\n") and len(said) < LONGEST_NUMBER:
        ready, _, _ = select.select([descriptor], [], [], max(until - time.monotonic(), 0))
        data = os.read(descriptor, 1) if ready else b""
        if not data:
            return None
        said += data
    number = said.strip()
    return int(number) if number.isdigit() else None
