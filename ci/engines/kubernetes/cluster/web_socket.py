"""A WebSocket over a socket in the file system: the library's protocol, with reading and writing of our own.

The library's own client loses messages that come together with the end of the connection, such as a status, where its
answer to that end can no longer be sent.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from .api_refusals import NoAnswer, failure

CHUNK = 65536
OPEN_SECONDS = 30.0
PING_SECONDS = 15.0
"""After how long a silence the other end is asked whether it is there; after twice that it counts as gone."""
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class Closed(Exception):
    """The connection is at its end, or has broken."""


class WebSocket:
    """An open connection. Any thread may send; one at a time may receive."""

    def __init__(self, path: str, url: str, subprotocols: Sequence[str], seconds: float = OPEN_SECONDS) -> None:
        """Open it by the socket at ``path`` within that time. Raise Refused or NoAnswer."""
        wanted = [Subprotocol(each) for each in subprotocols]
        self._protocol = ClientProtocol(parse_uri(url), subprotocols=wanted, max_size=None)
        self._lock = threading.Lock()
        """Held by who uses the protocol, never while something is sent: who receives must go on then."""
        self._sending = threading.Lock()
        self._messages: deque[bytes] = deque()
        self._parts: list[bytes] = []
        self._heard = time.monotonic()
        self._asked: float | None = None
        self._over = False
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(min(seconds, OPEN_SECONDS))
            self._socket.connect(path)
            self._shake_hands()
            self._socket.settimeout(None)
        except OSError as error:
            self._socket.close()
            raise NoAnswer(str(error)) from None
        except BaseException:
            self._socket.close()
            raise

    def _shake_hands(self) -> None:
        protocol = self._protocol
        protocol.send_request(protocol.connect())
        self._flush()
        while protocol.state is State.CONNECTING and protocol.handshake_exc is None and not self._over:
            self._over = not self._feed()
        error = protocol.handshake_exc
        if isinstance(error, InvalidStatus):
            raise failure(error.response.status_code, bytes(error.response.body or b""))
        if error:
            raise NoAnswer(str(error))
        if protocol.state is State.CONNECTING:
            raise NoAnswer("the connection was closed at once")

    @property
    def subprotocol(self) -> str:
        """The one that the server has chosen."""
        return str(self._protocol.subprotocol or "")

    def send(self, message: bytes) -> None:
        """Send one message. Raise Closed."""
        try:
            with self._lock:
                self._protocol.send_binary(message)
            self._flush()
        except (OSError, WebSocketException) as error:
            raise Closed(str(error)) from None

    def receive(self, timeout: float | None) -> bytes:
        """Return the next message. Raise TimeoutError after so many seconds, Closed at the end."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self._messages:
            if self._over:
                raise Closed(self._why())
            if self._wait(until):
                try:
                    self._over = not self._feed()
                except OSError as error:
                    raise Closed(str(error)) from None
        return self._messages.popleft()

    def _wait(self, until: float | None) -> bool:
        """Wait for something to read, and ask in a long silence. Raise TimeoutError or Closed."""
        if self._readable(0.0):
            return True
        now = time.monotonic()
        if until is not None and now >= until:
            raise TimeoutError
        if self._asked is not None and now - self._asked > PING_SECONDS:
            raise Closed("the other end does not answer")
        if self._asked is None and now - self._heard > PING_SECONDS:
            self._ask(now)
        return self._readable(PING_SECONDS if until is None else min(until - now, PING_SECONDS))

    def _readable(self, seconds: float) -> bool:
        waiting = select.poll()  # not select(), for which a number of a file can be too large
        try:
            waiting.register(self._socket, select.POLLIN)
            return bool(waiting.poll(seconds * 1000))
        except (OSError, ValueError):
            raise Closed("it was closed here") from None

    def _ask(self, now: float) -> None:
        self._asked = now
        with contextlib.suppress(OSError, WebSocketException):
            with self._lock:
                self._protocol.send_ping(b"")
            self._flush(wait=False)

    def _feed(self) -> bool:
        """Read what has come; return whether more may. Raise OSError."""
        data = self._socket.recv(CHUNK)
        self._heard, self._asked = time.monotonic(), None
        with self._lock:
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            events = self._protocol.events_received()
        with contextlib.suppress(OSError):  # its answer to a close: the messages before that count all the same
            self._flush(wait=False)
        for event in events:
            if isinstance(event, Frame) and event.opcode in _DATA:
                self._parts.append(bytes(event.data))
                if event.fin:
                    self._messages.append(b"".join(self._parts))
                    self._parts.clear()
        return bool(data) and not self._protocol.close_expected()

    def _flush(self, wait: bool = True) -> None:
        """Send what the protocol has for the other end; without ``wait`` leave it to who sends just now, or next."""
        while self._sending.acquire(blocking=wait):
            try:
                with self._lock:
                    pieces = self._protocol.data_to_send()
                for data in pieces:
                    if data:
                        self._socket.sendall(data)
            finally:
                self._sending.release()
            if not pieces:
                return

    def _why(self) -> str:
        return str(self._protocol.close_exc) if self._protocol.state is State.CLOSED else "the connection was closed"

    def close(self) -> None:
        """Close the connection at once; whoever receives learns of it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
