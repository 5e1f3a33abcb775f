"""Long work that may be canceled meanwhile: it calls a check now and then."""

from __future__ import annotations

from collections.abc import Callable

Check = Callable[[], None]
"""Raises what is to be raised where work is canceled."""


def unchecked() -> None:
    """Check nothing, for work that nobody cancels."""
