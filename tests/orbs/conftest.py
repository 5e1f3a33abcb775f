"""A stand-in for CircleCI's API, named as one: it answers as the 0.1.x command line expects, on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

ORBS = {
    "acme/tool@1": ("1.2.3", "version: 2.1\norbs: {base: acme/base@2.0.0}\ncommands: {go: {steps: [base/go]}}\n"),
    "acme/base@2.0.0": ("2.0.0", "version: 2.1\ncommands: {go: {steps: [{run: base}]}}\n"),
    "acme/evil@1": ("../../../../evil", "version: 2.1\n"),
}


@dataclass
class StandIn:
    """A stand-in for CircleCI's API: it answers as the 0.1.x command line expects, and remembers what it was asked."""

    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    answer: tuple[int, bytes] | None = None
    orbs: dict[str, tuple[str, str]] = field(default_factory=lambda: dict(ORBS))
    location: str = ""
    address: str = ""

    def respond(self, reference: str) -> tuple[int, bytes]:
        version, source = self.orbs.get(reference, (None, None))
        found = {"id": "1", "version": version, "orb": {"name": "x"}, "source": source} if source else None
        return 200, json.dumps({"data": {"orbVersion": found}}).encode()


@pytest.fixture
def api() -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/graphql-unstable"
            assert "orbVersion(orbVersionRef: $orbVersionRef)" in body["query"]
            reference = body["variables"]["orbVersionRef"]
            stand_in.asked.append(reference)
            stand_in.tokens.append(self.headers["Authorization"])
            self.reply(*(stand_in.answer or stand_in.respond(reference)))

        def do_GET(self) -> None:
            stand_in.asked.append(self.path)
            stand_in.tokens.append(self.headers["Authorization"])
            self.reply(*(stand_in.answer or (200, b"version: 2.1\n")))

        def reply(self, status: int, content: bytes) -> None:
            self.send_response(status)
            if stand_in.location:
                self.send_header("Location", stand_in.location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stand_in
    server.shutdown()
    thread.join()
    server.server_close()
