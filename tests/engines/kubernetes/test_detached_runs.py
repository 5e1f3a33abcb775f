"""Runs that end while their jobs go on in the cluster, and are come back to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.patience import eventually
from tests.projects import ROOT, make_project

pytestmark = pytest.mark.kubernetes

SHORT_LIMIT = {"NOX_CIRCLECI_KUBERNETES_SILENCE_LIMIT": "15s"}
CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps:
          - checkout
          - run: {name: Serve, command: "while sleep 1; do echo serving; done", background: true}
          - run: |
              for n in $(seq 8); do echo "line $n $KEY"; sleep 1; done
              mkdir out; echo made > out/file; rm -rf /tmp/*
          - run: {name: Unused, when: on_fail, command: echo not this}
          - run: {name: Test, command: "cat note.txt; echo tried; exit 3"}
          - run: {name: Then, command: echo nor this}
          - run: {name: Why, when: on_fail, command: echo because}
          - store_artifacts: {path: out}
          - run: {name: Last, when: always, command: echo at last}
      pack:
        docker: [{image: nox-circleci/base}]
        parallelism: 2
        steps:
          - run: mkdir out; echo "$CIRCLE_NODE_INDEX" > "out/$CIRCLE_NODE_INDEX"
          - persist_to_workspace: {root: ., paths: [out]}
      ship:
        docker: [{image: nox-circleci/base}]
        steps: [{attach_workspace: {at: .}}, {run: cat out/*}]
      never:
        docker: [{image: nox-circleci/base}]
        steps: [run: echo never]
    workflows:
      w: {jobs: [build, pack, {ship: {requires: [pack]}}, {never: {requires: [build]}}]}
      one: {jobs: [pack]}
    """


def detach(project, namespace, workflow="w", *words, **environ):
    variables = {**namespace.environ, **environ}
    return project.ci("run", workflow, "--engine", "kubernetes", "--detach", *words, **variables)


