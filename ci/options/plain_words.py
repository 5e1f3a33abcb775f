"""Command lines that are plainly right, read without ``argparse``.

To load that and to make its parser is a tenth of what a run takes to start. Whatever is not plain, such as ``--help``,
an unknown option or a wrong value, is left to it, so that there is one who says what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from .declaration import Option


class _NotPlainError(Exception):
    """The words need a real parser."""


def plain_values(argv: Sequence[str], options: Sequence[Option]) -> SimpleNamespace | None:
    """Return the values by field, None for what is not named; None for words that are not plainly right."""
    known = {flag: each for each in options for flag in each.flags}
    found: dict[str, Any] = dict.fromkeys(each.field for each in options)
    words = list(argv)
    try:
        while words:
            option, value = _next(words, known)
            if option.is_repeatable:
                found[option.field] = [*(found[option.field] or ()), value]
            else:
                found[option.field] = value
    except _NotPlainError:
        return None
    return SimpleNamespace(**found)


def _next(words: list[str], known: dict[str, Option]) -> tuple[Option, Any]:
    """Take an option, and its value, from the front of the words."""
    flag, separator, text = words.pop(0).partition("=")
    option = known.get(flag)
    if option is None or (separator and not (text and flag.startswith("--"))):
        raise _NotPlainError
    if option.is_switch:
        if separator:
            raise _NotPlainError
        return option, (not option.default if option.constant is None else option.constant)
    if separator:
        return option, _value(option, text)
    if words and not words[0].startswith("-"):
        return option, _value(option, words.pop(0))
    if option.bare is None:
        raise _NotPlainError
    return option, option.bare


def _value(option: Option, text: str) -> Any:
    try:
        value = option.convert(text) if option.convert else text
    except ValueError:
        raise _NotPlainError from None
    if option.choices and value not in option.choices:
        raise _NotPlainError
    return value
