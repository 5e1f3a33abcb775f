"""Workflows become plain data and come back as they were."""

import typing

import pytest

from ci.errors import Position, Problem
from ci.workflow import model
from ci.workflow.job_instances import CronTrigger, JobInstance, Need, Workflow
from ci.workflow.plain_data import CLASSES, from_plain, to_plain

AT = Position("config.yml", 3, 7)
STEPS = (model.Run(AT, "a", "make", environment=(("A", "b"),), background=True), model.Checkout(AT, path="src"))
JOB = model.Job("j", AT, STEPS, "docker", (model.Image("a/b", AT, auth=("me", "$WORD"), command=("x",)),))
INSTANCE = JobInstance("j", "build", "j", "j", ("default",), (Need("i", ("failed",)),), ("c",), AT, JOB)
WORKFLOW = Workflow("w", AT, (INSTANCE,), triggers=(CronTrigger("0 0 * * *", AT, "not for dev", AT),))


@pytest.mark.parametrize(
    "value", [WORKFLOW, (WORKFLOW, WORKFLOW), Problem("m", None, "h", (("in", AT),)), (), None, 1.5]
)
def test_what_comes_back_is_what_it_was(value):
    assert from_plain(to_plain(value)) == value


def test_every_kind_of_step_is_kept():
    assert set(typing.get_args(model.Step)) <= set(CLASSES.values())


@pytest.mark.parametrize("value", [{}, [], object(), b"", {"a"}])
def test_what_is_neither_a_record_nor_plain_is_refused(value):
    with pytest.raises(TypeError, match="is not kept"):
        to_plain(value)
