"""The sockets by which this process and a job's supervisor talk, with descriptors beside the bytes.

They are made of the module beneath ``socket``, as the supervisor's are: ``socket`` itself makes tables of all constants
when it is imported, which is milliseconds of each start.
"""

from __future__ import annotations

import _socket

from .packets import CLOSE_ON_EXEC, DESCRIPTOR, MOST_DESCRIPTORS, descriptors_in

Socket = _socket.socket
_MOST_BYTES = 65536
"""What one call receives."""


def pair() -> tuple[Socket, Socket]:
    """Return the two ends of a connection."""
    return _socket.socketpair()


def receive(socket: Socket) -> tuple[bytes, list[int]]:
    """Return the next bytes, none at the end, and the descriptors that came with them. Raise OSError."""
    space = _socket.CMSG_LEN(MOST_DESCRIPTORS * DESCRIPTOR)
    data, ancillary, _, _ = socket.recvmsg(_MOST_BYTES, space, CLOSE_ON_EXEC)
    numbers = b"".join(
        content for level, kind, content in ancillary if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)
    )
    return data, descriptors_in(numbers)
