"""What steps printed, from the events of a run."""

from __future__ import annotations

import json

import pytest

from ci.page.step_outputs import MOST_NOTES, EventsError, read_outputs

START = {"event": "run.start"}


def lines(*events: object) -> list[bytes]:
    return [json.dumps(each).encode() + b"\n" for each in events]


def output(job: str, step: object, text: object) -> dict[str, object]:
    return {"event": "output", "job": job, "step": step, "text": text}


def texts(found, job, step):
    return [each.text for each in found.steps[job, step].lines(100, False)]


def test_steps_that_print_at_once_are_told_apart():
    (found,) = read_outputs(lines(START, output("a", 1, "on"), output("b", 1, "x\n"), output("a", 1, "e\ntwo")))
    assert (texts(found, "a", 1), texts(found, "b", 1)) == (["one", "two"], ["x"])


def test_each_workflow_of_a_run_has_its_own_output():
    first, second = read_outputs(lines(START, output("a", 1, "one"), START, output("a", 1, "two")))
    assert (texts(first, "a", 1), texts(second, "a", 1)) == (["one"], ["two"])


def test_of_a_job_that_ran_again_the_last_attempt_counts():
    start = {"event": "job.start", "job": "a", "details": ["on this machine"]}
    (found,) = read_outputs(lines(START, start, output("a", 1, "first"), start, output("a", 1, "second")))
    assert texts(found, "a", 1) == ["second"]
    assert found.notes["a"] == ["on this machine"]


def test_notes_of_a_job_are_kept_up_to_a_limit():
    notice = {"event": "notice", "job": "a", "text": "pulling"}
    (found,) = read_outputs(lines(START, *[notice] * (MOST_NOTES + 9)))
    assert found.notes["a"] == ["pulling"] * MOST_NOTES


def test_what_is_no_event_or_a_newer_one_is_passed_over():
    broken = [b"\xff\n", b"[]\n", b"7\n", b'{"event": "output", "job"', b"[" * 100_000, b"\n"]
    odd = lines(output("a", "1", "x"), output("a", 1, None), {"event": "new", "job": "a"}, {"event": 3}, {"job": {}})
    (found,) = read_outputs([*lines(START), *broken, *odd, *lines(output("a", 1, "kept"))])
    assert texts(found, "a", 1) == ["kept"]
    assert read_outputs(broken) == []


@pytest.mark.parametrize("schema", [2, 0, "1", None])
def test_events_of_another_version_are_refused(schema):
    with pytest.raises(EventsError, match="this program reads schema 1"):
        read_outputs(lines({**START, "schema": schema}, output("a", 1, "x")))


def test_what_a_job_printed_before_it_was_detached_stays():
    again = {"event": "job.start", "job": "a", "details": ["back"], "again": True}
    (found,) = read_outputs(lines(START, output("a", 1, "one\n"), again, output("a", 2, "two\n")))
    assert (texts(found, "a", 1), texts(found, "a", 2)) == (["one"], ["two"])
