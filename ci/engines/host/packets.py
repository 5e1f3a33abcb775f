"""The messages between the host engine and a supervisor: a length of four bytes, and fields that NUL bytes separate.

Nothing in them can run. The supervisor imports this file by its path: it uses the standard library alone.
"""

from __future__ import annotations

import _socket as socket
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # which takes longer to import than all of the rest
    from collections.abc import Sequence

HEADER = 4
"""Bytes of a message's length."""
DESCRIPTOR = 4
"""Bytes of a descriptor's number."""
MOST_DESCRIPTORS = 4
LONGEST_MESSAGE = 1 << 26
CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def packed(*fields: str | int) -> bytes:
    """Return a message of these fields."""
    body = b"\0".join(os.fsencode(str(field)) for field in fields)
    return len(body).to_bytes(HEADER, "little") + body


def send(control: socket.socket, packet: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send a message, and descriptors with the first of its bytes. Raise OSError."""
    numbers = b"".join(each.to_bytes(DESCRIPTOR, sys.byteorder) for each in descriptors)
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)] if numbers else []
    sent = control.sendmsg([packet], ancillary)
    if sent < len(packet):
        control.sendall(packet[sent:])


def descriptors_in(numbers: bytes) -> list[int]:
    """Return the descriptors that came in such bytes beside a message."""
    ends = range(DESCRIPTOR, len(numbers) + 1, DESCRIPTOR)
    return [int.from_bytes(numbers[end - DESCRIPTOR : end], sys.byteorder) for end in ends]


def receive(control: socket.socket) -> tuple[str, list[str], list[int]]:
    """Return a message: a word, its fields, the descriptors that came with it; no word at the end, or for none."""
    space = socket.CMSG_SPACE(MOST_DESCRIPTORS * DESCRIPTOR)
    try:
        header, ancillary, _, _ = control.recvmsg(HEADER, space, CLOSE_ON_EXEC)
        size = int.from_bytes(header, "little")
        body = exactly(control, size) if len(header) == HEADER and size <= LONGEST_MESSAGE else b""
    except OSError:
        return "", [], []
    word, *fields = os.fsdecode(body).split("\0")
    return word, fields, descriptors_in(ancillary[0][2] if ancillary else b"")


def exactly(control: socket.socket, size: int) -> bytes:
    """Return so many bytes; none if there are fewer."""
    parts = bytearray()
    while len(parts) < size:
        part = control.recv(size - len(parts))
        if not part:
            return b""
        parts += part
    return bytes(parts)
