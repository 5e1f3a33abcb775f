"""Values of options, from the texts that users write; a ValueError describes a wrong one."""

from __future__ import annotations

import os
import re

_SIZE = r"(\d{1,9}(?:\.\d{1,9})?) ?([kMG]B)"
_DNS_NAME = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
_LABEL_KEY = r"(?:[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_LABEL_VALUE = r"(?:[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
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


def store(text: str) -> str:
    """Return the URL of an object store: a bucket, and what the names in it begin with."""
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.=-]+)*/?", text, re.ASCII) or "/.." in text:
        raise ValueError(f"{text!r} is not the URL of an object store: s3://BUCKET/PREFIX, no other kind is known yet")
    return text.rstrip("/")


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


def dns_name(text: str) -> str:
    """Return the name of an object of a Kubernetes cluster.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
    """
    if not re.fullmatch(_DNS_NAME, text):
        raise ValueError(f"{text!r} is no name of a cluster's: small letters, digits, - and .")
    return text


def node_label(text: str) -> str:
    """Return a label with its value."""
    key, separator, value = text.partition("=")
    if not (separator and re.fullmatch(_LABEL_KEY, key) and re.fullmatch(_LABEL_VALUE, value)):
        raise ValueError(f"{text!r} is not a label of nodes such as disktype=ssd")
    return text


def taint(text: str) -> str:
    """Return a taint as kubectl writes it."""
    pair, separator, effect = text.partition(":")
    key, _, value = pair.partition("=")
    if not (re.fullmatch(_LABEL_KEY, key) and re.fullmatch(_LABEL_VALUE, value)):
        raise ValueError(f"{text!r} is not a taint such as dedicated=ci:NoSchedule")
    if separator and effect not in _EFFECTS:
        raise ValueError(f"{effect!r} is no effect of a taint: it is one of {', '.join(_EFFECTS)}")
    return text


def factor(text: str) -> float:
    """Return a number of 0 or more."""
    if not re.fullmatch(r"\d{1,4}(\.\d{1,6})?", text):
        raise ValueError(f"{text!r} is not a number such as 0.5, 1 or 2")
    return float(text)


def cpus_and_memory(text: str) -> tuple[float, float]:
    """Return a number of CPUs, and one of GiB."""
    cpus, separator, memory = text.partition("/")
    try:
        found = factor(cpus), factor(memory)
    except ValueError:
        found = 0.0, 0.0
    if not (separator and all(found)):
        raise ValueError(f"{text!r} is not CPUs and GiB of memory such as 0.5/1")
    return found
