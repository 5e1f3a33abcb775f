"""A job instance that hangs on orbs that are missing cannot run, and names them."""

from dataclasses import replace

import pytest

from ci.errors import Position
from ci.workflow.job_instances import STATUSES, JobInstance, Need, Workflow

HERE = Position("config.yml", 1, 1)
INSTANCE = JobInstance("a", "build", "a", "a", (), (), (), HERE)


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ((), None),
        (("a/b@1",), "its orb a/b@1 is missing"),
        (("a/b@1", "c/d@2"), "its orbs a/b@1, c/d@2 are missing"),
    ],
)
def test_why_an_instance_cannot_run(missing, reason):
    assert replace(INSTANCE, missing=missing).lacks == reason


def test_a_name_in_requires_stands_for_success():
    assert Need("a").statuses == ("success",)
    assert set(STATUSES) == {"success", "failed", "canceled", "unauthorized", "not_run"}


def test_an_instance_is_found_by_its_final_name():
    workflow = Workflow("w", HERE, (INSTANCE,))
    assert workflow.instance("a") is INSTANCE
    with pytest.raises(KeyError):
        workflow.instance("b")
