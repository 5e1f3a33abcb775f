"""A process in a Pod's container by one WebSocket: Kubernetes' remote command protocol.

https://kubernetes.io/docs/reference/using-api/websockets/
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlencode

STDIN, STDOUT, STDERR, STATUS, RESIZE = range(5)
CLOSE = 255
"""The channel by which version 5 closes another one."""
NOT_STARTED = "unable to start container process"
"""What container runtimes say of a program that cannot be started; it cannot be later either."""
MISSING = ("executable file not found", "no such file or directory")
NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""The exit statuses that a shell has for such a program."""
V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"


class Broken(Exception):
    """The connection went before the process had ended; the process may go on."""


class Connection(Protocol):
    """What carries the messages: a WebSocket."""

    @property
    def subprotocol(self) -> str: ...

    def send(self, message: bytes) -> None: ...

    def receive(self, timeout: float | None) -> bytes: ...

    def close(self) -> None: ...


class ExecStream:
    """One connection; ``status`` is the process's exit status once ``receive`` has returned None."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.status: int | None = None

    def send(self, data: bytes) -> None:
        """Send input. Raise Broken."""
        self._send(bytes([STDIN]) + data)

    def close_input(self) -> None:
        """Close the input; before version 5 there is no such thing, and the whole connection is closed."""
        if self._connection.subprotocol == V5:
            self._send(bytes([CLOSE, STDIN]))
        else:
            self.close()

    def resize(self, columns: int, rows: int) -> None:
        """Give the process's terminal a size. Raise Broken."""
        self._send(bytes([RESIZE]) + json.dumps({"Width": columns, "Height": rows}).encode())

    def _send(self, message: bytes) -> None:
        from .web_socket import Closed

        try:
            self._connection.send(message)
        except Closed as error:
            raise Broken(str(error)) from None

    def receive(self, timeout: float | None = None) -> tuple[int, bytes] | None:
        """Return some output with its channel, 1 or 2; None at the process's end. Raise Broken or TimeoutError."""
        from .web_socket import Closed

        while self.status is None:
            try:
                message = self._connection.receive(timeout)
            except Closed as error:
                raise Broken(str(error)) from None
            channel, data = message[:1], message[1:]
            if channel == bytes([STATUS]):
                self.status, reason = exit_status(data)
                if reason:
                    return STDERR, f"{reason}\n".encode()
            elif data and channel in (bytes([STDOUT]), bytes([STDERR])):
                return channel[0], data
        return None

    def close(self) -> None:
        """Close the connection at once."""
        self._connection.close()


def exit_status(data: bytes) -> tuple[int, str]:
    """Return the exit status that a Status holds, and why the process could not be started if that is what it says.

    Raise Broken if it tells of something else, such as a node's agent that has ended.
    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
    """
    try:
        found = json.loads(data)
        if found.get("status") == "Success":
            return 0, ""
        for cause in (found.get("details") or {}).get("causes") or ():
            if cause.get("reason") == "ExitCode":
                return int(cause["message"]), ""
        message = str(found.get("message", "no reason was given"))
    except (ValueError, AttributeError, KeyError) as error:
        raise Broken(f"no Status: {error}") from None
    if NOT_STARTED not in message:
        raise Broken(message)
    missing = any(each in message for each in MISSING)
    return (NOT_FOUND if missing else NOT_EXECUTABLE), message.rpartition(NOT_STARTED)[2].lstrip(": ")


def open_exec(
    path: str, place: str, container: str, args: Sequence[str], stdin: bool, terminal: bool, seconds: float
) -> ExecStream:
    """Start a process in a Pod by the socket at ``path``. Raise Refused, or NoAnswer after so many seconds."""
    from .web_socket import WebSocket

    flags = {"stdin": stdin, "stdout": True, "stderr": not terminal, "tty": terminal}
    query = [("container", container), *(("command", each) for each in args)]
    query += [(name, "true") for name, wanted in flags.items() if wanted]
    return ExecStream(WebSocket(path, f"ws://localhost{place}?{urlencode(query)}", (V5, V4), seconds))