def events(project, run="last"):
    lines = (project.path / ".nox/ci/runs" / run / "events.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def printed(project, job, run="last"):
    """Return what each step of a job has printed, by number."""
    found: dict[int, str] = {}
    for each in events(project, run):
        if each["event"] == "output" and each["job"] == job:
            found[each["step"]] = found.get(each["step"], "") + each["text"]
    return found


def test_jobs_go_on_without_this_machine_and_are_come_back_to(tmp_path, make_namespace):
    namespace = make_namespace()
    project = make_project(tmp_path, CONFIG, **{"note.txt": "a note\n"})
    secret = {"KEY": "a-long-secret-value"}
    left = detach(project, namespace, "w", "--env", "KEY", **secret, **SHORT_LIMIT)
    begun = time.monotonic()
    assert left.status == 0, left.stdout + left.stderr
    line = left.stdout.splitlines()[-1]
    assert line.startswith("build, pack go on in the cluster (context ")
    run = line.rpartition(" ")[2]
    assert line.endswith(f"come back: python -m ci resume {run}")
    listed = json.loads(project.ci("runs", "--json").stdout)
    assert [(each["id"], each["result"]) for each in listed] == [(run, "detached")]
    assert f"run {run} has left build, pack in its cluster until" in project.ci("doctor").stdout

    # another run deletes no Pod of it, though its process has ended, and the silence limit passes
    other = project.ci("run", "one", "-j", "pack", "--engine", "kubernetes", **namespace.environ)
    assert other.status == 0, other.stdout + other.stderr
    assert "deleted the Pod" not in other.stdout
    assert eventually(lambda: len(running(namespace)) == 3)
    time.sleep(max(0.0, begun + 18 - time.monotonic()))
    assert {each["status"]["phase"] for each in running(namespace)} == {"Running"}

    done = project.ci("resume", run, "--env", "KEY", **namespace.environ, **secret)
    assert done.status == 1, done.stdout + done.stderr
    ended = {each["job"]: each for each in events(project, run) if each["event"] == "job.finish"}
    assert {job: each["status"] for job, each in ended.items()} == {
        "build": "failed",
        "pack": "success",
        "ship": "success",
        "never": "not_run",
    }
    [end] = [each for each in events(project, run) if each["event"] == "run.finish"]
    assert end["seconds"] > 18, "a run takes as long as from its begin, not from this command's"
    build = printed(project, "build", run)
    assert build[3] == "".join(f"line {n} ****\n" for n in range(1, 9))
    assert build[5] == "a note\ntried\n"
    assert build[7] == "because\n"
    assert build[9] == "at last\n"
    assert set(build) - {1, 2, 8} == {3, 5, 7, 9}
    assert printed(project, "ship", run)[2] == "0\n1\n"
    assert (project.path / ".nox/ci/runs" / run / "artifacts/build/out/file").read_text() == "made\n"
    log = (project.path / ".nox/ci/runs" / run / "log/build.log").read_text()
    assert log.index("== 1. Checkout code") < log.index("== 3. ") < log.index("line 1 ****")
    assert [each["event"] for each in events(project, run)].count("run.start") == 1
    record = json.loads((project.path / ".nox/ci/runs" / run / "run.json").read_text())
    (job,) = [each for each in record["workflows"][0]["jobs"] if each["name"] == "build"]
    assert [each["number"] for each in job["nodes"][0]["steps"]] == [1, 2, 3, 5, 7, 8, 9]
    assert job["nodes"][0]["steps"][2]["seconds"] >= 7  # not as long as it took to read it
    for file in (project.path / ".nox").rglob("*"):
        assert not file.is_file() or secret["KEY"].encode() not in file.read_bytes()
    assert eventually(lambda: not running(namespace))


def running(namespace):
    return [each for each in namespace.pods() if "deletionTimestamp" not in each["metadata"]]


def phases(namespace):
    return sorted(each["status"]["phase"] for each in running(namespace))


WAITS = """
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps: [{run: echo begun; sleep 60}, {run: echo then}]
    workflows: {w: {jobs: [build]}}
    """


def test_a_pod_that_is_gone_meanwhile_fails_its_job_with_the_reason(tmp_path, make_namespace):
    namespace = make_namespace()
    project = make_project(tmp_path, WAITS)
    assert detach(project, namespace).status == 0
    (pod,) = namespace.pods()
    namespace.kubectl("delete", "pod", pod["metadata"]["name"], "--grace-period", "1")
    done = project.ci("resume", **namespace.environ)
    assert done.status == 1
    assert f"its Pod {pod['metadata']['name']} is gone" in done.stdout
    again = project.ci("resume", **namespace.environ)
    assert (again.status, "no job is paused" in again.stderr) == (2, True)
    run = json.loads(project.ci("runs", "--json").stdout)[0]["id"]
    named = project.ci("resume", run, "--env", "KEY=value", **namespace.environ)
    assert named.stderr.splitlines() == [
        f"no job of run {run} goes on or waits: it has ended (failed)",
        f"    `python -m ci rerun {run}` runs again what has not passed.",
    ]


def test_on_lost_retry_runs_the_job_of_a_pod_that_is_gone_meanwhile_again_and_says_so(tmp_path, make_namespace):
    namespace = make_namespace()
    project = make_project(tmp_path, WAITS.replace("sleep 60", "sleep 8"))
    assert detach(project, namespace).status == 0
    (pod,) = namespace.pods()
    namespace.kubectl("delete", "pod", pod["metadata"]["name"], "--grace-period", "1")
    done = project.ci("resume", "--on-lost", "retry", **namespace.environ)
    assert done.status == 0, done.stdout + done.stderr
    assert f"runs again: its Pod {pod['metadata']['name']} is gone" in done.stdout
    assert "may happen a second time (--on-lost retry)" in done.stdout


def test_pods_end_themselves_after_the_detach_timeout(tmp_path, make_namespace):
    namespace = make_namespace()
    project = make_project(tmp_path, WAITS)
    assert detach(project, namespace, NOX_CIRCLECI_KUBERNETES_DETACH_TIMEOUT="3s").status == 0
    assert eventually(lambda: namespace.pods()[0]["status"]["phase"] == "Failed")
    done = project.ci("resume", **namespace.environ)
    assert done.status == 1
    assert "kubernetes.detach-timeout" in done.stdout


def test_a_pod_ends_itself_if_the_run_is_killed_before_it_has_left_the_other_jobs(tmp_path, make_namespace):
    """Nobody could come back to it; while the run waits for them, its Pod goes on longer than the silence limit."""
    namespace = make_namespace()
    other = "other: {docker: [{image: nox-circleci/base}], resource_class: arm.medium, steps: [run: echo never]}"
    config = WAITS.replace("jobs:", f"jobs:\n      {other}", 1).replace("[build]", "[build, other]")
    project = make_project(tmp_path, config)
    words = [sys.executable, "-u", "-m", "ci", "run", "w", "--engine", "kubernetes", "--detach"]
    environ = {**os.environ, **namespace.environ, **SHORT_LIMIT, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=project.path, env=environ, stdout=subprocess.PIPE) as run:
        assert eventually(lambda: phases(namespace) == ["Pending", "Running"])
        (pod,) = [each for each in running(namespace) if each["status"]["phase"] == "Running"]
        mark = ["exec", pod["metadata"]["name"], "-n", namespace.name, "--", "ls", "/.nox-circleci/detached"]
        assert eventually(lambda: namespace.cluster.answers(*mark))
        time.sleep(18)
        assert phases(namespace) == ["Pending", "Running"]
        run.kill()
    assert eventually(lambda: phases(namespace) == ["Failed", "Pending"])


def test_only_one_comes_back_and_ctrl_c_then_ends_all_jobs(tmp_path, make_namespace):
    """Those too whose turn has not come."""
    namespace = make_namespace()
    project = make_project(tmp_path, WAITS.replace("[build]", "[build, {build: {name: other}}]"))
    assert detach(project, namespace).status == 0
    words = [sys.executable, "-u", "-m", "ci", "resume"]
    environ = {**os.environ, **namespace.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=project.path, env=environ, stdout=subprocess.PIPE, text=True) as first:
        while "begun" not in (line := first.stdout.readline()):
            assert line
        run = json.loads(project.ci("runs", "--json").stdout)[0]
        assert run["result"] == "running"
        second = project.ci("resume", run["id"], **namespace.environ)
        assert second.status == 2
        first.send_signal(signal.SIGINT)
        first.stdout.read()
    assert first.returncode == 130
    assert eventually(lambda: not running(namespace))
    assert json.loads(project.ci("runs", "--json").stdout)[0]["result"] == "canceled"


def test_a_cluster_that_does_not_answer_changes_nothing(tmp_path, make_namespace):
    namespace = make_namespace()
    project = make_project(tmp_path, WAITS.replace("sleep 60", "sleep 1"))
    assert detach(project, namespace).status == 0
    refused = project.ci("resume", **{**namespace.environ, "NOX_CIRCLECI_KUBECTL": "false"})
    assert refused.status not in (0, 1), refused.stdout
    assert json.loads(project.ci("runs", "--json").stdout)[0]["result"] == "detached"
    done = project.ci("resume", **namespace.environ)
    assert done.status == 0, done.stdout + done.stderr
    assert [each["event"] for each in events(project)].count("run.finish") == 1


def test_clean_ends_what_is_detached_and_says_so(tmp_path, make_namespace):
    namespace = make_namespace()
    project = make_project(tmp_path, WAITS)
    assert detach(project, namespace).status == 0
    run = json.loads(project.ci("runs", "--json").stdout)[0]["id"]
    done = project.ci("clean", "pods", **namespace.environ)
    assert (done.status, done.stdout) == (0, f"ended run {run}, which had detached build\n")
    assert eventually(lambda: not running(namespace))
    assert json.loads(project.ci("runs", "--json").stdout)[0]["result"] == "canceled"


def test_clean_leaves_a_pod_alone_that_somebody_has_come_back_to(tmp_path, make_namespace):
    namespace = make_namespace()
    project = make_project(tmp_path, WAITS.replace("sleep 60", "sleep 6"))
    assert detach(project, namespace).status == 0
    words = [sys.executable, "-u", "-m", "ci", "resume"]
    environ = {**os.environ, **namespace.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=project.path, env=environ, stdout=subprocess.PIPE, text=True) as resumed:
        while "begun" not in (line := resumed.stdout.readline()):
            assert line
        done = project.ci("clean", "pods", **namespace.environ)
        assert (done.status, done.stdout) == (0, "")
        said = resumed.stdout.read()
    assert resumed.returncode == 0, said


def test_clean_ends_jobs_of_which_nothing_is_known_any_more(tmp_path, make_namespace):
    namespace = make_namespace()
    project = make_project(tmp_path, WAITS)
    assert detach(project, namespace).status == 0
    run = json.loads(project.ci("runs", "--json").stdout)[0]["id"]
    (project.path / ".nox/ci/runs" / run / "detached.json").write_text("{")
    refused = project.ci("resume", run, **namespace.environ)
    assert "`python -m ci clean pods` ends its jobs" in refused.stderr
    (pod,) = running(namespace)
    done = project.ci("clean", "pods", **namespace.environ)
    assert done.stdout.splitlines() == [
        f"ended run {run}, whose detached jobs are not known any more",
        f"removed the Pod {pod['metadata']['name']}",
    ]
    assert eventually(lambda: not running(namespace))


def test_a_run_that_was_come_back_to_can_be_left_again(tmp_path, make_namespace):
    namespace = make_namespace()
    steps = "[{run: echo one; sleep 3}, {store_artifacts: {path: note.txt}}, {run: echo two; sleep 3}]"
    project = make_project(tmp_path, WAITS.replace("[{run: echo begun; sleep 60}, {run: echo then}]", steps))
    assert detach(project, namespace).status == 0
    again = project.ci("resume", "--detach", **namespace.environ)
    assert again.status == 0, again.stdout + again.stderr
    assert "build goes on in the cluster" in again.stdout
    done = project.ci("resume", **namespace.environ)
    assert done.status == 0, done.stdout + done.stderr
    assert printed(project, "build") == {1: "one\n", 2: "No artifact files found at note.txt\n", 3: "two\n"}
