"""A run that cannot reach a cluster: one clear line with what to do, exit status 2, no process left.

A program stands for kubectl here; ``cluster/test_real_cluster.py`` asks the real one.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import alive, eventually
from tests.projects import ROOT, make_project

pytest.importorskip("websockets")
PROGRAM = Path(__file__).parent / "cluster" / "stand_in_kubectl.py"
CONFIG = """
    version: 2.1
    jobs: {build: {docker: [{image: a/b}], steps: [run: 'true']}}
    workflows: {w: {jobs: [build]}}
    """
VIEW = {"contexts": [{"name": "work", "context": {"cluster": "c", "user": "u"}}], "current-context": "work"}


class StandIn:
    """A project, and the folder of a program that stands for kubectl."""

    def __init__(self, folder):
        self.folder = folder / "kubectl"
        self.folder.mkdir()
        self.temporary = folder / "t"
        self.temporary.mkdir()
        self.project = make_project(folder / "project", CONFIG)
        self.write("view", json.dumps(VIEW))

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def answer(self, code, text):
        self.write("answer", f"HTTP/1.1 {code} Said\r\nContent-Length: {len(text)}\r\n\r\n{text}")

    def refuse(self, code, reason, message):
        found = {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": code}
        self.answer(code, json.dumps(found))

    def environ(self, program=PROGRAM):
        return {"STAND_IN": str(self.folder), "TMPDIR": str(self.temporary), "NOX_CIRCLECI_KUBECTL": str(program)}

    def ci(self, *words, program=PROGRAM):
        return self.project.ci(*words, "--engine", "kubernetes", **self.environ(program))

    def left(self):
        """Return what is left of a run: temporary files, processes in kubectl's place."""
        pids = self.folder / "pids"
        running = [each for each in (pids.read_text().split() if pids.exists() else ()) if alive(each)]
        return [*os.listdir(self.temporary), *running]

    def refused(self, *words, program=PROGRAM):
        """Return what a run says that is refused; nothing of it is left."""
        done = self.ci("run", "w", *words, program=program)
        assert done.status == 2, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert not self.left()
        assert not list(self.project.path.glob(".nox/ci/runs/*"))
        return done.stderr


@pytest.fixture
def kubectl(tmp_path):
    return StandIn(tmp_path)


def test_no_kubectl(kubectl):
    line = kubectl.refused(program="no-such-kubectl")
    assert line.startswith("the engine 'kubernetes' cannot run here: there is no program no-such-kubectl, ")
    assert "which NOX_CIRCLECI_KUBECTL names" in line


def test_a_namespace_that_no_cluster_can_have(kubectl):
    assert "'My Namespace' is no name of a cluster's" in kubectl.refused("--namespace", "My Namespace")


def test_a_platform_that_no_pod_has(kubectl):
    line = kubectl.refused("--platform", "windows/amd64")
    assert line.startswith("the engine 'kubernetes' cannot run here: --platform windows/amd64: Pods run Linux")


def test_a_kubectl_without_a_kubeconfig(kubectl):
    kubectl.write("view", json.dumps({"contexts": None, "current-context": ""}))
    line, hint = kubectl.refused().splitlines()
    assert line.startswith("kubectl knows no cluster: there is no kubeconfig")
    assert "kind create cluster" in hint


def test_a_context_that_is_not_there(kubectl):
    line, hint = kubectl.refused("--kube-context", "wrok").splitlines()
    assert line == "there is no context 'wrok' in your kubeconfig"
    assert "Did you mean 'work'?" in hint


def test_a_kubectl_that_does_not_start(kubectl):
    kubectl.write("error", "error: stale GroupVersion discovery")
    line, hint = kubectl.refused().splitlines()
    assert line == "kubectl cannot start for context work: error: stale GroupVersion discovery"
    assert "--context work get pods`" in hint


