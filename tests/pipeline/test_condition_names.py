"""What a workflow's conditions and filters name, and texts that simple patterns match."""

import re

import pytest

from ci.pipeline.condition_names import OTHER, examples, named_in
from ci.source.load import load


def named(text):
    return named_in(load(f"it: {text}", "config.yml").get("it"))


def test_a_condition_names_parameters_and_what_they_are_compared_with():
    found = named("{when: 'pipeline.parameters.a and pipeline.parameters.b-c == \"full\"'}")
    assert (found.parameters, found.literals) == (["a", "b-c"], ["full"])


def test_a_logic_statement_names_its_texts():
    found = named("{unless: {equal: [main, << pipeline.git.branch >>]}}")
    assert list(found.branches) == ["main", OTHER]


def test_filters_of_jobs_and_schedules_name_branches_and_tags():
    job = "{a: {filters: {branches: {only: [main, /rel-\\d+/]}, tags: {only: /^v\\d+\\..*/}}}}"
    schedule = "{schedule: {cron: x, filters: {branches: {only: beta}}}}"
    found = named(f"{{jobs: [{job}], triggers: [{schedule}]}}")
    assert list(found.branches) == ["main", "rel-1", "beta", OTHER]
    assert found.tags[0] == "v1.1.0.0"
    assert found.has_triggers


def test_an_expression_over_the_event_names_kinds_of_events():
    assert "schedule" in named("{when: 'pipeline.trigger_source == \"x\"'}").triggers
    assert "pull_request:labeled" in named("{when: 'pipeline.event.action == \"labeled\"'}").triggers
    assert list(named("{when: 'pipeline.schedule.name == \"daily\"'}").schedules) == ["daily"]


@pytest.mark.parametrize(
    "pattern",
    ["v.*", "^v\\d+\\.\\d+$", "release\\/.+", "[0-9]{4}", "(alpha|beta)-.*", "v\\d+(?:-rc)?", "user-[a-z]+", ".*"],
)
def test_an_example_matches_a_simple_pattern(pattern):
    assert any(re.fullmatch(pattern, each) for each in examples(pattern, ("1.0.0", "x", "")))


@pytest.mark.parametrize("pattern", ["(?!main).*", "a[[b", "(((a|b)))"])
def test_no_example_is_a_pattern_itself(pattern):
    assert not any(re.search(r"[\\^$*+?()\[\]{}|]", each) for each in examples(pattern, ("1",)))
