"""Orbs written to a folder of orbs: each appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..errors import ConfigError, Problem, UsageError
from ..source.load import load
from .reference_files import path_of


def store(folder: Path, resolved: str, source: str) -> Path:
    """Write an orb's source at the place that its name determines; return that. Raises UsageError if it cannot be."""
    place = path_of(resolved)
    if place is None:
        raise UsageError(Problem(f"{resolved!r} is not a valid name of an orb", None, "It is NAMESPACE/NAME@VERSION."))
    path = folder / place
    write(path, source)
    return path


def check_source(source: str, name: str) -> None:
    """Raise UsageError if a text cannot be the source of an orb."""
    try:
        load(source, name)
    except ConfigError as error:
        first = error.problems[0]
        raise UsageError(Problem(f"{name} is not an orb: {first.message}", first.position)) from None


def made_folder(path: Path) -> Path:
    """Make a folder and those above it, if they are not there; return it. Raises UsageError if it cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(Problem(f"{path} cannot be made: {error.strerror or error}")) from None
    return path


def write(path: Path, text: str) -> None:
    """Write a file in one move. Raises UsageError if it cannot be written; then what was there is there still."""
    with replacing(path) as file:
        file.write(text.encode())


@contextlib.contextmanager
def replacing(path: Path, make_parents: bool = True) -> Iterator[IO[bytes]]:
    """Open a file that takes a place in one move when the block ends, and never if the block fails.

    Raises UsageError if it cannot be written.
    """
    try:
        if make_parents:
            path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with open(handle, "wb") as file:
                yield file
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(Problem(f"{path} cannot be written: {error.strerror or error}")) from None
