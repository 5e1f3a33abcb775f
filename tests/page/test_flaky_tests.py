"""Which tests are flaky, over the runs that are kept."""

from __future__ import annotations

import pytest

from ci.page.flaky_tests import TestRun, flaky_tests
from ci.page.kept_tests import KeptTest

OUTCOMES = {"P": "", "F": "failure", "E": "error", "S": "skipped"}


def runs(*parts: str) -> list[TestRun]:
    """Make runs of one test: ``COMMIT:RESULTS``, an empty commit for one with uncommitted files."""
    found = []
    for part in parts:
        content, _, results = part.partition(":")
        found.append(TestRun(content, [KeptTest("w", "job", "test", 0.1, OUTCOMES[each]) for each in results]))
    return found


@pytest.mark.parametrize(
    ("history", "flaky"),
    [
        (["a:P", "a:F"], True),
        (["a:F", "b:P", "a:P"], True),
        (["a:E", "a:P"], True),
        (["a:FP"], True),
        ([":FP"], True),
        (["a:P", "b:F"], False),
        (["a:P", "b:F", "c:P"], False),
        (["a:P", "b:F", "c:P", "d:F"], True),
        ([":P", ":F"], False),
        ([":P", ":F", ":P", ":F"], True),
        (["a:F", "a:F"], False),
        (["a:S", "a:F", "a:S"], False),
        (["a:P", "a:S", "a:P"], False),
        (["a:P", "a:", "a:P"], False),
        ([], False),
    ],
)
def test_a_test_is_flaky_if_it_passed_and_failed_at_one_commit_or_changed_three_times(history, flaky):
    assert bool(flaky_tests(runs(*history))) is flaky


def test_a_flaky_test_has_its_results_oldest_first_and_the_commit():
    (found,) = flaky_tests(runs("a:P", "b:F", "b:P", "c:FP"))
    assert found.results == ("passed", "failed", "passed", "mixed")
    assert (found.content, found.changes) == ("b", 3)


def test_a_test_of_one_name_in_another_job_is_another_test():
    tests = [KeptTest("w", "py36", "test", 0.1), KeptTest("w", "py3", "test", 0.1, "failure")]
    assert flaky_tests([TestRun("a", tests)]) == []


def test_what_changes_most_comes_first():
    often = [KeptTest("w", "j", "often", 0, "" if each % 2 else "failure") for each in range(8)]
    rarely = [KeptTest("w", "j", "rarely", 0, "" if each else "failure") for each in range(8)]
    history = [TestRun("a", [one, other]) for one, other in zip(rarely, often, strict=True)]
    assert [each.name for each in flaky_tests(history)] == ["often", "rarely"]
