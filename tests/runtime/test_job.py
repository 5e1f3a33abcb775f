"""How a job ends that the user ends: https://circleci.com/docs/guides/orchestrate/workflows/ (states)"""

import threading

import pytest

from tests.tasks import run, run_task, task


@pytest.mark.parametrize("after", [(), ("echo never",)], ids=["in its last step", "with a step to come"])
def test_a_job_that_is_ended_in_a_step_is_canceled_and_not_a_success(tmp_path, after):
    cancel = threading.Event()
    timer = threading.Timer(0.5, cancel.set)
    timer.start()
    outcome, _ = run_task(task(tmp_path, [run("sleep 30"), *map(run, after)]), cancel)
    timer.join()
    assert (outcome.status, outcome.reason) == ("canceled", "the run was ended")
