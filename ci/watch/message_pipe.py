"""Messages from a process of ours to the one that started it: JSON, one a line, through a pipe."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

Message = Mapping[str, Any]


class MessagePipe:
    """Both ends of a pipe; after the fork each process keeps one."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        self._rest = b""

    def fileno(self) -> int:
        return self._reading

    def keep_reading(self) -> None:
        os.close(self._writing)

    def keep_writing(self) -> None:
        os.close(self._reading)

    def send(self, message: Message) -> None:
        """Send a message. Raise OSError if nobody is there to read it."""
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self._writing, data) :]

    def receive(self) -> Sequence[Message] | None:
        """Return the messages that are there, after waiting for more; None at the end."""
        data = os.read(self._reading, 1 << 16)
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def rest(self) -> Sequence[Message]:
        """Return the messages that have not been received, without waiting: whoever sent them has ended."""
        os.set_blocking(self._reading, False)
        found: list[Message] = []
        with contextlib.suppress(BlockingIOError):  # somebody else holds the other end
            while (messages := self.receive()) is not None:
                found += messages
        return found

    def close(self) -> None:
        os.close(self._reading)
