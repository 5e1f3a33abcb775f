"""Runs whose way to the cluster is disturbed, and what comes to a port of a Pod."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ci.engines.kubernetes import port_relay
from ci.engines.kubernetes.choices import ClusterChoices
from ci.engines.kubernetes.cluster.connection import connect
from ci.engines.kubernetes.cluster.kubeconfig import Target
from ci.engines.kubernetes.manifest import pod_manifest
from ci.engines.kubernetes.pod import Pod
from ci.engines.kubernetes.pod_access import PodAccess, agent_text
from ci.engines.kubernetes.pod_owner import PodOwner
from ci.engines.kubernetes.port_relay import PortRelay
from ci.engines.kubernetes.rights import role
from ci.workflow.model import Image
from tests.cluster.ground import without
from tests.patience import PATIENCE, alive, eventually
from tests.projects import ROOT, make_project
from tests.tasks import HERE, task

pytestmark = pytest.mark.kubernetes

BASE = "nox-circleci/base"
CONFIG = f"""
    version: 2.1
    jobs:
      build:
        docker: [{{image: {BASE}}}]
        steps:
          - run: for n in $(seq 60); do echo "line $n."; sleep 0.1; done
          - run: echo all done
    workflows: {{w: {{jobs: [build]}}}}
    """


class Run:
    """A run in a process of its own, and what it has printed."""

    def __init__(self, project, temporary):
        words = [sys.executable, "-u", "-m", "ci", "run", "w", "--engine", "kubernetes"]
        variables = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            words, cwd=project.path, env=variables, stdout=pipe, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._reading = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self._reading.start()

    def shows(self, text):
        return eventually(lambda: any(text in line for line in self.lines))

    def ends(self):
        status = self.process.wait(60)
        self._reading.join(PATIENCE)
        self.process.stdout.close()
        return status

    def kubectls(self):
        """Return the processes that reach the cluster for it, but for the shells that wait for their end."""
        found = [Path("/proc", each) for each in os.listdir("/proc") if each.isdigit()]
        own = f"/nox-circleci-{self.process.pid}-".encode()
        return [int(each.name) for each in found if own in (words := words_of(each)) and not words.startswith(b"sh\0")]


def words_of(process):
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


@pytest.fixture
def start(tmp_path_factory, tmp_path):
    """Start runs of a small project, in a short place for temporary files."""
    started = []

    def begin():
        started.append(Run(make_project(tmp_path / "project", CONFIG), "/tmp"))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.process.terminate()
            each.ends()


def test_the_steps_go_on_while_kubectl_is_started_again(start):
    run = start()
    for line in ("line 5.", "line 20."):
        assert run.shows(line)
        assert eventually(lambda: len(run.kubectls()) == 1)
        [pid] = run.kubectls()
        os.kill(pid, signal.SIGKILL)
    assert run.ends() == 0, run.lines
    shown = [line.strip() for line in run.lines if line.strip().startswith("line ")]
    assert shown == [f"line {number}." for number in range(1, 61)]
    assert any("all done" in line for line in run.lines)


def test_no_kubectl_is_left_of_a_run_that_was_killed(start):
    run = start()
    assert run.shows("line 1.")
    left = run.kubectls()
    assert left
    run.process.kill()
    run.ends()
    assert eventually(lambda: not any(map(alive, left)))


def test_a_pod_that_may_not_be_deleted_is_told(namespace, tmp_path):
    user = namespace.user("keeper", without(role("keeper"), "delete", "pods"))
    project = make_project(tmp_path, CONFIG.replace("seq 60", "seq 2"))
    done = project.ci("run", "w", "--engine", "kubernetes", **user.environ)
    assert done.status == 0, done.stdout + done.stderr
    assert 'is left until it ends by itself, because it cannot be deleted: pods "nox-build-' in done.stdout
    assert 'cannot delete resource "pods"' in done.stdout


class Heard(BaseHTTPRequestHandler):
    """Answers with what was asked."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + 6))
        self.end_headers()
        self.wfile.write(b"heard " + body)

    def log_message(self, *args):
        pass


@pytest.fixture
def access(namespace, monkeypatch, tmp_path):
    """Return the access to a Pod whose first process is the agent's."""
    for name, value in namespace.environ.items():
        monkeypatch.setenv(name, value)
    name, choices, image = f"relay-{secrets.token_hex(4)}", ClusterChoices(resources=0), Image(BASE, HERE)
    manifest = pod_manifest(name, task(tmp_path, []), (image,), agent_text(60.0), choices, PodOwner.current())
    with ExitStack() as ending:
        cluster = ending.enter_context(connect(Target()))
        watch = cluster.watch("")
        ending.callback(watch.close)
        pod = ending.enter_context(Pod(cluster, watch, name, choices, keep=False))
        pod.create(manifest, threading.Event(), lambda reason: None)
        pod.wait_until_ready(threading.Event(), lambda reason: None)
        yield PodAccess(pod)


@pytest.mark.parametrize("programs", [port_relay.PROGRAMS[:1], port_relay.PROGRAMS[1:]], ids=["perl", "python3"])
def test_what_comes_to_a_port_of_the_pod_comes_to_the_same_port_here(access, monkeypatch, programs):
    monkeypatch.setattr(port_relay, "PROGRAMS", programs)
    with ThreadingHTTPServer(("127.0.0.1", 0), Heard) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        with closing(PortRelay(access, port)):
            for body in (b"one", b"x" * 100_000):
                done = access.call("curl", "-sS", "--data-binary", "@-", f"http://127.0.0.1:{port}/", input=body)
                assert (done.status, done.stdout.encode()) == (0, b"heard " + body), done.stderr
        server.shutdown()
