"""A line of output as pieces with the colours that a terminal would show; other sequences of a terminal are dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from ..dataclass import dataclass, replace
from ..escapes import visible

_TOKEN = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m"
    r"|(?P<dropped>(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # moves, erasures, modes
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c)?"  # strings to the terminal itself
    r"|\x1b[ -/]*[0-~])"
    r"|(?P<back>\r+)"
)
_STEPS = (0, 95, 135, 175, 215, 255)
"""The values of each part of a colour in the cube of 216."""
_PALETTE = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255),
    (255, 255, 255),
)  # fmt: skip
"""The 16 colours of a terminal, as xterm shows them."""
_SET = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "struck"}
_UNSET = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("inverse",), 29: ("struck",)}
_LETTERS = {"bold": "B", "dim": "D", "italic": "I", "underline": "U", "struck": "S"}


@dataclass(frozen=True, slots=True)
class Pen:
    """How the next characters look; a colour is one of the terminal's 16, or None for its own."""

    front: int | None = None
    back: int | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    struck: bool = False

    @property
    def classes(self) -> str:
        """Return the page's classes for it: ``f1``, ``b4``, ``B``; ``fx`` and ``bx`` are its own colours, swapped."""
        front, back = self.front, self.back
        names = [_LETTERS[each] for each in _LETTERS if getattr(self, each)]
        if self.inverse:
            names += [f"f{'x' if back is None else back}", f"b{'x' if front is None else front}"]
        else:
            names += [f"f{front}"] if front is not None else []
            names += [f"b{back}"] if back is not None else []
        return " ".join(names)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line in one look."""

    text: str
    classes: str = ""


def spans(line: str, pen: Pen) -> tuple[tuple[Span, ...], Pen]:
    """Return a line's pieces, and the look in which the next line begins.

    Of what a carriage return has overwritten nothing is left; other control characters are shown as escapes.
    """
    found: list[Span] = []
    overwrites, at = False, 0
    for token in _TOKEN.finditer(line):
        overwrites = _add(found, line[at : token.start()], pen, overwrites)
        at = token.end()
        if token["sgr"] is not None:
            pen = _changed(pen, token["sgr"])
        elif token["back"]:
            overwrites = True
    _add(found, line[at:], pen, overwrites)
    return tuple(found), pen


def _add(found: list[Span], text: str, pen: Pen, overwrites: bool) -> bool:
    """Add a text to the line; return whether the next one still overwrites it."""
    if not text:
        return overwrites
    if overwrites:
        found.clear()
    found.append(Span(visible(text), pen.classes))
    return False


def _changed(pen: Pen, parameters: str) -> Pen:
    """Return the look after a Select Graphic Rendition; what is unknown or out of range changes nothing."""
    words = iter(parameters.split(";")) if len(parameters) < 200 else iter(())
    for word in words:
        code, *sub = _numbers(word.split(":"))
        if code in (38, 48):
            color = _color(sub[:1] + sub[-3:] if len(sub) > 2 else sub) if sub else _color(_arguments(words))
            if color is not None:
                pen = replace(pen, front=color) if code == 38 else replace(pen, back=color)
        else:
            pen = _simple(pen, code, sub)
    return pen


def _simple(pen: Pen, code: int, sub: Sequence[int]) -> Pen:
    if code == 0:
        return Pen()
    if code in _SET:
        return replace(pen, **{_SET[code]: sub[:1] != [0]})
    if code in _UNSET:
        return replace(pen, **dict.fromkeys(_UNSET[code], False))
    for first, base in ((30, 0), (90, 8)):
        if first <= code <= first + 7:
            return replace(pen, front=code - first + base)
        if first + 10 <= code <= first + 17:
            return replace(pen, back=code - first - 10 + base)
    if code == 39:
        return replace(pen, front=None)
    return replace(pen, back=None) if code == 49 else pen


def _numbers(words: Sequence[str]) -> list[int]:
    return [int(word) if word.isascii() and word.isdecimal() and len(word) < 6 else 0 for word in words]


def _arguments(words: Iterator[str]) -> list[int]:
    """Return the parameters of a colour that semicolons separate: ``5;N`` or ``2;R;G;B``."""
    kind = next(words, "")
    count = {"5": 1, "2": 3}.get(kind, 0)
    return _numbers([kind, *islice(words, count)])


def _color(values: Sequence[int]) -> int | None:
    """Return the nearest of the 16 colours, which the page can show in light and dark."""
    if len(values) == 2 and values[0] == 5 and values[1] < 256:
        return _indexed(values[1])
    if len(values) == 4 and values[0] == 2 and max(values) < 256:
        return _nearest(values[1:])
    return None


def _indexed(number: int) -> int:
    if number < 16:
        return number
    if number >= 232:
        return _nearest([8 + 10 * (number - 232)] * 3)
    number -= 16
    return _nearest([_STEPS[number // 36], _STEPS[number // 6 % 6], _STEPS[number % 6]])


def _nearest(color: Sequence[int]) -> int:
    def distance(index: int) -> int:
        return sum((one - other) ** 2 for one, other in zip(color, _PALETTE[index], strict=True))

    return min(range(16), key=distance)
