"""Runs that a person or the cluster ends, or keeps waiting: what is left, and what is told."""

from __future__ import annotations

import json
import signal
import sys
import time

import pytest

from ci.engines.kubernetes.manifest import SPOOL
from tests.engines.kubernetes.long_runs import CONFIG, IMAGE
from tests.patience import eventually
from tests.projects import make_project
from tests.windows import TerminalWindow

pytestmark = pytest.mark.kubernetes
RESOURCES = "NOX_CIRCLECI_KUBERNETES_RESOURCES"
PENDING = "NOX_CIRCLECI_KUBERNETES_PENDING_TIMEOUT"
SERVICE = f"{{image: {IMAGE}, command: [sleep, '300']}}"
NO_NODE = "resource_class: arm.medium"
"""A class that waits: the tests' cluster has no such node."""
MIXED = f"""\
    version: 2.1
    jobs:
      runs:
        docker: [{{image: {IMAGE}}}, {SERVICE}]
        steps: [run: echo begun; sleep 300]
      waits:
        docker: [{{image: {IMAGE}}}]
        {NO_NODE}
        steps: [run: 'true']
    workflows: {{w: {{jobs: [runs, waits]}}}}
    """


@pytest.fixture
def namespace(make_namespace):
    """Return a namespace of the test's own."""
    return make_namespace()


def config_of(step, images=f"{{image: {IMAGE}}}", more=""):
    return f"""\
    version: 2.1
    jobs:
      build:
        docker: [{images}]
        {more}
        steps: [run: {json.dumps(step)}]
    workflows: {{w: {{jobs: [build]}}}}
    """


def run(folder, namespace, config, **environ):
    project = make_project(folder / "project", config)
    return project.ci("run", "w", "--engine", "kubernetes", "--json", **{**namespace.environ, **environ})


def told(done):
    return [event["text"] for event in done.events if event["event"] == "notice"]


@pytest.mark.parametrize("signals", ["INT", "INT INT", "TERM"])
def test_a_run_that_is_ended_leaves_no_pod_whether_it_runs_or_waits(namespace, runs, signals):
    going = runs.start({**namespace.environ, "NOX_CIRCLECI_PARALLEL": "2"}, MIXED)
    assert eventually(lambda: {pod["status"]["phase"] for pod in namespace.pods()} == {"Running", "Pending"})
    for name in signals.split():
        going.process.send_signal(signal.Signals[f"SIG{name}"])
        time.sleep(0.1)
    assert going.process.wait(60) == 130
    assert eventually(lambda: namespace.pods() == [])


def test_a_run_that_is_ended_while_files_move_does_not_wait_for_them(namespace, runs):
    config = MIXED.replace(
        "[run: echo begun; sleep 300]",
        '[run: "truncate -s 1G big; echo begun", {persist_to_workspace: {root: ., paths: [big]}}]',
    )
    going = runs.start(namespace.environ, config)
    step = {"event": "step.start", "step": 2}
    assert eventually(lambda: any(step.items() <= each.items() for each in going.events()))
    going.process.send_signal(signal.SIGINT)
    assert going.process.wait(60) == 130
    ended = {each["job"]: each["status"] for each in going.events() if each["event"] == "job.finish"}
    assert ended == {"runs": "canceled", "waits": "canceled"}
    assert eventually(lambda: namespace.pods() == [])


def test_a_step_that_removes_the_images_shell_fails_its_job_soon(namespace, tmp_path):
    config = config_of("rm -f /bin/sh /bin/bash /usr/bin/sh /usr/bin/bash", f"{{image: {IMAGE}, user: root}}")
    config = config.replace("]\n    workflows", ", {store_artifacts: {path: out}}]\n    workflows")
    began = time.monotonic()
    done = run(tmp_path, namespace, config)
    assert done.status == 1
    assert time.monotonic() - began < 120


def test_on_lost_retry_asks_for_another_pod_where_one_is_deleted_that_waits(namespace, runs):
    going = runs.start({**namespace.environ, "NOX_CIRCLECI_PARALLEL": "2", "NOX_CIRCLECI_ON_LOST": "retry"}, MIXED)

    def waiting():
        return {pod["metadata"]["name"] for pod in namespace.pods() if pod["status"]["phase"] == "Pending"}

    assert eventually(lambda: len(waiting()) == 1)
    [first] = waiting()
    namespace.kubectl("delete", "pod", first, "--wait=false")
    assert eventually(lambda: waiting() and first not in waiting())
    again = [each["text"] for each in going.events() if each["event"] == "notice" and each["job"] == "waits"]
    assert [text for text in again if "None of its steps had begun (--on-lost retry)" in text]
    going.process.send_signal(signal.SIGINT)
    assert going.process.wait(60) == 130


def test_the_next_run_deletes_what_a_killed_one_left_and_nothing_of_one_that_lives(namespace, runs):
    lives = runs.start(namespace.environ)
    [living] = [pod["metadata"]["name"] for pod in namespace.pods()]
    killed = runs.start(namespace.environ, MIXED.replace(NO_NODE, ""))
    left = {pod["metadata"]["name"] for pod in namespace.pods()} - {living}
    killed.process.kill()
    killed.process.wait()
    done = killed.project.ci("run", "w", "-j", "waits", "--engine", "kubernetes", "--json", **namespace.environ)
    assert {text.split()[3].rstrip(",") for text in told(done) if text.startswith("deleted the Pod")} == left
    assert lives.end()["status"] == "success", lives.printed.read_text()


