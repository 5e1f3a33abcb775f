"""Secrets compared without being shown: their hash under a key that only this project's state has."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from ...dataclass import dataclass
from ...system.digests import hmac_sha256

NAME = "hash-key"
"""The file of the key, below the folder of the caches, which it goes with."""
BYTES = 32
DIGITS = 24


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """Turns a secret into digits; ``folder`` has the key, which is made when it is first needed."""

    folder: Path

    def __call__(self, secret: str) -> str:
        """Return digits of one length that are the same for the same secret."""
        raw = secret.encode("utf-8", "surrogatepass")
        return hmac_sha256(read_key(self.folder / NAME), raw).hex()[:DIGITS]


def read_key(path: Path) -> bytes:
    """Return the key in that file, which only its owner may read; of two writers the first one's counts."""
    key = _read(path)
    if key is None:
        _write(path)
        key = _read(path)
    if key is None:
        raise OSError(f"{path} is not a key: remove it")
    return key


def _read(path: Path) -> bytes | None:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        return None
    return key if len(key) == BYTES else None


def _write(path: Path) -> None:
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{NAME}-")  # its mode is 0600
    try:
        with open(number, "wb") as file:
            file.write(os.urandom(BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)
