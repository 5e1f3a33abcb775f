"""SHA-1, SHA-256 and HMAC of short texts, without ``hashlib``: that loads OpenSSL's library, which takes milliseconds.

The interpreter has modules of its own for them; ``random`` in the standard library uses them in the same way. Large
files are for ``hashlib``, which is faster once it is loaded.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

_BLOCK = 64
"""Bytes of a block of SHA-256."""
_INNER = bytes(each ^ 0x36 for each in range(256))
_OUTER = bytes(each ^ 0x5C for each in range(256))


def sha1(content: bytes) -> bytes:
    """Return the SHA-1 of bytes, for what needs no security."""
    digest: bytes = _SHA1(content, usedforsecurity=False).digest()
    return digest


def sha256(content: bytes) -> bytes:
    """Return the SHA-256 of bytes."""
    digest: bytes = _SHA256(content).digest()
    return digest


def hmac_sha256(key: bytes, content: bytes) -> bytes:
    """Return the HMAC-SHA-256 of bytes. https://www.rfc-editor.org/rfc/rfc2104"""
    padded = (key if len(key) <= _BLOCK else sha256(key)).ljust(_BLOCK, b"\0")
    return sha256(padded.translate(_OUTER) + sha256(padded.translate(_INNER) + content))


def _algorithm(name: str, *modules: str) -> Any:
    """Return what computes a digest: from the first of those modules that this Python has, else from ``hashlib``."""
    for module in (*modules, "hashlib"):
        try:
            return getattr(import_module(module), name)
        except ImportError:
            continue
    raise AssertionError("hashlib is always there")


_SHA1 = _algorithm("sha1", "_sha1")
_SHA256 = _algorithm("sha256", "_sha2", "_sha256")
_FEW_FILES = 64
if 0 < os.sysconf("SC_OPEN_MAX") < _FEW_FILES:
    # what is loaded once jobs have all the files open that may be prints a traceback for each algorithm
    import_module("hashlib")
