"""What libraries that a run takes write to their logs: nox prints every line of it, down to debugging."""

from __future__ import annotations

import logging

LIBRARIES = ("aiobotocore", "aiohttp", "asyncio", "botocore", "fsspec", "s3fs", "urllib3", "websockets")
"""The names of their loggers."""


def quiet_libraries() -> None:
    """Have them log warnings at least: their lines of debugging have URLs and headers, with what is secret in them."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
