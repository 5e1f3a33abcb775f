"""Why a cluster did not do what it was asked for."""

from __future__ import annotations

import json

SERVER_ERROR = 500
LATER = (429, 502, 503, 504)
"""What an API server, or what is before it, answers if it cannot answer now."""
STORE = ("etcdserver:", "leader changed")
"""What an API server quotes whose own store does not answer."""


class NoAnswer(Exception):
    """No answer came: from kubectl, the network or the API server. It may come later."""


class Refused(Exception):
    """The API server's answer, which asking again does not change by itself.

    ``reason`` is empty if it is not the answer of an API server at all.
    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
    """

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


def failure(code: int, body: bytes) -> Refused | NoAnswer:
    """Return what an answer with an error's code means: its body is a Status, or the text of what is between.

    For a server that cannot be reached, ``kubectl proxy`` answers 500 with a text of its own.
    """
    text = body.decode("utf-8", "replace").strip()
    status = _status(text)
    if status is None:
        return NoAnswer(_first_line(text, code)) if code >= SERVER_ERROR else Refused(code, "", _first_line(text, code))
    reason, message = status
    if code in LATER or any(each in message for each in STORE):
        return NoAnswer(message)
    return Refused(code, reason, message)


def _status(text: str) -> tuple[str, str] | None:
    """Return the reason and the message of a Status; None if the text is not one."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("kind") != "Status":
        return None
    return str(found.get("reason") or "Unknown"), str(found.get("message") or text)


def _first_line(text: str, code: int) -> str:
    return next(iter(text.splitlines()), "").strip() or f"status {code}"
