"""The endpoints that the official CLI compiles with, answered from this project's own compiler.

``circleci --host URL config process|validate`` of the 0.1.x line posts to ``/api/v2/compile-config-with-defaults``:
first an empty body, to find out whether the route exists (any error but 404 means yes), then JSON with ``config_yaml``
and ``options``. The 1.x line posts to ``/api/v3/configs/compile``. A config that is wrong is answered with 200.
Their ``--next`` (``options.next``, ``enable_next_preview``) asks for the current compiler.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .compiler.announced import Announced
from .compiler.compile import compile_config
from .compiler.emit import emit
from .compiler.orbs import OrbSources
from .compiler.pipeline import PipelineValues
from .errors import CiError

HOST = "127.0.0.1"
NAME = "config.yml"
"""What a position calls the config: the CLI does not send its name."""
LIMIT = 32 * 2**20
"""The longest request that is read, in bytes."""

Json = dict[str, Any]


class BadRequest(Exception):
    """A request that is none of the CLI's; the text says what is wrong with it."""


def compile_v2(request: Json, orbs: OrbSources, announced: Announced = "refused") -> Json:
    """The answer of ``compile-config-with-defaults``: ``valid``, ``source-yaml``, ``output-yaml``, ``errors``."""
    source = _text(request, "config_yaml")
    options = _mapping(request, "options")
    output, errors = _compiled(source, options, orbs, "refused" if options.get("next") is True else announced)
    messages = [{"message": message} for message in errors]
    return {"valid": not errors, "source-yaml": source, "output-yaml": output, "errors": messages}


def compile_v3(request: Json, orbs: OrbSources, announced: Announced = "refused") -> Json:
    """The answer of ``configs/compile``: ``data.attributes.outcome`` and ``compiled_config``, ``meta.messages``."""
    attributes = _mapping(_mapping(request, "data"), "attributes")
    chosen: Announced = "refused" if attributes.get("enable_next_preview") is True else announced
    output, errors = _compiled(_text(attributes, "config"), attributes, orbs, chosen)
    outcome = "failed" if errors else "succeeded"
    answer = {"outcome": outcome, "compiled_config": output, "phase": "ended"}
    return {"data": {"attributes": answer}, "meta": {"messages": [{"title": message} for message in errors]}}


ROUTES: Mapping[str, Callable[[Json, OrbSources, Announced], Json]] = {
    "/api/v2/compile-config-with-defaults": compile_v2,
    "/api/v3/configs/compile": compile_v3,
}


def _compiled(source: str, options: Json, orbs: OrbSources, announced: Announced) -> tuple[str, list[str]]:
    given = _mapping(options, "pipeline_values")
    values = {
        name.removeprefix("pipeline."): value
        for name, value in given.items()
        if not name.startswith("pipeline.parameters.")
    }
    try:
        chosen = PipelineValues(values=values, arguments=_mapping(options, "pipeline_parameters"))
        return emit(compile_config(source, NAME, chosen, orbs, clock=time.monotonic, announced=announced)), []
    except CiError as error:
        return "", [str(problem) for problem in error.shown]


def _text(request: Json, key: str) -> str:
    value = request.get(key)
    if not isinstance(value, str):
        raise BadRequest(f"{key} must be a string")
    return value


def _mapping(request: Json, key: str) -> Json:
    value = request.get(key)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"{key} must be an object")
    return value or {}


class Server(ThreadingHTTPServer):
    """The endpoints on the loopback address; ``url`` is what ``--host`` takes."""

    daemon_threads = True

    def __init__(self, port: int, orbs: OrbSources, announced: Announced) -> None:
        super().__init__((HOST, port), Handler)
        self.orbs = orbs
        self.announced: Announced = announced

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One request; see ROUTES."""

    server: Server
    timeout = 30

    def do_POST(self) -> None:
        route = ROUTES.get(self.path.partition("?")[0])
        if route is None:
            return self.answer(HTTPStatus.NOT_FOUND, {"message": "Not found."})
        # A page in the user's browser could reach a loopback port by a name of its own: only ours are answered.
        if self.headers.get("Host", "").rpartition(":")[0] not in (HOST, "localhost"):
            return self.answer(HTTPStatus.FORBIDDEN, {"message": "ask by the address 127.0.0.1"})
        try:
            return self.answer(HTTPStatus.OK, route(self.request_json(), self.server.orbs, self.server.announced))
        except BadRequest as error:
            return self.answer(HTTPStatus.BAD_REQUEST, {"message": str(error)})

    def do_GET(self) -> None:
        self.answer(HTTPStatus.NOT_FOUND, {"message": "Not found."})

    def request_json(self) -> Json:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LIMIT:
            raise BadRequest(f"the request must have a length, of up to {LIMIT} bytes")
        try:
            request = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise BadRequest("the body must be JSON") from None
        if not isinstance(request, dict):
            raise BadRequest("the body must be a JSON object")
        return request

    def answer(self, status: HTTPStatus, document: Json) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what was asked for is the CLI's to tell."""


@contextmanager
def serving(orbs: OrbSources, port: int = 0, announced: Announced = "refused") -> Iterator[Server]:
    """The endpoints, answered by a thread of their own; port 0 takes a free one. OSError where it is taken."""
    with Server(port, orbs, announced) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
