"""A terminal in a container for what the steps write, held and read by one process in there while the job lasts.

Only what the steps write goes through it, and the driver's marks between that (see driver.sh). It is the controlling
terminal of the process that holds it alone: as on the host engine, a step cannot open ``/dev/tty``.
"""

from __future__ import annotations

import os
import time

from ... import process
from ...system.readable import readable
from .access import Access
from .piped import Piped

HOLD = "trap '' HUP INT QUIT TERM; stty -onlcr -echo cols 80 rows 24 2>/dev/null && echo $$ && read -r _"
"""Keep line ends as they are written, print the number of its process, and wait for what never comes.

It does not ``sleep``, for a step may end every process of that name.
"""
BACKGROUND = "stty -onlcr cols 80 rows 24 2>/dev/null; exec </dev/null; "
"""What a background step's own terminal begins with."""
OPEN_SECONDS = 15.0
LONGEST_NUMBER = 20


def open_terminal(access: Access) -> Piped:
    """Start what holds a terminal; its first line of output is the number of the process, see ``holder``."""
    return access.open("sh", "-c", HOLD, stdin=process.NOWHERE, terminal=True)


def holder(terminal: Piped) -> int | None:
    """Return the process in the container that holds a terminal; None if the image cannot have one."""
    assert terminal.stdout is not None
    descriptor, line = terminal.stdout.fileno(), b""
    until = time.monotonic() + OPEN_SECONDS
    while not line.endswith(b"\n") and len(line) < LONGEST_NUMBER:
        data = os.read(descriptor, 1) if readable(descriptor, max(until - time.monotonic(), 0)) else b""
        if not data:
            return None
        line += data
    number = line.strip()
    return int(number) if number.isdigit() else None
