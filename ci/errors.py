"""The family of errors that a user may see, and the position in a file that each can carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


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
    """One thing that is wrong: where, what, and what to do about it.

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
        return "\n".join(lines)


class CiError(Exception):
    """What ends an invocation with a message for the user, never a traceback."""

    exit_status: ClassVar[int] = 2

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ConfigError(CiError):
    """The config, or a file that it uses, is wrong; holds every problem that was found."""


class UsageError(CiError):
    """What was asked for on the command line or in the settings cannot be done."""


class EngineError(CiError):
    """An engine cannot run what it was given; fails the job, not the invocation."""

    exit_status: ClassVar[int] = 1
