"""Messages between a run with paused jobs and whoever decides for it: JSON, one a line, over a socket.

From a front: ``{"do": "status"}``; ``{"do": "decide", "job": NAME, "action": ..., "step": N}``, with its output's
descriptors; ``{"do": "interrupt"}``; ``{"do": "shell", "job": NAME, "step": N, "terminal": TERM, "size": [...]}``, with
the descriptors of its input, output and errors if it has no terminal. From the run: ``{"paused": [...]}``,
``{"accepted": "here"}`` or ``"elsewhere"`` by where the output goes, ``{"error": TEXT}``,
``{"rest": STATUS, "paused": [...]}`` once only paused jobs are left, ``{"ended": STATUS}``; ``{"shell": LINES}``, with
the descriptor that shows its terminal, and ``{"left": STATUS, "paused": [...]}`` at its end: with its job, if that is
still paused, and with the status None if the shell was lost with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import struct
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SOCKET = "control"
"""The name of a run's socket in its folder."""
LONGEST = 1 << 20
DESCRIPTORS = 3
ANSWER_SECONDS = 5.0
Message = dict[str, Any]


class Conversation:
    """One end of a conversation."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._received = b""
        self.descriptors: list[int] = []
        """What came with the messages, until somebody takes it."""

    def fileno(self) -> int:
        return self._connection.fileno()

    def send(self, message: Message, descriptors: Sequence[int] = ()) -> bool:
        """Send a message; return False if nobody is at the other end any more."""
        line = json.dumps(message).encode() + b"\n"
        with self._sending:
            try:
                sent = socket.send_fds(self._connection, [line], list(descriptors)) if descriptors else 0
                self._connection.sendall(line[sent:])
            except OSError:
                return False
        return True

    def receive(self) -> Message | None:
        """Return the next message; None at the end, or for what is not a message."""
        while b"\n" not in self._received:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._connection, 65536, DESCRIPTORS)
            except OSError:
                return None
            self._keep(descriptors)
            if not data or len(self._received) > LONGEST:
                return None
            self._received += data
        line, self._received = self._received.split(b"\n", 1)
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return message if isinstance(message, dict) else None

    def _keep(self, descriptors: Sequence[int]) -> None:
        """Keep the descriptors that came last, as many as a message may have."""
        kept = [*self.descriptors, *descriptors]
        for each in kept[:-DESCRIPTORS]:
            os.close(each)
        self.descriptors = kept[-DESCRIPTORS:]

    def take_descriptors(self) -> list[int]:
        """Return what came with the messages, which is the caller's from now on."""
        taken, self.descriptors = self.descriptors, []
        return taken

    def ask(self, question: Message, seconds: float = ANSWER_SECONDS) -> Message | None:
        """Return the answer to a question; None if none comes in time."""
        self._connection.settimeout(seconds)
        try:
            return self.receive() if self.send(question) else None
        finally:
            self._connection.settimeout(None)

    def ended(self, seconds: float) -> bool:
        """Wait until the other end is closed; return whether that was in time."""
        self._connection.settimeout(seconds)
        try:
            while self._connection.recv(65536):
                pass
        except ConnectionError:
            return True
        except OSError:
            return False
        return True

    def close(self) -> None:
        for each in self.descriptors:
            os.close(each)
        self.descriptors = []
        self._connection.close()


def listen(folder: Path) -> socket.socket:
    """Listen at a run's socket, which only the user reaches; raise OSError if that cannot be."""
    listening = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        with _short(folder) as place:
            listening.bind(f"{place}/{SOCKET}")
    except BaseException:
        listening.close()
        raise
    finally:
        os.umask(before)
    listening.listen(8)
    return listening


def connect(folder: Path) -> Conversation | None:
    """Return a conversation with the run of that folder; None if no process of the user's own answers there."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        if not stat.S_ISSOCK(os.lstat(folder / SOCKET).st_mode):
            raise OSError("no socket")
        with _short(folder) as place:
            connection.connect(f"{place}/{SOCKET}")
        if peer_user(connection) != os.geteuid():
            raise OSError("somebody else's")
    except OSError:
        connection.close()
        return None
    return Conversation(connection)


@contextlib.contextmanager
def _short(folder: Path) -> Iterator[str]:
    """Yield a path of the folder that is short enough for a socket's address (about 100 bytes), if there is one."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        short = f"/proc/self/fd/{descriptor}"
        yield short if os.path.isdir(short) else str(folder)
    finally:
        os.close(descriptor)


def peer_user(connection: socket.socket) -> int:
    """Return the user of the process at the other end; the own one where the system does not tell."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return os.geteuid()
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return int(user)
