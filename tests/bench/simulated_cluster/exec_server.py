"""A process of a container by a WebSocket: the other end of ci/engines/kubernetes/cluster/exec_stream.py."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Sequence

from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from ci.engines.kubernetes.cluster.exec_stream import CLOSE, STATUS, STDERR, STDIN, STDOUT, V5

from .container import Container

CHUNK = 32768
"""Bytes of a message: what container runtimes send at once."""


class ExecServer:
    """One connection, whose request has been read but not answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, container: Container) -> None:
        self._reader, self._writer, self._container = reader, writer, container
        self._protocol = ServerProtocol(subprotocols=[Subprotocol(V5)], max_size=None)

    async def serve(self, head: bytes, words: Sequence[str]) -> None:
        """Answer the request, run the process, and tell how it has ended."""
        self._protocol.receive_data(head)
        [request] = self._protocol.events_received()
        assert isinstance(request, Request)
        self._protocol.send_response(self._protocol.accept(request))
        self._flush()
        process = await self._container.process(words)
        assert process.stdout
        assert process.stderr
        listening = asyncio.ensure_future(self._listen(process))
        try:
            await asyncio.gather(self._pass_on(STDOUT, process.stdout), self._pass_on(STDERR, process.stderr))
            self._protocol.send_binary(bytes([STATUS]) + _status(await process.wait()))
            self._protocol.send_close(1000)
            self._flush()
            await self._writer.drain()
        finally:
            listening.cancel()
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                await process.wait()
            self._container.let_go(process)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Pass the input on; end the process with the connection, as container runtimes do."""
        assert process.stdin
        with contextlib.suppress(ConnectionError, WebSocketException):
            while data := await self._reader.read(1 << 16):
                self._protocol.receive_data(data)
                for event in self._protocol.events_received():
                    if isinstance(event, Frame) and event.opcode is Opcode.BINARY:
                        self._take(bytes(event.data), process.stdin)
                self._flush()
                await process.stdin.drain()
        with contextlib.suppress(ProcessLookupError):
            process.kill()

    @staticmethod
    def _take(message: bytes, stdin: asyncio.StreamWriter) -> None:
        if message[0] == STDIN:
            stdin.write(message[1:])
        elif message[:2] == bytes([CLOSE, STDIN]):
            stdin.close()

    async def _pass_on(self, channel: int, output: asyncio.StreamReader) -> None:
        while data := await output.read(CHUNK):
            self._protocol.send_binary(bytes([channel]) + data)
            self._flush()
            await self._writer.drain()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._writer.write(data)


def _status(code: int) -> bytes:
    if not code:
        return b'{"metadata":{},"status":"Success"}'
    causes = [{"reason": "ExitCode", "message": str(code if code > 0 else 128 - code)}]
    return json.dumps({"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}).encode()
