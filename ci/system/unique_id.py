"""UUIDs as text, without the module ``uuid``, which is slow to load: it asks what platform this is.

https://www.rfc-editor.org/rfc/rfc9562
"""

from __future__ import annotations

import os

from .digests import sha1

OF_URLS = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
"""The namespace of names that are URLs."""


def random_id() -> str:
    """Return a random UUID, version 4."""
    return _written(os.urandom(16), 4)


def derived_id(namespace: str, name: str) -> str:
    """Return the UUID of a name in a namespace, itself a UUID: version 5, always the same."""
    within = bytes.fromhex(namespace.replace("-", ""))
    return _written(sha1(within + name.encode())[:16], 5)


def _written(content: bytes, version: int) -> str:
    number = int.from_bytes(content, "big") & ~(0xF << 76 | 0b11 << 62) | version << 76 | 0b10 << 62
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
