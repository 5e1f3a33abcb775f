"""The messages between the host engine and a supervisor: a length of four bytes, and fields that NUL bytes separate.

Nothing in them can run. The supervisor imports this file by its path: it uses the standard library alone.
"""

from __future__ import annotations

import _socket as socket
import os
import sys

HEADER = 4
DESCRIPTOR = 4
MOST_DESCRIPTORS = 4
LONGEST_MESSAGE = 1 << 26
CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def send(control: socket.socket, fields: tuple[str | int, ...], descriptors: tuple[int, ...] = ()) -> None:
    """Send a message with descriptors. Raise OSError if nobody reads it."""
    body = b"\0".join(os.fsencode(str(field)) for field in fields)
    packet = len(body).to_bytes(HEADER, "little") + body
    numbers = b"".join(each.to_bytes(DESCRIPTOR, sys.byteorder) for each in descriptors)
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)] if numbers else []
    sent = control.sendmsg([packet], ancillary)
    control.sendall(packet[sent:])


def receive(control: socket.socket) -> tuple[str, list[str], list[int]]:
    """Return a message: a word, its fields, the descriptors that came with it; no word at the end, or for none."""
    space = socket.CMSG_SPACE(MOST_DESCRIPTORS * DESCRIPTOR)
    try:
        header, ancillary, _, _ = control.recvmsg(HEADER, space, CLOSE_ON_EXEC)
        size = int.from_bytes(header, "little")
        body = exactly(control, size) if len(header) == HEADER and size <= LONGEST_MESSAGE else b""
    except OSError:
        return "", [], []
    numbers = ancillary[0][2] if ancillary else b""
    ends = range(DESCRIPTOR, len(numbers) + 1, DESCRIPTOR)
    descriptors = [int.from_bytes(numbers[end - DESCRIPTOR : end], sys.byteorder) for end in ends]
    word, *fields = os.fsdecode(body).split("\0")
    return word, fields, descriptors


def exactly(control: socket.socket, size: int) -> bytes:
    """Return so many bytes; none if there are fewer."""
    parts = bytearray()
    while len(parts) < size:
        part = control.recv(size - len(parts))
        if not part:
            return b""
        parts += part
    return bytes(parts)
