"""What stands for ``kubectl proxy`` and a cluster behind it: a socket in the file system with scripted answers."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""https://www.rfc-editor.org/rfc/rfc6455#section-1.3"""
CONTINUATION, BINARY, CLOSING, PING, PONG = 0, 2, 8, 9, 10


class Peer:
    """One connection to the stand-in, whose request has been read."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._reading = connection.makefile("rb")
        self.request = self._reading.readline().decode().strip()
        self.headers: dict[str, str] = {}
        while line := self._reading.readline().decode().strip():
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        self.body = self._reading.read(int(self.headers.get("content-length", "0")))

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def switch(self, subprotocol: str, more: bytes = b"") -> None:
        """Accept a WebSocket; send that together with the answer."""
        key = self.headers["sec-websocket-key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        head += [f"Sec-WebSocket-Accept: {accept}", f"Sec-WebSocket-Protocol: {subprotocol}"]
        self.send("\r\n".join([*head, "", ""]).encode() + more)

    def frame(self) -> tuple[int, bytes]:
        """Return the next frame that has come: its kind and its content."""
        first, second = self._reading.read(2)
        size = second & 127
        if size == 126:
            (size,) = struct.unpack(">H", self._reading.read(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self._reading.read(8))
        mask = self._reading.read(4)
        masked = int.from_bytes(self._reading.read(size), "little")
        pattern = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
        return first & 15, (masked ^ pattern).to_bytes(size, "little")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self._reading.close()
        self.connection.close()


Answer = Callable[[Peer], None]


@contextlib.contextmanager
def stand_in(path: Path, *answers: Answer) -> Iterator[list[Peer]]:
    """Listen, and give each connection to the next answer, the last ones closed at once; yield what has connected."""
    peers: list[Peer] = []
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen(8)

    def answer(connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            peer = Peer(connection)
            peers.append(peer)
            if number < len(answers):
                answers[number](peer)
            peer.close()

    def serve() -> None:
        number = 0
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listening.accept()[0], number), daemon=True).start()
                number += 1

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    try:
        yield peers
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        serving.join()
        for peer in peers:
            peer.close()


def http(code: int, content: str | dict) -> Answer:
    """Answer with that code and text, or JSON."""
    body = (content if isinstance(content, str) else json.dumps(content)).encode()
    head = f"HTTP/1.1 {code} Said\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return lambda peer: peer.send(head + body)


def status(code: int, reason: str, message: str) -> Answer:
    """Answer as an API server does that refuses."""
    found = {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": code}
    return http(code, found)


def frame(content: bytes, kind: int = BINARY, final: bool = True) -> bytes:
    """Return a frame as a server sends it."""
    size = len(content)
    head = bytes([kind | (128 if final else 0)])
    if size < 126:
        return head + bytes([size]) + content
    return head + (struct.pack(">BH", 126, size) if size < 65536 else struct.pack(">BQ", 127, size)) + content
