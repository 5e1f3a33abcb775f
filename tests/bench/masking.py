"""Masking: output made against the search, and a thousand secrets, against plain output and one secret."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ci.runtime.masking.stream import Masker

from ..hostile_output import HOSTILE, PLAIN, THOUSAND
from .measure import Row

GOAL = 10.0
LINES = 200
"""Bytes in a piece, as steps write some lines."""
BLOCK = 65536


def megabyte(secrets: Sequence[str], data: bytes, size: int, times: int) -> float:
    """The least CPU seconds that a million bytes of such output take, in pieces of that size."""
    masker, found = Masker(secrets), []
    masker.stream().feed(b"x")
    for _ in range(times):
        stream, began = masker.stream(), time.process_time()
        for at in range(0, len(data), size):
            stream.feed(data[at : at + size])
        stream.flush()
        found.append(time.process_time() - began)
    return min(found) * 1e6 / len(data)


def hostile(folder: Path, times: int) -> list[Row]:
    """A row for each kind of output made against the search."""
    plain = megabyte(["hunter22"], PLAIN, LINES, times)
    return [
        Row(f"masking 1 MB: {name}", megabyte(secrets, data, LINES, times), plain, GOAL, "plain output")
        for name, (secrets, data) in HOSTILE.items()
    ]


def thousand(folder: Path, times: int) -> list[Row]:
    """Plain output, in large pieces."""
    one, many = (megabyte(secrets, PLAIN, BLOCK, times) for secrets in (["hunter22"], THOUSAND))
    return [Row("masking 1 MB: plain, 1000 secrets", many, one, GOAL, "one secret")]


BENCHES = (hostile, thousand)