def test_an_evicted_pod_fails_its_job_with_the_reason(namespace, runs):
    going = runs.start(namespace.environ)
    [name] = [pod["metadata"]["name"] for pod in namespace.pods()]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    path = f"/api/v1/namespaces/{namespace.name}/pods/{name}/eviction"
    namespace.kubectl("create", "--raw", path, "-f", "-", document=eviction)
    ended = going.end()
    assert ended["status"] == "failed"
    assert "evicted" in ended["reason"]


@pytest.mark.parametrize(
    ("step", "words"),
    [("sleep 1; kill 1; sleep 60", "its first process has ended"), ("kill -9 -1; sleep 60", "was killed")],
    ids=["the first process", "all others"],
)
def test_a_step_that_ends_what_keeps_it_fails_its_job(namespace, tmp_path, step, words):
    done = run(tmp_path, namespace, config_of(step))
    assert words in done.finish("build")["reason"]


def test_a_step_that_is_out_of_memory_is_told_with_its_class(namespace, tmp_path):
    """Whether the kubelet ends the whole container or one process is the node's: cgroup v2 or v1."""
    done = run(tmp_path, namespace, config_of("head -c 400m /dev/zero | tail"), **{RESOURCES: "0.05"})
    assert done.status == 1
    assert "out of memory: resource class medium" in " ".join([*told(done), done.finish("build")["reason"]])


def test_an_image_whose_registry_is_not_there_fails_its_job_with_what_the_node_says(namespace, tmp_path):
    done = run(tmp_path, namespace, config_of("true", "{image: 'localhost:1/no/such:1'}"))
    reason = done.finish("build")["reason"]
    assert "the image localhost:1/no/such:1 cannot be pulled" in reason
    assert "connection refused" in reason


def test_a_service_that_fails_is_told_though_the_job_passes(namespace, tmp_path):
    service = f"{{image: {IMAGE}, name: db, command: [sh, -c, 'echo no settings; exit 3']}}"
    done = run(tmp_path, namespace, config_of("sleep 3", f"{{image: {IMAGE}}}, {service}"))
    assert done.status == 0
    assert any("(db)" in text and "no settings" in text for text in told(done))


def test_a_class_that_no_node_can_hold_fails_in_time_with_the_schedulers_words(namespace, tmp_path):
    environ = {RESOURCES: "1000", PENDING: "10s"}
    done = run(tmp_path, namespace, config_of("true"), **environ)
    reason = done.finish("build")["reason"]
    assert reason.startswith("its Pod has not started within 10 s (kubernetes.pending-timeout): waits for a node: 0/")
    assert "Insufficient cpu" in reason


def test_the_live_view_shows_what_a_job_waits_for(namespace, tmp_path):
    project = make_project(tmp_path / "project", config_of("true"))
    words = [sys.executable, "-m", "ci", "run", "w", "--engine", "kubernetes"]
    window = TerminalWindow(words, project.path, 160, 20, {**namespace.environ, RESOURCES: "1000"})
    assert eventually(lambda: any("build: waits for a node: 0/" in line for line in window.lines))
    window.process.send_signal(signal.SIGINT)
    assert window.process.wait(60) == 130


def test_a_step_goes_on_while_every_connection_to_its_pod_is_cut(namespace, runs):
    going = runs.start(namespace.environ)
    [name] = [pod["metadata"]["name"] for pod in namespace.pods()]
    namespace.kubectl("exec", name, "--", "sh", "-c", f"kill -9 $(cat {SPOOL}/process-*/followers) || :")
    assert going.end()["status"] == "success", going.printed.read_text()
    lines = int(CONFIG.partition("seq ")[2].partition(")")[0])
    assert going.output() == "".join(f"line {number}\n" for number in range(1, lines + 1)) + "then\n"


RETRIED = f"""\
    version: 2.1
    jobs:
      build:
        docker: [{{image: {IMAGE}}}]
        steps:
          - run: mkdir r; echo "<testsuite><testcase classname='a' name='b'/></testsuite>" >r/$HOSTNAME.xml
          - store_test_results: {{path: r}}
          - store_artifacts: {{path: r, destination: x}}
          - run: echo begun; sleep 8
    workflows: {{w: {{jobs: [build]}}}}
    """


def test_what_a_lost_pod_has_left_does_not_count_and_that_it_was_run_again_is_kept(namespace, runs):
    run = runs.start({**namespace.environ, "NOX_CIRCLECI_ON_LOST": "retry"}, RETRIED)
    namespace.kubectl("delete", "pods", "--all", "--wait=false")
    ended = run.end()
    assert ended["status"] == "success", run.printed.read_text()
    assert (ended["tests"]["total"], ended["artifacts"]) == (1, 1)
    folder = run.project.path / ".nox/ci/runs/last"
    for kept in ("artifacts/build/x", "test-results/build"):
        assert len(list((folder / kept).rglob("*.xml"))) == 1
    [difference] = [each for each in ended["fidelity"]["differences"] if "it was run again" in each]
    assert "deletes its Pod" in difference