@pytest.mark.parametrize(
    "reason",
    [
        "dial tcp 127.0.0.1:1: connect: connection refused",
        "getting credentials: exec: executable aws not found\n\nIt looks like you are ...",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    ],
)
def test_a_cluster_that_does_not_answer(kubectl, reason):
    kubectl.answer(500, reason)
    line, hint = kubectl.refused().splitlines()
    assert line == f"the cluster of context work does not answer: {reason.splitlines()[0]}"
    assert "no job can run until that works" in hint


@pytest.mark.parametrize(
    ("code", "text"),
    [(404, "<!DOCTYPE HTML>\n<p>Not found"), (200, "<!DOCTYPE HTML>"), (200, '{"kind": "Page"}'), (200, "[]")],
)
def test_a_server_that_is_no_kubernetes(kubectl, code, text):
    kubectl.answer(code, text)
    line, hint = kubectl.refused().splitlines()
    assert line.startswith("what answers for context work is no Kubernetes API server")
    assert "`server` in your kubeconfig" in hint


def test_somebody_who_is_not_logged_in(kubectl):
    kubectl.refuse(401, "Unauthorized", "Unauthorized")
    line, hint = kubectl.refused().splitlines()
    assert line == "the cluster of context work does not know you (Unauthorized)"
    assert hint.strip().startswith("Log in to it.")


def test_a_namespace_that_is_not_there(kubectl):
    kubectl.refuse(404, "NotFound", 'namespaces "mine" not found')
    line, hint = kubectl.refused("--namespace", "mine").splitlines()
    assert line == "there is no namespace mine in the cluster of context work"
    assert "create namespace mine` makes it" in hint


def test_somebody_who_may_do_nothing_there(kubectl):
    message = 'pods is forbidden: User "alice" cannot list resource "pods" in the namespace "default"'
    kubectl.refuse(403, "Forbidden", message)
    line, hint = kubectl.refused().splitlines()
    assert line == f"jobs cannot run in the cluster of context work: {message}"
    assert "auth can-i --list --namespace default" in hint


def test_the_record_of_such_a_run_says_that_it_failed(kubectl):
    kubectl.write("view", json.dumps({"contexts": None, "current-context": ""}))
    done = kubectl.ci("run", "w", "--json")
    assert done.events[-1]["event"] == "run.finish"
    assert done.events[-1]["status"] == "failed"


def test_such_a_run_is_none_and_the_one_before_stays_the_last(kubectl):
    kubectl.project.write(".circleci/config.yml", CONFIG.replace("'true'", "echo it ran"))
    assert kubectl.project.ci("run", "w", "--engine", "host").status == 0
    [before] = json.loads(kubectl.project.ci("runs", "--json").stdout)
    kubectl.write("view", json.dumps({"contexts": None, "current-context": ""}))
    done = kubectl.ci("run", "w")
    assert done.status == 2
    assert "Logs, artifacts" not in done.stdout
    [after] = json.loads(kubectl.project.ci("runs", "--json").stdout)
    assert after == before
    assert "it ran" in kubectl.project.ci("log", "build").stdout
    assert os.readlink(kubectl.project.path / ".nox/ci/runs/last") == before["id"]


def test_who_waits_for_a_cluster_may_interrupt_it(kubectl):
    words = [sys.executable, "-m", "ci", "run", "w", "--engine", "kubernetes"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **kubectl.environ()}
    running = subprocess.Popen(
        words, cwd=kubectl.project.path, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert eventually(lambda: (kubectl.folder / "asked").exists())
    running.send_signal(signal.SIGINT)
    shown, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in shown
    assert not kubectl.left()
    assert not list(Path("/tmp").glob(f"nox-circleci-{running.pid}-*"))  # the socket, where TMPDIR is long


@pytest.mark.parametrize("words", [("run", "w", "--dry-run"), ("graph", "w")])
def test_what_runs_nothing_asks_no_cluster(kubectl, words):
    done = kubectl.ci(*words) if "run" in words else kubectl.project.ci(*words, NOX_CIRCLECI_KUBECTL=str(PROGRAM))
    assert done.status == 0, done.stderr
    assert not (kubectl.folder / "calls").exists()
