"""When a job whose Pod was lost runs again. What a lost Pod is, test_outages.py shows on a real cluster."""

from __future__ import annotations

import shlex
import threading

import pytest

from ci.engines.kubernetes.choices import ClusterChoices
from ci.engines.kubernetes.jobs_at_once import JobsAtOnce
from ci.engines.kubernetes.pod import LostPod
from ci.engines.kubernetes.pod_jobs import MOST_RETRIES, PodJobs, kept_commands
from ci.errors import EngineError
from ci.events import Fidelity
from ci.options.parser import command_parser
from ci.runtime.task import Outcome
from ci.system.command_names import typed_command
from tests.tasks import task


class Jobs(PodJobs):
    """Jobs whose Pods end in a row of ways that a test gives, the last for ever."""

    def _run(self, task, emit, cancel):
        self.waiting.append(1)
        lost = self.names_there[min(len(self.waiting), len(self.names_there)) - 1]
        if isinstance(lost, Exception):
            raise lost
        return Outcome("failed" if lost else "success", Fidelity("exact")), lost


def run(tmp_path, ways, **choices):
    """How often a job ran, how it ended, and what was said."""
    runs, said = [], []
    jobs = Jobs(None, None, ClusterChoices(**choices), None, JobsAtOnce(1, 1024), ways, runs)
    outcome = jobs.run(task(tmp_path, []), said.append, threading.Event())
    return len(runs), outcome.status, [each.text for each in said]


def test_a_kept_pod_is_removed_by_a_command_of_ours(monkeypatch):
    monkeypatch.setenv("NOX_CIRCLECI_KUBECTL", "k")
    into, away = kept_commands("kind dev", "ci", "nox-a-1")
    assert into == "k --context 'kind dev' --namespace ci exec -it nox-a-1 -- sh"
    assert away == typed_command("clean pods --kube-context 'kind dev' --namespace ci")
    given = command_parser("clean").parse(shlex.split(away.partition(" clean ")[2]))
    assert (given.what, given.kube_context, given.kube_namespace) == (["pods"], "kind dev", "ci")


class Ways:
    """One way for ever, which notes how often it was taken."""

    def __init__(self, taken, way):
        self.taken, self.way = taken, way

    def __len__(self):
        return 1

    def __getitem__(self, number):
        self.taken.append(number)
        return self.way


def test_nothing_runs_twice_unasked(tmp_path):
    assert run(tmp_path, ["evicted"]) == (1, "failed", [])


def test_with_retry_a_lost_job_runs_again_and_says_that_it_may_have_run_before(tmp_path):
    times, status, said = run(tmp_path, ["evicted", ""], on_lost="retry")
    assert (times, status) == (2, "success")
    assert said == ["runs again: evicted. What its steps did until then may happen a second time (--on-lost retry)"]


@pytest.mark.parametrize("on_lost", ["fail", "retry"])
def test_a_job_whose_pod_is_not_lost_runs_once(tmp_path, on_lost):
    assert run(tmp_path, [""], on_lost=on_lost) == (1, "success", [])


def test_with_retry_a_job_whose_pod_is_lost_before_its_first_step_runs_again(tmp_path):
    times, status, said = run(tmp_path, [LostPod("evicted"), ""], on_lost="retry")
    assert (times, status) == (2, "success")
    assert said == ["runs again: evicted. None of its steps had begun (--on-lost retry)"]


@pytest.mark.parametrize(("on_lost", "times"), [("fail", 1), ("retry", 1 + MOST_RETRIES)])
def test_a_job_whose_pods_are_all_lost_before_its_first_step_fails_with_the_reason(tmp_path, on_lost, times):
    ways, lost = [], LostPod("evicted")
    with pytest.raises(LostPod, match="evicted"):
        run(tmp_path, Ways(ways, lost), on_lost=on_lost)
    assert len(ways) == times


def test_a_job_whose_pod_cannot_start_is_not_tried_again(tmp_path):
    ways = []
    with pytest.raises(EngineError, match="no such image"):
        run(tmp_path, Ways(ways, EngineError("no such image")), on_lost="retry")
    assert len(ways) == 1


def test_a_job_that_is_lost_again_and_again_fails_in_the_end(tmp_path):
    times, status, _ = run(tmp_path, ["out of memory"], on_lost="retry")
    assert (times, status) == (1 + MOST_RETRIES, "failed")
