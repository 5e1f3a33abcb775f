"""Which steps of a job are sent ahead of their turn."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ci.runtime import left_node
from ci.workflow.model import Checkout, SetupRemoteDocker, StoreArtifacts
from tests.tasks import HERE, run


class Job:
    """A job as far as it is asked which step comes next."""

    def __init__(self, steps, failed=(), left_out=()):
        self.task = SimpleNamespace(job=SimpleNamespace(steps=steps), left_out=left_out)
        self.failed = set(failed)


PLAIN, FAIL, ALWAYS = run("a"), run("a", when="on_fail"), run("a", when="always")
BACKGROUND = run("a", background=True)
CHECKOUT, STORE, DOCKER = Checkout(HERE), StoreArtifacts(HERE, "a"), SetupRemoteDocker(HERE)


@pytest.mark.parametrize(
    ("steps", "number", "wanted"),
    [
        ([PLAIN, PLAIN], 1, [1, 2]),
        ([PLAIN, PLAIN], 2, [2]),
        ([CHECKOUT, PLAIN], 1, []),
        ([PLAIN, STORE, PLAIN], 1, [1]),
        ([BACKGROUND, PLAIN], 1, []),
        ([PLAIN, BACKGROUND, PLAIN], 1, [1]),
        ([PLAIN, DOCKER, PLAIN], 1, [1, 3]),
        ([DOCKER, PLAIN], 1, []),
        ([FAIL, PLAIN], 1, []),
        ([PLAIN, FAIL, ALWAYS], 1, [1, 2, 3]),
        ([run("a\0b")], 1, []),
    ],
)
def test_run_steps_that_follow_each_other_go_ahead_together(steps, number, wanted):
    assert left_node.ahead(Job(steps), number) == wanted


def test_a_job_that_has_failed_begins_with_a_step_that_runs_then():
    steps = [PLAIN, FAIL, PLAIN]
    assert left_node.ahead(Job(steps, failed=[1]), 1) == []
    assert left_node.ahead(Job(steps, failed=[1]), 2) == [2, 3]


def test_steps_that_the_user_leaves_out_do_not_go_ahead():
    steps = [PLAIN, PLAIN, PLAIN]
    assert left_node.ahead(Job(steps, left_out=[2]), 1) == [1, 3]
    assert left_node.ahead(Job(steps, left_out=[1]), 1) == []


def test_what_a_job_has_used_is_known_again_by_its_kind():
    assert left_node.KINDS["Checkout"] is Checkout
    assert "terminal" not in left_node.KINDS
