"""The family of errors that a user may see, and the position in a file that each can carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from .dataclass import dataclass
from .escapes import visible

PASSED, FAILED, BAD_INPUT, PAUSED, INTERRUPTED = 0, 1, 2, 77, 130
"""The exit statuses of the commands."""
SHOWN = 100
"""Problems of one kind that are shown; the others are counted."""
LINE = 400
"""Characters of a text that quotes what somebody else wrote."""
LONGEST_LINE = 2000
"""Characters of any line of an error."""


def cut(text: str, limit: int = LINE) -> str:
    """Return the text as one line of about ``limit`` characters: a long one loses its middle."""
    if len(text) > limit:
        text = f"{text[: limit * 2 // 3]} ... {text[-limit // 3 :]}"
    return " ".join(text.splitlines()) if "\n" in text or "\r" in text else text


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a source file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its place, what it is, and what to do about it.

    ``trail`` leads from the place to its users, innermost first: a label such as
    ``in command 'greet', used`` and the position of that use.
    """

    message: str
    position: Position | None = None
    hint: str = ""
    trail: tuple[tuple[str, Position | None], ...] = ()

    def __str__(self) -> str:
        head = f"{self.position}: {self.message}" if self.position else self.message
        lines = [head]
        lines += [f"    {label}{f' at {place}' if place else ''}" for label, place in self.trail]
        if self.hint:
            lines.append(f"    {self.hint}")
        return visible("\n".join(cut(line, LONGEST_LINE) for each in lines for line in each.split("\n")))


def shown(problems: Sequence[Problem], kind: str) -> tuple[Problem, ...]:
    """Return the first problems and, if there are more, one that counts the others: ``and 99,900 more errors``."""
    more = len(problems) - SHOWN
    return (*problems[:SHOWN], *((Problem(f"and {more:,} more {kind}"),) if more > 0 else ()))


class CiError(Exception):
    """What ends an invocation with a message for the user, never a traceback."""

    exit_status: ClassVar[int] = 2

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)
        super().__init__(*self.problems)

    @property
    def shown(self) -> tuple[Problem, ...]:
        """The problems that a user sees."""
        return shown(self.problems, "errors")

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.shown)


class ConfigError(CiError):
    """The config, or a file that it uses, is wrong; holds every problem that was found, and the warnings as well."""

    warnings: tuple[Problem, ...] = ()


class UsageError(CiError):
    """What was asked for on the command line or in the settings cannot be done."""


class EngineError(CiError):
    """An engine cannot run what it was given; fails the job, not the invocation."""

    exit_status: ClassVar[int] = 1
