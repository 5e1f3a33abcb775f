"""Jobs while something of their cluster fails: they go on where they can, and say what they have lost where not."""

from __future__ import annotations

import json
import signal

import pytest

from tests.cluster import faults
from tests.cluster.ground import open_namespace
from tests.engines.kubernetes.long_runs import LINES
from tests.patience import eventually

pytestmark = pytest.mark.kubernetes
WHOLE = "".join(f"line {number}\n" for number in range(1, LINES + 1)) + "then\n"


@pytest.fixture(scope="module")
def own():
    """A cluster whose faults no other test meets."""
    with faults.own_cluster() as cluster:
        yield cluster


@pytest.fixture
def namespace(own, tmp_path):
    own.kubectl("wait", "node", "--all", "--for", "condition=Ready", "--timeout", "60s")  # after another test's fault
    with open_namespace(own, tmp_path) as made:
        yield made


@pytest.mark.parametrize("part", ["apiserver", "n1-kubelet", "n1-containerd"])
def test_a_step_goes_on_while_a_part_of_the_cluster_is_gone_and_its_output_comes_once_and_in_order(
    own, namespace, runs, part
):
    run = runs.start(namespace.environ)
    with faults.killed(own, part, seconds=3):
        pass
    assert run.end()["status"] == "success", run.printed.read_text()
    assert run.output() == WHOLE


def test_a_step_goes_on_while_its_node_has_no_network(own, namespace, runs):
    run = runs.start(namespace.environ)
    with faults.cut_off(own, "n1", seconds=10):
        pass
    assert run.end()["status"] == "success", run.printed.read_text()
    assert run.output() == WHOLE


def test_the_pod_of_a_run_that_was_killed_ends_itself_and_the_next_run_removes_it(namespace, runs):
    run = runs.start({**namespace.environ, "NOX_CIRCLECI_KUBERNETES_SILENCE_LIMIT": "15s"})
    [pod] = namespace.pods()
    run.process.send_signal(signal.SIGKILL)
    run.process.wait()
    ended = ["wait", "pod", pod["metadata"]["name"], "--for", "jsonpath={.status.phase}=Failed", "--timeout", "120s"]
    namespace.kubectl(*ended)
    [state] = namespace.pods()[0]["status"]["containerStatuses"]
    assert state["state"]["terminated"]["exitCode"] == 75
    run.project.write(".circleci/config.yml", "version: 2.1\njobs:\n  build: {docker: [{image: nox-circleci/base}], "
                      "steps: [run: 'true']}\nworkflows: {w: {jobs: [build]}}\n")  # fmt: skip
    done = run.project.ci("run", "w", "--engine", "kubernetes", **namespace.environ)
    assert done.status == 0, done.stdout + done.stderr
    assert f"deleted the Pod {pod['metadata']['name']}, which a killed run left" in done.stdout
    assert eventually(lambda: namespace.pods() == [])


def test_a_pod_that_is_deleted_fails_its_job_and_is_not_run_again(namespace, runs):
    run = runs.start(namespace.environ)
    namespace.kubectl("delete", "pods", "--all", "--wait=false")
    ended = run.end()
    assert ended["status"] == "failed"
    assert "deletes its Pod" in json.dumps(run.events())
    assert [event["event"] for event in run.events()].count("job.start") == 1


def test_on_lost_retry_runs_the_job_of_a_deleted_pod_again_and_says_so(namespace, runs):
    run = runs.start({**namespace.environ, "NOX_CIRCLECI_ON_LOST": "retry"})
    namespace.kubectl("delete", "pods", "--all", "--wait=false")
    assert run.end()["status"] == "success", run.printed.read_text()
    assert run.output().endswith(WHOLE)
    assert "may happen a second time (--on-lost retry)" in run.printed.read_text()
