"""Equal failures of several jobs are one."""

from dataclasses import replace

import pytest

from ci.errors import Position
from ci.report.failure import Evidence, FailedTest, Failure, merged

HERE = Position("config.yml", 3, 7)


def failure(job, *lines, **values):
    fields = {"step": 2, "name": "make", "exit_status": 1, "evidence": Evidence(lines, len(lines))}
    return Failure((job,), "failed", 1.0, HERE, **fields | values)


def test_thirty_jobs_that_fail_alike_and_one_that_does_not_are_two():
    alike = [failure(f"t-{number}", f"in /tmp/t-{number}/x: failed after 0.{number} s") for number in range(30)]
    first, other = merged([*alike[:20], failure("t-30", "no space left"), *alike[20:]])
    assert first.jobs == tuple(f"t-{number}" for number in range(30))
    assert first.evidence == alike[0].evidence
    assert other.jobs == ("t-30",)


def test_another_exit_status_place_step_or_message_is_another_failure():
    one = failure("a", "x")
    others = [
        failure("b", "x", exit_status=2),
        failure("c", "x", message="no such cache"),
        failure("d", "x", step=3),
        replace(failure("e", "x"), position=None),
    ]
    assert len(merged([one, *others])) == 5


def test_nodes_of_a_job_that_fail_alike_are_one():
    assert [each.jobs for each in merged([failure("t/0", "t/0 failed"), failure("t/1", "t/1 failed")])] == [
        ("t/0", "t/1")
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/tmp/nox-circleci-7d2c3660/file-2: line 1: x", "/tmp/nox-circleci-52d4893f/file-2: line 1: x"),
        ("/var/nox-circleci-17-18-sfknku0_/home: no", "/var/nox-circleci-17-19-qwertz_a/home: no"),
        ("cannot open /tmp/tmp.aBcD/x", "cannot open /tmp/tmp.EfGh/x"),
        ("<object at 0x7f7ecb353c60>", "<object at 0x7f7ec957b100>"),
        ("2 failed in 0.31s", "2 failed in 12s"),
    ],
)
def test_numbers_ids_and_temporary_folders_make_no_other_failure(one, other):
    assert len(merged([failure("a", one), failure("b", other)])) == 1


def test_tests_decide_where_there_are_any():
    same = (FailedTest("test_a", "assert 1 == 2"),)
    found = merged(
        [
            failure("a", "took long", tests=same, tests_total=1),
            failure("b", "was quick", tests=same, tests_total=1),
            failure("c", "was quick", tests=(FailedTest("test_b", ""),), tests_total=1),
        ]
    )
    assert [each.jobs for each in found] == [("a", "b"), ("c",)]
