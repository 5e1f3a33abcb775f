"""A server of endpoints that take a JSON object and answer with one, whatever a client sends."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..errors import cut

LARGEST = 64_000_000
"""Bytes of a request that are read."""
DRAINED = 4 * LARGEST
"""Bytes of a refused request that are read and thrown away, so that its client gets to the answer."""
SECONDS = 30
"""How long a client may be silent."""

Json = dict[str, Any]
Route = Callable[[Json], tuple[HTTPStatus, Json]]

_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)


class BadRequest(Exception):
    """A request that cannot be answered; the text says what is wrong with it."""

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status


class JsonServer(ThreadingHTTPServer):
    """Answer ``POST`` requests to the paths of ``routes``, each request in a thread of its own.

    With ``hosts`` only requests are answered whose Host header is one of these names, with a port.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], routes: Mapping[str, Route], hosts: Collection[str] = ()) -> None:
        super().__init__(address, _Handler)
        self.routes = routes
        self.hosts = hosts

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing about a client that has gone, or that speaks another protocol."""


@contextlib.contextmanager
def answering(server: JsonServer) -> Iterator[None]:
    """Answer requests in a thread while the block lasts, then close the server."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: JsonServer
    timeout = SECONDS

    def do_POST(self) -> None:
        try:
            status, document = self._route()(self._body())
        except BadRequest as error:
            self._answer(error.status, {"message": str(error)})
            self._drain()
        except (OSError, EOFError):
            raise
        except Exception as error:
            threading.excepthook(threading.ExceptHookArgs((type(error), error, None, None)))  # as of any thread
            message = f"internal error: {type(error).__name__}: {cut(str(error))}"
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"message": message})
        else:
            self._answer(status, document)

    def do_GET(self) -> None:
        self._answer(HTTPStatus.NOT_FOUND, {"message": "Not found."})

    def _route(self) -> Route:
        route = self.server.routes.get(self.path.partition("?")[0])
        if route is None:
            raise BadRequest("Not found.", HTTPStatus.NOT_FOUND)
        if self.server.hosts and self.headers.get("Host", "").rpartition(":")[0] not in self.server.hosts:
            raise BadRequest(f"ask by the address {next(iter(self.server.hosts))}", HTTPStatus.FORBIDDEN)
        return route

    def _body(self) -> Json:
        header = self.headers.get("Content-Length")
        if header is None:
            raise BadRequest("the request has no Content-Length", HTTPStatus.LENGTH_REQUIRED)
        if not _LENGTH.fullmatch(header.strip()):
            raise BadRequest(f"Content-Length is not a number of bytes: {cut(header, 80)}")
        if int(header) > LARGEST:
            message = f"the request has more than {LARGEST} bytes"
            raise BadRequest(message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        content = self.rfile.read(int(header))
        if len(content) < int(header):
            raise BadRequest("the request ends before its Content-Length")
        return parsed(content)

    def _answer(self, status: HTTPStatus, document: Json) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drain(self) -> None:
        """Read what the client still sends: it may look for the answer only then."""
        self.connection.settimeout(1)
        left = DRAINED
        try:
            while left > 0 and (piece := self.rfile.read1(2**16)):
                left -= len(piece)
        except OSError:
            pass

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: what was asked for is the client's to report."""


def parsed(content: bytes) -> Json:
    """Return a request's JSON object; raise BadRequest."""
    try:
        request = json.loads(content)
        json.dumps(request, ensure_ascii=False).encode()
    except RecursionError:
        raise BadRequest("the body nests too deeply") from None
    except UnicodeEncodeError:
        raise BadRequest("the body has half a surrogate pair") from None
    except ValueError:
        raise BadRequest("the body must be JSON") from None
    if not isinstance(request, dict):
        raise BadRequest("the body must be a JSON object")
    return request


def text(request: Json, key: str) -> str:
    """Return the string under a key; raise BadRequest if there is none."""
    value = request.get(key)
    if not isinstance(value, str):
        raise BadRequest(f"{key} must be a string")
    return value


def mapping(request: Json, key: str) -> Json:
    """Return the object under a key, empty if it is absent; raise BadRequest if it is something else."""
    value = request.get(key)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"{key} must be an object")
    return value or {}


def scalars(request: Json, key: str) -> Json:
    """Return the object under a key, whose values are not objects, lists or text with NUL; raise BadRequest."""
    found = mapping(request, key)
    for name, value in found.items():
        if isinstance(value, (dict, list)) or (isinstance(value, str) and "\0" in value):
            raise BadRequest(f"{cut(name, 80)} in {key} must be a string, a number or a boolean")
    return found
