"""The user's own key: by it they know what their own runs have written, and values are compared without being kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from ..options.settings import user_place
from ..runtime.storage.keyed_hash import DIGITS, NAME, read_key
from ..system.digests import hmac_sha256

Hide = Callable[[str], str]


def key_folder(project: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the folder of the key; None without a home folder, or if a project can have brought it along."""
    place = user_place(environ, "XDG_CACHE_HOME", ".cache", "records")
    if place is None or Path(os.path.realpath(place)).is_relative_to(os.path.realpath(project)):
        return None
    return place


def hiding(project: str, purpose: str, environ: Mapping[str, str] = os.environ) -> Hide | None:
    """Return what makes digests of texts for a purpose, which no other purpose makes; None if there can be no key."""
    place = key_folder(project, environ)
    if place is None:
        return None
    try:
        key = read_key(place / NAME)
    except OSError:
        return None

    def hide(text: str) -> str:
        return hmac_sha256(key, f"{purpose}\0{text}".encode("utf-8", "surrogatepass")).hex()[:DIGITS]

    return hide
