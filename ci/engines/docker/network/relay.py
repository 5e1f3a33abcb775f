"""A port of this machine's loopback, such as a local proxy's, made reachable from containers."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

CHUNK = 65536
CONNECT_SECONDS = 10.0
POLL_SECONDS = 0.1
"""How long the end of a relay takes at most."""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    target: tuple[str, int]


class _Connection(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        with contextlib.suppress(OSError), socket.create_connection(self.server.target, CONNECT_SECONDS) as there:
            there.settimeout(None)
            back = threading.Thread(target=_copy, args=(there, self.request), daemon=True)
            back.start()
            _copy(self.request, there)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy until the source ends, then end the target's input."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def relay(address: str, host: str, port: int) -> Iterator[int]:
    """Pass what comes to ``address`` on to ``host:port`` while the block lasts; return the port to come to.

    Raise OSError if that address is not this machine's, as with an engine in a virtual machine.
    """
    if not address:
        raise OSError("a server without an address would listen at all of this machine's")
    with _Server((address, 0), _Connection) as server:
        server.target = (host, port)
        name = f"relay to {host}:{port}"
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), name=name, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
