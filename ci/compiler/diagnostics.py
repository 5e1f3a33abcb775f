"""All that is wrong with one config, gathered while the compiler goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from ..errors import SHOWN, ConfigError, Position, Problem, cut, shown
from ..source import suggest
from ..source.nodes import ListNode, MapNode, Scalar
from .announced import DATE, Announced
from .missing_orbs import MissingOrbs

Place = Position | Scalar | ListNode | MapNode | None
"""Where something is wrong: a position, or what has one."""


def as_installed(command: str) -> str:
    """Return a command of ours as it is typed where the package is installed."""
    return f"nox-circleci {command}"


class Diagnostics:
    """The problems of one config, and the trail of uses that leads to them; no place gets the same message twice.

    ``command`` returns a command of ours, for hints, as their reader types it.
    """

    def __init__(self, file: str, choice: Announced = "accepted", command: Callable[[str], str] = as_installed) -> None:
        self._file = file
        self.choice = choice
        self.command = command
        self.lenient = False
        self._not_packed: set[str] = set()
        self.missing = MissingOrbs()
        self._problems: dict[tuple[str, Position | None], Problem] = {}
        self._warnings: dict[tuple[str, Position | None], Problem] = {}
        self._trail: list[tuple[str, Position | None]] = []

    @contextmanager
    def within(self, label: str, position: Position | None) -> Iterator[None]:
        """Add this use to the trail of every problem that is reported inside."""
        self._trail.append((cut(label), position))
        try:
            yield
        finally:
            self._trail.pop()

    @contextmanager
    def only_warned(self) -> Iterator[None]:
        """Report announced refusals inside as warnings, whatever the choice of compiler."""
        choice, self.choice = self.choice, "warned"
        try:
            yield
        finally:
            self.choice = choice

    def error(self, place: Place, message: str, hint: str | None = None) -> None:
        """Report what makes the config wrong."""
        self._add(self._problems, place, message, hint)

    def warn(self, place: Place, message: str, hint: str | None = None) -> None:
        """Report what the user should know of a config that still compiles."""
        self._add(self._warnings, place, message, hint)

    def lacks_orb(self, reference: str, place: Place, message: str, hint: str) -> None:
        """Keep the message for a missing orb; it is an error for what uses the orb."""
        position = place if isinstance(place, Position) or place is None else place.position
        problem = Problem(cut(message), position, cut(hint), tuple(reversed(self._trail)))
        self.missing.declared.setdefault(reference, problem)

    def not_packed(self, place: Position, include: str) -> None:
        """Report the first include that stands in a file still: it is the source of an orb, not the packed orb."""
        if place.file not in self._not_packed:
            self._not_packed.add(place.file)
            add, pack = self.command("orbs add NAMESPACE/NAME FOLDER"), self.command("orb pack FOLDER")
            hint = f"pack its folder: `{add}`, or `{pack}`"
            self.error(place, f"{place.file} is not packed: {include} stands in it still", hint)

    def unknown(self, place: Place, message: str, hint: str | None = None) -> None:
        """Report a key that means nothing: an error, but a warning in version 2, which takes every key."""
        self._add(self._warnings if self.lenient else self._problems, place, message, hint)

    def announced(self, place: Place, message: str, hint: str) -> None:
        """Report what CircleCI's compiler refuses since the date that it announced, as the choice of compiler says."""
        if self.choice != "accepted":
            to = self._problems if self.choice == "refused" else self._warnings
            self._add(to, place, f"{message}: CircleCI's compiler refuses it since {DATE}", hint)

    def include(self, error: ConfigError) -> None:
        """Take over the problems of a file that could not be read."""
        for problem in error.problems:
            self._problems.setdefault((problem.message, problem.position), problem)

    @property
    def hints(self) -> bool:
        """Return whether the next problem may look for a hint: those behind the first ones are only counted."""
        return len(self._problems) + len(self._warnings) < 2 * SHOWN

    def suggest(self, name: str, known: Iterable[str]) -> str | None:
        """Return ``did you mean 'x'?`` for the nearest known name; None if none is near or there are many problems."""
        return suggest.suggest(name, known) if self.hints else None

    def listing(self, names: Iterable[str]) -> str:
        """Return the names as a list for a hint; empty if there are many problems."""
        return suggest.listing(names) if self.hints else ""

    @property
    def count(self) -> int:
        return len(self._problems)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return shown(sorted(self._warnings.values(), key=self._order), "warnings")

    def raise_errors(self) -> None:
        """Raise ConfigError with every problem, in the order of the source, if there is one.

        Missing orbs that something uses are among them, but alone they raise nothing.
        """
        if self._problems:
            error = ConfigError(*sorted((*self._problems.values(), *self.missing.problems), key=self._order))
            error.warnings = self.warnings
            raise error

    def _add(
        self, to: dict[tuple[str, Position | None], Problem], place: Place, message: str, hint: str | None
    ) -> None:
        position = place if isinstance(place, Position) or place is None else place.position
        message = cut(message)
        if (message, position) not in to:
            to[message, position] = Problem(message, position, cut(hint or ""), tuple(reversed(self._trail)))

    def _order(self, problem: Problem) -> tuple[bool, str, int, int]:
        at = problem.position or Position(self._file, 0, 0)
        return at.file != self._file, at.file, at.line, at.column
