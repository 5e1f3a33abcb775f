"""The endpoint by which a setup workflow continues its pipeline: ``POST /api/v2/pipeline/continue``, over HTTPS.

https://circleci.com/docs/api/v2/, "Continue a pipeline": once for each pipeline, with its key.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ..errors import EngineError, Problem
from ..process import capture
from ..runtime.continuation import DOMAIN, Continuation
from ..runtime.owner import temporary_folder

PATH = "/api/v2/pipeline/continue"
MOST_BYTES = 64_000_000


@dataclass
class Received:
    """What the setup workflow continues with; ``configuration`` is empty until it does."""

    key: str
    taken: Collection[str]
    """Parameters that the user has given: a continuation may not give them again."""
    configuration: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    continued: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: object) -> tuple[int, str]:
        """The answer to a request, its status and its message."""
        if not isinstance(body, dict) or body.get("continuation-key") != self.key:
            return 401, "the continuation-key is not this pipeline's"
        configuration, parameters = body.get("configuration"), body.get("parameters") or {}
        if not isinstance(configuration, str) or not isinstance(parameters, dict):
            return 400, "configuration must be a string, parameters an object"
        if any(name in self.taken for name in parameters):
            return 400, "Conflicting pipeline parameters."
        with self.lock:
            if self.continued:
                return 400, "Pipeline is not in the setup phase: it has been continued already"
            self.configuration, self.parameters, self.continued = configuration, parameters, True
        return 200, "Accepted."


@contextlib.contextmanager
def endpoint(address: str, reached: str, taken: Collection[str]) -> Iterator[tuple[Continuation, Received]]:
    """An endpoint at that address of this machine, which jobs reach by another, while the block lasts.

    Raises EngineError where it cannot be.
    """
    received = Received(secrets.token_hex(32), taken)
    with temporary_folder() as folder:
        certificate = _certificate(Path(folder))
        try:
            server = ThreadingHTTPServer((address, 0), _handler(received))
        except OSError as error:
            raise EngineError(f"the endpoint for the continuation cannot listen on {address}: {error}") from None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_name("key.pem"))
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield Continuation(reached, server.server_port, received.key, certificate.read_text()), received
        finally:
            server.shutdown()
            server.server_close()


def _certificate(folder: Path) -> Path:
    """A certificate for CircleCI's name, made for this run alone; its key lies beside it."""
    place = folder / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={DOMAIN}"]
    words += ["-addext", f"subjectAltName=DNS:{DOMAIN}", "-keyout", str(folder / "key.pem"), "-out", str(place)]
    made = capture(words, timeout=60)
    if not made.ok:
        said = made.stderr.strip().splitlines()
        hint = "Install openssl: setup workflows call an HTTPS endpoint."
        raise EngineError(Problem(f"no certificate could be made: {said[-1] if said else 'no reason'}", None, hint))
    return place


def _handler(received: Received) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(min(size, MOST_BYTES))
            if self.path != PATH:
                self._answer(404, "there is nothing here but the continuation")
                return
            try:
                body = json.loads(content)
            except ValueError:
                body = None
            self._answer(*received.take(body))

        def _answer(self, status: int, message: str) -> None:
            content = json.dumps({"message": message}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """The events tell of it."""

    return Handler
