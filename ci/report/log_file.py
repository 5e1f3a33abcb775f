"""The bytes of an excerpt from a log, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from ..errors import Problem, UsageError
from ..system.private_files import opener
from .log_excerpt import Excerpt


def open_log(run: Path, excerpt: Excerpt) -> BinaryIO:
    """Open the log of an excerpt; UsageError if it is not there, cannot be read or is not in the run's folder."""
    path = run / excerpt.log
    if not excerpt.log or not path.resolve().is_relative_to(run.resolve()):
        raise UsageError(Problem(f"the record of {run.name} names a log outside of its folder: {excerpt.log!r}"))
    try:
        return open(path, "rb", opener=opener)
    except FileNotFoundError:
        raise UsageError(Problem(f"the log {path} is gone")) from None
    except OSError as error:
        raise UsageError(Problem(f"the log {path} cannot be read: {error.strerror}")) from None


def pieces(log: BinaryIO, excerpt: Excerpt) -> Iterator[bytes]:
    """Yield the lines of an excerpt as they are."""
    return islice(log, max(excerpt.first - 1, 0), max(excerpt.end - 1, 0) if excerpt.end else None)
