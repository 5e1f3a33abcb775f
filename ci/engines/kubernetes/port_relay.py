"""A port of this machine as a port of a Pod's localhost: connections to it come out through the cluster's streams.

Nothing listens on an address that others reach. What listens in the Pod is run by the image's perl or python3: a shell
cannot. It writes ``open``, ``data HEX`` and ``shut``, a line each, and reads the last two.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from typing import IO

from ... import process
from ...errors import EngineError, Problem
from ..container.access import Access
from ..container.piped import Piped

HERE = Path(__file__).parent
PROGRAMS = (("perl", "-e", HERE / "port_relay.pl"), ("python3", "-c", HERE / "port_relay_in_pod.py"))
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
        stdout = self._running.stdout
        assert stdout is not None
        if stdout.readline() != b"listening\n":
            self._running.end()
            raise EngineError(f"port {port} of the Pod is taken, and the setup job cannot continue its pipeline")
        threading.Thread(target=self._serve, args=(stdout,), name="relay", daemon=True).start()

    def close(self) -> None:
        self._running.end()
        self._hang_up()

    def _serve(self, lines: IO[bytes]) -> None:
        for line in lines:
            word, _, data = line.strip().partition(b" ")
            if word == b"open":
                self._open()
            elif word == b"shut":
                self._hang_up()
            elif self._connection:
                with contextlib.suppress(OSError):  # its other end has gone, which the pump reports
                    self._connection.sendall(bytes.fromhex(data.decode()))
        self._hang_up()

    def _open(self) -> None:
        try:
            self._connection = socket.create_connection((LOCAL, self._port))
        except OSError:
            self._say(b"shut")
            return
        threading.Thread(target=self._pump, args=(self._connection,), name="relay back", daemon=True).start()

    def _pump(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := connection.recv(CHUNK):
                self._say(b"data " + data.hex().encode())
        self._say(b"shut")

    def _say(self, line: bytes) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._input.write(line + b"\n")

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _started(access: Access, port: int) -> Piped:
    for program, option, text in PROGRAMS:
        if access.call("sh", "-c", 'command -v "$0"', program).ok:
            words = (program, option, text.read_text(encoding="utf-8"), str(port))
            return access.open(*words, stdin=process.PIPE)
    message = "the image has neither perl nor python3, by which a setup job reaches this program"
    raise EngineError(Problem(message, None, "Add one to it, or run the setup workflow with --engine docker or host."))
