"""A port of this machine as a port of a Pod's localhost: connections to it come out through the cluster's streams.

Nothing listens on an address that others reach. What listens in the Pod is run by the image's perl or python3: a shell
cannot. It writes ``open``, ``data HEX`` and ``shut``, a line each, and reads the last two.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ... import process
from ...errors import EngineError, Problem
from ..container.access import Access
from ..container.piped import Piped

HERE = Path(__file__).parent
PROGRAMS = (
    (("perl", "-MIO::Select", "-MIO::Socket::INET", "-e"), "1", HERE / "port_relay.pl"),
    (("python3", "-c"), "import socket", HERE / "port_relay_in_pod.py"),
)
"""What runs a program, a program that shows whether it can, and the program."""
LOCAL = "127.0.0.1"
CHUNK = 16384


class PortRelay:
    """Brings what comes to a port in the Pod to the same port here."""

    def __init__(self, access: Access, port: int) -> None:
        """Raise EngineError if the image has nothing that listens."""
        self._port = port
        self._running = _started(access, port)
        self._connection: socket.socket | None = None
        assert self._running.stdin is not None
        self._input = self._running.stdin
        self._lock = threading.Lock()
        assert self._running.stdout is not None
        lines = _buffered(self._running.stdout)
        if lines.readline() != b"listening\n":
            self._running.end()
            raise EngineError(f"port {port} of the Pod is taken, and the setup job cannot continue its pipeline")
        threading.Thread(target=self._serve, args=(lines,), name="relay", daemon=True).start()

    def close(self) -> None:
        self._running.end()
        self._hang_up()

    def _serve(self, lines: IO[bytes]) -> None:
        for line in _until_closed(lines):
            word, _, data = line.strip().partition(b" ")
            with contextlib.suppress(OSError):  # its other end has gone, which the pump reports
                if word == b"open":
                    self._open()
                elif self._connection is None:
                    pass  # it could not be opened, which has been said
                elif word == b"shut":
                    self._connection.shutdown(socket.SHUT_WR)
                else:
                    self._connection.sendall(bytes.fromhex(data.decode()))
        self._hang_up()

    def _open(self) -> None:
        self._connection = None
        try:
            self._connection = socket.create_connection((LOCAL, self._port))
        except OSError:
            self._say(b"shut")
            return
        threading.Thread(target=self._pump, args=(self._connection,), name="relay back", daemon=True).start()

    def _pump(self, connection: socket.socket) -> None:
        """Send back what comes until the connection's end; then the next one may come in the Pod."""
        with contextlib.suppress(OSError):
            while data := connection.recv(CHUNK):
                self._say(b"data " + data.hex().encode())
        connection.close()
        self._say(b"shut")

    def _say(self, line: bytes) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._input.write(line + b"\n")
            self._input.flush()

    def _hang_up(self) -> None:
        if self._connection:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)


def _buffered(stdout: IO[bytes]) -> IO[bytes]:
    """Return it with lines that are not read byte by byte."""
    return io.BufferedReader(stdout) if isinstance(stdout, io.RawIOBase) else stdout


def _until_closed(lines: IO[bytes]) -> Iterator[bytes]:
    """Yield lines until their end, or until who ended the process has closed its output too."""
    try:
        yield from lines
    except ValueError:
        if not lines.closed:
            raise


def _started(access: Access, port: int) -> Piped:
    for program, trial, text in PROGRAMS:
        if access.call(*program, trial).ok:
            return access.open(*program, text.read_text(encoding="utf-8"), str(port), stdin=process.PIPE)
    message = "the image has neither perl nor python3, by which a setup job reaches this program"
    raise EngineError(Problem(message, None, "Add one to it, or run the setup workflow with --engine docker or host."))
