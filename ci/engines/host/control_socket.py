"""The sockets by which this process and a job's supervisor talk, with descriptors beside the bytes.

They are made of the module beneath ``socket``, as the supervisor's are: ``socket`` itself makes tables of all constants
when it is imported, which is milliseconds of each start.
"""

from __future__ import annotations

import _socket
import sys
from collections.abc import Sequence

Socket = _socket.socket
_CLOSE_ON_EXEC = getattr(_socket, "MSG_CMSG_CLOEXEC", 0)
_DESCRIPTOR = 4
"""Bytes of a descriptor's number."""
_MOST_BYTES, _MOST_DESCRIPTORS = 65536, 4
"""What one call receives."""


def pair() -> tuple[Socket, Socket]:
    """Return the two ends of a connection."""
    return _socket.socketpair()


def send(socket: Socket, packet: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send bytes, and descriptors with the first of them. Raise OSError."""
    numbers = b"".join(each.to_bytes(_DESCRIPTOR, sys.byteorder) for each in descriptors)
    ancillary = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)] if numbers else []
    sent = socket.sendmsg([packet], ancillary)
    if sent < len(packet):
        socket.sendall(packet[sent:])


def receive(socket: Socket) -> tuple[bytes, list[int]]:
    """Return the next bytes, none at the end, and the descriptors that came with them. Raise OSError."""
    space = _socket.CMSG_LEN(_MOST_DESCRIPTORS * _DESCRIPTOR)
    data, ancillary, _, _ = socket.recvmsg(_MOST_BYTES, space, _CLOSE_ON_EXEC)
    numbers = b"".join(
        content for level, kind, content in ancillary if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)
    )
    ends = range(_DESCRIPTOR, len(numbers) + 1, _DESCRIPTOR)
    return data, [int.from_bytes(numbers[end - _DESCRIPTOR : end], sys.byteorder) for end in ends]
