"""What a project asks for that is the user's, and what the user passes: variables, folders, the way out of containers.

None of what a project asks for counts without the user's consent, which trust/consent.py asks for.
"""

from __future__ import annotations

from ..dataclass import dataclass, field

LINKED = " from "
"""Stands between a context and its file if the project links to that; no name of a context has a slash."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A variable of the user's that jobs get, and who asked for it."""

    name: str
    source: str
    folder: bool = False
    """Whether the folder that it names goes along."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing of the user's that a project asks for: a setting, or a key of its config, and the value."""

    key: str
    value: str
    present: bool = field(default=True, compare=False)
    """False for what is not here, such as a variable that is not set: nobody is asked about that."""
    meaning: str = field(default="", compare=False)
    """What a job can do with it."""

    def __str__(self) -> str:
        value = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in self.value)
        return f"{self.key} = {value}"
