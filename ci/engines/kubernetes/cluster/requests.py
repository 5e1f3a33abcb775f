"""Questions to the API server by HTTP, over the socket of ``kubectl proxy``."""

from __future__ import annotations

import http.client
import json
import math
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from .api_refusals import NoAnswer, failure

Json = dict[str, Any]
ANSWER_SECONDS = 30.0
PATIENCE = 20.0
"""How long a question that may be asked twice is asked again, in seconds."""
PAUSE = 0.5
FAILED, UNAUTHORIZED = 400, 401


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Requests:
    """Asks by a socket's path."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.most = math.inf
        """Seconds that no answer is waited for longer, whatever the question."""

    def can_connect(self) -> bool:
        """Return whether somebody listens at the socket."""
        connection = UnixConnection(self.path, ANSWER_SECONDS)
        try:
            connection.connect()
            return True
        except OSError:
            return False
        finally:
            connection.close()

    def ask(
        self,
        method: str,
        place: str,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> bytes:
        """Return the answer's body. Raise Refused, or NoAnswer if none has come in that time.

        Where kubectl's way to log in has expired, it logs in anew after the first answer that says so.
        """
        code, content = self._answer(method, place, query, body, seconds)
        if code == UNAUTHORIZED:
            code, content = self._answer(method, place, query, body, seconds)
        if code >= FAILED:
            raise failure(code, content)
        return content

    def _answer(
        self, method: str, place: str, query: Mapping[str, str] | None, body: Json | None, seconds: float
    ) -> tuple[int, bytes]:
        """Ask once; return the code and the body of the answer. Raise NoAnswer."""
        connection, response = self._begin(method, place, query, body, seconds)
        try:
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(_reason(error)) from None
        finally:
            connection.close()

    def ask_patiently(
        self, method: str, place: str, query: Mapping[str, str] | None = None, body: Json | None = None
    ) -> bytes:
        """As ``ask``, and again for a while if no answer comes: only for what may be asked twice."""
        until = time.monotonic() + min(PATIENCE, self.most)
        while True:
            try:
                return self.ask(method, place, query, body)
            except NoAnswer:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)

    def lines(
        self, place: str, query: Mapping[str, str], silence: float, begun: Callable[[], object]
    ) -> Iterator[bytes]:
        """Yield the lines of an answer that goes on. Raise Refused, or NoAnswer where it breaks off.

        ``begun`` is called as soon as the answer has begun, which may be long before its first line.
        """
        connection, response = self._begin("GET", place, query, None, silence)
        try:
            if response.status >= FAILED:
                raise failure(response.status, response.read())
            begun()
            while line := response.readline():
                yield line
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(_reason(error)) from None
        finally:
            connection.close()

    def _begin(
        self, method: str, place: str, query: Mapping[str, str] | None, body: Json | None, timeout: float
    ) -> tuple[UnixConnection, http.client.HTTPResponse]:
        connection = UnixConnection(self.path, min(timeout, self.most))
        content = None if body is None else json.dumps(body)
        try:
            path = f"{place}?{urlencode(query)}" if query else place
            connection.request(method, path, content, {"Content-Type": "application/json"} if body else {})
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NoAnswer(_reason(error)) from None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer came in time"
    return str(error) or type(error).__name__
