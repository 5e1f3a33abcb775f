"""A port of this machine's loopback, such as a local proxy's, made reachable from containers."""

from __future__ import annotations

import contextlib
import functools
import socket
import socketserver
import threading

CHUNK = 65536
CONNECT_SECONDS = 10.0


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
    """Until the source has no more to say, which the target is then told."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@functools.cache
def relay(address: str, host: str, port: int) -> int:
    """Hand what comes to ``address`` on to ``host:port``, while this process lives; gives the port to come to.

    Raises OSError where that address is not this machine's, as with an engine in a virtual machine.
    """
    if not address:
        raise OSError("a server without an address would listen at all of this machine's")
    server = _Server((address, 0), _Connection)
    server.target = (host, port)
    threading.Thread(target=server.serve_forever, name=f"relay to {host}:{port}", daemon=True).start()
    return int(server.server_address[1])
