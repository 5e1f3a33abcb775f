"""The declaration of an option or a setting, at the field of the record that holds its value.

The parser, the NOX_CIRCLECI_* variables, the keys of settings files with their checks, ``--help``, the hint for a
forgotten ``--`` and docs/reference.md all come from it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from ..dataclass import dataclass, field, fields

PREFIX = "NOX_CIRCLECI_"
"""The start of the variable that sets an option."""

Shape = Literal["value", "string", "list", "table", "needs"]
"""What a setting is in its file; a ``value`` is a string, a number, true or false."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a job can do with a value, which counts from a project's file only after ``trust``."""

    meaning: str
    of_value: tuple[tuple[str, str], ...] = ()
    """The meaning of single values, if it differs."""
    harmless: object = None
    """The value that only takes something away from a job, and needs no consent."""

    def explain(self, value: str) -> str:
        """Return what a job can do with that value."""
        return dict(self.of_value).get(value, self.meaning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of the command line, a setting of the files, or both."""

    field: str = ""
    """The record's field that holds the value."""
    flags: tuple[str, ...] = ()
    help: str = ""
    """One line for ``--help``, which does not show an option without it."""
    group: str = ""
    commands: tuple[str, ...] = ()
    """The commands that have the option."""
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    convert: Callable[[str], Any] | None = None
    """Return the value of a text; raise ValueError with what is wrong with it."""
    bare: Any = None
    """The value of the option without a value, if it may stand so."""
    constant: Any = None
    """The value that the option sets, if it takes none."""
    count: str | None = None
    """How many values an argument without a flag takes, as argparse writes it: one, ``?`` or ``*``."""
    adds: bool = True
    """Whether a repeatable option adds to what weaker layers have, or replaces it."""
    exclusive: bool = False
    """Whether it excludes the command's other exclusive ones."""
    default: Any = None
    variable: str = ""
    separators: str = ""
    """A pattern of what stands between several values in the variable."""
    key: str = ""
    shape: Shape = "value"
    consent: Consent | None = None

    @property
    def name(self) -> str:
        """Return the long flag without its dashes, or the setting's key."""
        return max(self.flags, key=len).lstrip("-") if self.flags else self.key or self.field

    @property
    def is_switch(self) -> bool:
        """Return whether the option takes no value."""
        return isinstance(self.default, bool) or self.constant is not None

    @property
    def is_repeatable(self) -> bool:
        """Return whether the option collects values."""
        return isinstance(self.default, tuple)


def option(*flags: str, layered: bool = False, **declared: Any) -> Any:
    """Declare the option that a field holds; a ``layered`` one has a variable and a setting too."""
    return field(default=declared.get("default"), metadata={Option: {**declared, "flags": flags, "layered": layered}})


def table_setting(table: str, key: str, **declared: Any) -> Any:
    """Declare the setting that a field holds in a sub-table of the file; it has a variable too, and no flag.

    It is an option of a run all the same: the variable wins over the project's file, that over the user's.
    """
    variable = f"{PREFIX}{table}_{key}".upper().replace("-", "_")
    shape: Shape = "list" if isinstance(declared["default"], tuple) else "value"
    made = {"key": f"{table}.{key}", "variable": variable, "shape": shape, "separators": "", **declared}
    if shape == "list":
        made["separators"] = r"[,\s]+"
    return field(default=declared["default"], metadata={Option: made})


def setting(shape: Shape, help: str, consent: Consent | None = None) -> Any:
    """Declare the setting that a field holds, which is not an option of the command line."""
    default = "" if shape == "string" else ()
    declared = {"help": help, "default": default, "shape": shape, "consent": consent}
    return field(default=default, metadata={Option: declared})


@cache
def declarations(record: Any) -> tuple[Option, ...]:
    """Return what the fields of a record declare, in their order."""
    found = ((each.name, each.metadata.get(Option)) for each in fields(record))
    return tuple(_made(name, **declared) for name, declared in found if declared)


def _made(name: str, layered: bool = False, **declared: Any) -> Option:
    flags, shape = declared.get("flags", ()), "list" if isinstance(declared.get("default"), tuple) else "value"
    key = max(flags, key=len).lstrip("-") if layered else "" if flags else name.replace("_", "-")
    if layered:
        variable = PREFIX + key.upper().replace("-", "_")
        declared = {"variable": variable, "shape": shape, **declared}
    return Option(field=name, **{"key": key, **declared})
