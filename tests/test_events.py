"""Every event that there is, with every text that it has, passes the masker and the escaping."""

import types
import typing
from dataclasses import fields, is_dataclass

import pytest

from ci import events
from ci.errors import Position
from ci.escapes import visible
from ci.events import Event, Output
from ci.report.escaping import shown
from ci.report.json_lines import as_data
from ci.run.masked_events import masked
from ci.runtime.masking.stream import Masker

SECRET = "hunter22-correct"
TYPES = typing.get_args(Event)
NAMES = {"run", "workflow", "engine", "folder", "jobs", "needs", "job", "executor", "position", "layers"}
"""Fields that hold names, which are not masked."""


def filled(kind, text):
    """A value of that type with ``text`` wherever a text can be."""
    if kind is str:
        return text
    if kind is Position:
        return Position(text, 1, 1)
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind, vars(events))
        return kind(**{field.name: filled(hints[field.name], text) for field in fields(kind)})
    if typing.get_origin(kind) in (types.UnionType, typing.Union, typing.Literal, tuple):
        first = filled(typing.get_args(kind)[0], text)
        return (first,) if typing.get_origin(kind) is tuple else first
    return kind(1) if isinstance(kind, type) else kind


def texts(value):
    """All texts in an event's data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind is not Output])  # masked before it is an event
def test_every_text_of_an_event_is_masked_but_names(kind):
    seen = []
    masked(seen.append, Masker([SECRET]))(filled(kind, f"a {SECRET} b"))
    data = {name: value for name, value in as_data(seen[0]).items() if name not in NAMES}
    assert SECRET not in str(data)


@pytest.mark.parametrize("kind", TYPES)
def test_every_text_of_an_event_is_shown_without_control_characters_but_output(kind):
    data = as_data(shown(filled(kind, "a\x1b[2J\u202eb")))
    for name in ("run", "engine"):  # names that are ours
        data.pop(name, None)
    if kind is Output:
        assert data.pop("text") == "a\x1b[2J\u202eb"
    assert [text for text in texts(data) if visible(text) != text] == []
