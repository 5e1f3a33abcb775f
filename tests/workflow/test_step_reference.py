"""How a step is named on the command line: by number, by name, with or without its job."""

import pytest

from ci.workflow.step_reference import StepRange, StepReference, step_range, step_reference, unknown_references
from tests.tasks import instance, job, run

BUILD = instance(job(run("make", name="Build"), run("make test", name="Run: tests"), run("true", name="Build")))


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("3", StepReference("3")),
        ("Build", StepReference("Build")),
        ("build:3", StepReference("3", "build")),
        ("build:Build", StepReference("Build", "build")),
        ("Run: tests", StepReference("Run: tests")),
        ("build:Run: tests", StepReference("Run: tests", "build")),
    ],
)
def test_a_step_is_a_number_or_a_name_with_or_without_a_job(text, reference):
    assert step_reference(text) == reference


@pytest.mark.parametrize("text", ["", " ", ":3", "build:"])
def test_an_empty_part_is_refused(text):
    with pytest.raises(ValueError, match="is no step: write its number, its name, or JOB:STEP"):
        step_reference(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1", (1,)),
        ("3", (3,)),
        ("4", ()),
        ("0", ()),
        ("Build", (1, 3)),
        ("Run: tests", (2,)),
        ("build:2", (2,)),
        ("other:2", ()),
        ("Nothing", ()),
    ],
)
def test_the_numbers_that_a_reference_means_in_a_job(text, numbers):
    assert step_reference(text).numbers(BUILD) == numbers


def test_a_reference_that_means_no_step_of_any_job_is_found():
    references = [step_reference("9"), step_reference("2")]
    assert unknown_references(references, [BUILD]) == [StepReference("9")]


@pytest.mark.parametrize(
    ("text", "within", "without"),
    [("3", [3], [2, 4]), ("2-4", [2, 3, 4], [1, 5]), ("2-", [2, 99], [1])],
)
def test_a_range_of_steps(text, within, without):
    found = step_range(text)
    assert [number for number in (*within, *without) if number in found] == within


@pytest.mark.parametrize("text", ["", "a", "0", "0-3", "4-2", "-3", "1-2-3", "1,2"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(ValueError, match="is no range of steps: write 3, 2-4 or 2-"):
        step_range(text)


def test_a_range_is_shown_as_it_is_written():
    assert (str(StepRange(2, 4)), str(StepRange(2)), str(StepRange(3, 3))) == ("2-4", "2-", "3")
