"""All that is wrong with one config, gathered while the compiler goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ConfigError, Position, Problem
from ..source.nodes import Mapping, Scalar, Sequence

Place = Position | Scalar | Sequence | Mapping | None
"""Where something is wrong: a position, or what has one."""


class Diagnostics:
    """Collects problems and the trail of uses that leads to them; a place is told the same thing once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.lenient = False
        self._problems: dict[tuple[str, Position | None], Problem] = {}
        self._warnings: dict[tuple[str, Position | None], Problem] = {}
        self._trail: list[tuple[str, Position | None]] = []

    @contextmanager
    def within(self, label: str, position: Position | None) -> Iterator[None]:
        """Everything reported inside is said to come from there."""
        self._trail.append((label, position))
        try:
            yield
        finally:
            self._trail.pop()

    def error(self, place: Place, message: str, hint: str = "") -> None:
        """Report what makes the config wrong."""
        self._add(self._problems, place, message, hint)

    def warn(self, place: Place, message: str, hint: str = "") -> None:
        """Report what the user should know of a config that still compiles."""
        self._add(self._warnings, place, message, hint)

    def unknown(self, place: Place, message: str, hint: str = "") -> None:
        """Report a key that means nothing: an error, but a warning in version 2, which takes every key."""
        self._add(self._warnings if self.lenient else self._problems, place, message, hint)

    def include(self, error: ConfigError) -> None:
        """Take over the problems of a file that could not be read."""
        for problem in error.problems:
            self._problems.setdefault((problem.message, problem.position), problem)

    @property
    def count(self) -> int:
        return len(self._problems)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(sorted(self._warnings.values(), key=self._order))

    def raise_errors(self) -> None:
        """Raise ConfigError with every problem, in the order of the source, if there is one."""
        if self._problems:
            raise ConfigError(*sorted(self._problems.values(), key=self._order))

    def _add(self, to: dict[tuple[str, Position | None], Problem], place: Place, message: str, hint: str) -> None:
        position = place if isinstance(place, Position) or place is None else place.position
        to.setdefault((message, position), Problem(message, position, hint, tuple(reversed(self._trail))))

    def _order(self, problem: Problem) -> tuple[bool, str, int, int]:
        at = problem.position or Position(self._file, 0, 0)
        return at.file != self._file, at.file, at.line, at.column
