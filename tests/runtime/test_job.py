"""How a job ends that the user ends: https://circleci.com/docs/guides/orchestrate/workflows/ (states)"""

import threading

import pytest

from ci.engines.host.engine import HostEngine
from ci.events import Output
from tests.tasks import run, task


def canceling(cancel):
    """An emit that ends the run with a step's first output."""

    def emit(event):
        if isinstance(event, Output):
            cancel.set()

    return emit


@pytest.mark.parametrize("after", [(), ("echo never",)], ids=["in its last step", "with a step to come"])
def test_a_job_that_is_ended_in_a_step_is_canceled_and_not_a_success(tmp_path, after):
    cancel = threading.Event()
    steps = [run("echo begun; sleep 300"), *map(run, after)]
    outcome = HostEngine().run(task(tmp_path, steps), canceling(cancel), cancel)
    assert (outcome.status, outcome.reason) == ("canceled", "the run was ended")
