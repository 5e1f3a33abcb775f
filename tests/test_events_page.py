"""docs/events.md names every key of the events and of a run's record, with what its value is, and no other."""

from __future__ import annotations

import re
import typing

import pytest

from ci import events
from ci.events import SCHEMA, Event
from ci.record import run_record
from ci.record.run_record import VERSION, JobRecord, NodeRecord, RunRecord, StepRecord, WorkflowRecord
from ci.report.json_lines import as_data

from .documented_json import described
from .projects import ROOT
from .test_events import filled

PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (.+)\n((?:(?!^##).*\n)*)", PAGE, re.MULTILINE))
NAMES = {as_data(filled(kind, "x"))["event"]: kind for kind in typing.get_args(Event)}
RECORDS = {
    "The run": RunRecord,
    "A workflow": WorkflowRecord,
    "A job": JobRecord,
    "A node": NodeRecord,
    "A step": StepRecord,
}


def documented(title: str) -> dict[str, str]:
    """The keys of a section's table, each with what its value is."""
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", SECTIONS[title], re.MULTILINE)
    assert all(meaning.strip() for _, _, meaning in rows)
    return {key: value for key, value, _ in rows}


def test_every_event_and_no_other_has_a_section():
    assert {title.strip("`") for title in SECTIONS if title.startswith("`")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_an_event_has_its_fields_in_their_order_with_their_types(name):
    expected = described(NAMES[name], events)
    if name == "run.start":
        expected = {"schema": "integer", **expected}
    found = documented(f"`{name}`")
    assert found == expected
    assert list(found) == list(expected)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_has_the_keys_of_its_table(name):
    written = as_data(filled(NAMES[name], "x"))
    assert list(written) == ["event", *documented(f"`{name}`")]


@pytest.mark.parametrize("title", RECORDS)
def test_the_table_of_a_record_has_its_fields_in_their_order_with_their_types(title):
    expected = described(RECORDS[title], run_record)
    found = documented(title)
    assert found == expected
    assert list(found) == list(expected)


def test_the_versions_are_those_of_the_page():
    assert f"This is `schema` {SCHEMA}," in PAGE
    assert f"This is `version` {VERSION};" in PAGE
