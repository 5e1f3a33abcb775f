"""Why a cluster did not do what it was asked for."""

from __future__ import annotations

import json


class NoAnswer(Exception):
    """No answer came: from kubectl, the network or the API server. It may come later."""


class Refused(Exception):
    """The API server's answer, which asking again does not change by itself.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
    """

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


def refusal(code: int, body: bytes) -> Refused:
    """Return the refusal that an answer's body holds: a Status, or a proxy's text."""
    text = body.decode("utf-8", "replace").strip()
    try:
        found = json.loads(text)
        return Refused(code, str(found.get("reason", "")), str(found.get("message", "")) or text)
    except (ValueError, AttributeError):
        return Refused(code, "", text or f"status {code}")
