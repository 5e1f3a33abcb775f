"""The endpoint by which a setup workflow continues its pipeline: ``POST /api/v2/pipeline/continue``, over HTTPS.

https://circleci.com/docs/api/v2/, "Continue a pipeline": once for each pipeline, with its key.
"""

from __future__ import annotations

import contextlib
import secrets
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ..dataclass import dataclass, field
from ..errors import EngineError, Problem
from ..process import capture
from ..runtime.continuation_client import DOMAIN, Continuation
from ..system.temporary import temporary_folder
from .json_endpoint import BadRequest, Json, JsonServer, answering, scalars, text

PATH = "/api/v2/pipeline/continue"


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

    def take(self, request: Json) -> tuple[HTTPStatus, Json]:
        """Return the answer to a request, its status and its message. Raises BadRequest."""
        if request.get("continuation-key") != self.key:
            raise BadRequest("the continuation-key is not this pipeline's", HTTPStatus.UNAUTHORIZED)
        configuration, parameters = text(request, "configuration"), scalars(request, "parameters")
        if any(name in self.taken for name in parameters):
            raise BadRequest("Conflicting pipeline parameters.")
        with self.lock:
            if self.continued:
                raise BadRequest("Pipeline is not in the setup phase: it has been continued already")
            self.configuration, self.parameters, self.continued = configuration, parameters, True
        return HTTPStatus.OK, {"message": "Accepted."}


@contextlib.contextmanager
def endpoint(address: str, reached: str, taken: Collection[str]) -> Iterator[tuple[Continuation, Received]]:
    """Answer requests at that address of this machine, which jobs reach by another, while the block lasts.

    Raises EngineError if it cannot be.
    """
    received = Received(secrets.token_hex(32), taken)
    with temporary_folder() as folder:
        certificate = _certificate(Path(folder))
        try:
            server = JsonServer((address, 0), {PATH: received.take})
        except OSError as error:
            raise EngineError(f"the endpoint for the continuation cannot listen on {address}: {error}") from None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_name("key.pem"))
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        with answering(server):
            yield Continuation(reached, server.server_port, received.key, certificate.read_text()), received


def _certificate(folder: Path) -> Path:
    """Make a certificate for CircleCI's name, for this run alone; its key lies beside it."""
    place = folder / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={DOMAIN}"]
    words += ["-addext", f"subjectAltName=DNS:{DOMAIN}", "-keyout", str(folder / "key.pem"), "-out", str(place)]
    made = capture(words, timeout=60)
    if not made.ok:
        lines = made.stderr.strip().splitlines()
        hint = "Install openssl: setup workflows call an HTTPS endpoint."
        raise EngineError(Problem(f"no certificate could be made: {lines[-1] if lines else 'no reason'}", None, hint))
    return place
