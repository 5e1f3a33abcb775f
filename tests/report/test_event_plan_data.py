"""``plan --json``: docs/events.md has a table of its keys, with what their values are, and no other key."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from ci.dataclass import replace
from ci.report.event_plan_data import event_plan_data
from ci.report.plan_data import instance_data
from ci.workflow.event_plan import event_plan
from ci.workflow.pipeline_event import PipelineEvent

from ..projects import ROOT
from ..run.runs import instance, plan

PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8").partition("## `plan --json`\n")[2]
PARTS = re.split(r"^A (?:workflow|job) has", PAGE, flags=re.MULTILINE)
TABLES = [dict(re.findall(r"^\| `(\w+)` \| (.+?) \| .+ \|$", part, re.MULTILINE)) for part in PARTS]
TEST = replace(instance("test", "build"), filtered="for tags alone")
WORKFLOW = plan(instance("build"), TEST).workflow
FOUND = event_plan_data(
    PipelineEvent(), "main", "", event_plan([WORKFLOW], PipelineEvent()), {("w", "test"): ("--tag", "v1")}, False
)
KINDS = {str: ("string", "place"), int: ("integer",), bool: ("true or false",), list: ("list",), Mapping: ("object",)}


def is_documented(value, words: str) -> bool:
    """Whether a value is what the page says."""
    if value is None:
        return words.endswith("or null")
    kind = bool if isinstance(value, bool) else next(each for each in KINDS if isinstance(value, each))
    return words.startswith(KINDS[kind])


JOB = {name: value for name, value in FOUND["workflows"][0]["jobs"][1].items() if name not in instance_data(TEST)}


@pytest.mark.parametrize(("table", "written"), list(enumerate([FOUND, FOUND["workflows"][0], JOB])))
def test_each_table_has_the_keys_that_are_written_in_their_order(table, written):
    documented = TABLES[table]
    assert list(documented) == list(written)
    assert {key for key, value in written.items() if not is_documented(value, documented[key])} == set()


def test_a_job_that_is_left_out_has_the_reason_and_the_options_that_run_it():
    job = FOUND["workflows"][0]["jobs"][1]
    assert (job["runs"], job["reason"], job["to_run"]) == (False, "for tags alone", ["--tag", "v1"])
