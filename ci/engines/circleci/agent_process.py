"""One ``circleci local execute``: its words, its process, and what is left of it when it is ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from ... import process
from ...dataclass import dataclass
from ...runtime.deadlines import Cause, Deadlines
from ...workflow.model import Pairs
from .probe import Cli

PATIENCE = 8.0
"""Seconds for the agent to end its job's containers, once asked."""
Write = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Call:
    """One call, ready to be made; ``folder`` is the private copy that it mounts."""

    words: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]


def words(cli: Cli, config: Path, temporary: Path, socket: Sequence[str], variables: Pairs, job: str) -> list[str]:
    """Return the command line; a later variable of one name wins over an earlier one."""
    given = [word for name, value in dict(variables).items() for word in ("-e", f"{name}={value}")]
    named = ["--job", job] if cli.job_option else [job]
    return [cli.path, "local", "execute", "-c", str(config), "--temp-dir", str(temporary), *socket, *given, *named]


def execute(call: Call, write: Write, cancel: threading.Event, until: float) -> tuple[int, Cause]:
    """Run it to its end; return its status and why it was ended, if it was. Raise OSError if it cannot start.

    It has no terminal: the CLI starts Docker without ``-it`` then as ever, and asks for nothing.
    """
    running = process.start(call.words, call.folder, call.environment, stdout=process.PIPE, stderr=process.TOGETHER)
    assert running.stdout is not None
    pump = threading.Thread(target=_pump, args=(running.stdout, write), daemon=True)
    pump.start()
    deadlines = Deadlines(time.monotonic(), until=until)
    try:
        while (status := process.wait(running, 0.1)) is None:
            if deadlines.next_action(time.monotonic(), cancel.is_set()) == "stop":
                status = _end(running, call)
                break
    except BaseException:
        _end(running, call)
        raise
    pump.join(PATIENCE)
    return (status if status >= 0 else 128 - status), deadlines.cause


def _pump(stream: IO[bytes], write: Write) -> None:
    while data := os.read(stream.fileno(), 65536):
        write(data)


def _end(running: process.Popen, call: Call) -> int:
    """Ask it to end, then make it, and remove the agent's container if that is still there."""
    process.signal_group(running.pid, signal.SIGTERM)
    process.wait(running, PATIENCE)
    status = process.end_group(running)
    # The agent's container is the one in which this copy is mounted; nobody else knows its path.
    found = process.capture(
        ["docker", "ps", "-aq", "--filter", f"volume={call.folder}"], env=call.environment, timeout=PATIENCE
    )
    if ids := found.stdout.split():
        process.capture(["docker", "rm", "-f", *ids], env=call.environment, timeout=PATIENCE)
    return status
