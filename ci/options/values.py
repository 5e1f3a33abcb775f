"""Values of options, from the texts that users write; a ValueError describes a wrong one."""

from __future__ import annotations

import os
import re

_SIZE = r"(\d{1,9}(?:\.\d{1,9})?) ?([kMG]B)"
_BYTES = {"kB": 10**3, "MB": 10**6, "GB": 10**9}


def engine(text: str) -> str:
    """Return the engine's name; point users of Podman to the engine that runs it."""
    if text == "podman":
        raise ValueError("Podman is used by the engine docker: --engine docker (NOX_CIRCLECI_DOCKER=podman)")
    return text


def folder(text: str) -> str:
    """Return an absolute folder, ``~`` expanded."""
    path = os.path.expanduser(text)  # ~NAME of a user that does not exist stays as it is
    if not os.path.isabs(path) or "\0" in text:
        raise ValueError(f"{text!r} is not an absolute folder and does not start with ~")
    return os.path.normpath(path)


def count(text: str) -> int:
    """Return a number of jobs."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def duration(text: str) -> float:
    """Return a number of seconds, more than none."""
    from ..workflow.duration import seconds

    value = seconds(text)
    if not value:
        raise ValueError(f"{text!r} is no time at all")
    return value


def port(text: str) -> int:
    """Return the number of a port; 0 is a free one."""
    if not text.isdecimal() or int(text) > 65535:
        raise ValueError(f"{text!r} is not a port: 0 to 65535")
    return int(text)


def trigger(text: str) -> str:
    """Return what triggers a pipeline: a kind of event, with its action if it is a pull request's."""
    from ..workflow.pipeline_event import ACTIONS, KINDS, PULL_REQUEST

    kind, separator, action = text.partition(":")
    if kind not in KINDS:
        raise ValueError(f"{kind!r} triggers nothing: it is one of {', '.join(KINDS)}")
    if separator and (kind != PULL_REQUEST or action not in ACTIONS):
        raise ValueError(f"{text!r}: only pull_request has an action, one of {', '.join(ACTIONS)}")
    return text


def size(text: str) -> int:
    """Return a number of bytes; 0 for ``none``."""
    if text == "none":
        return 0
    found = re.fullmatch(_SIZE, text)
    number = int(float(found[1]) * _BYTES[found[2]]) if found else 0
    if not number:
        raise ValueError(f"{text!r} is not a size such as 500kB, 50MB or 2GB, or 'none'")
    return number
