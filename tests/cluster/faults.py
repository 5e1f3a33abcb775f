"""What goes wrong with clusters, done to one of a test's own: a part that is killed, a node without its network.

The parts are ``etcd``, ``apiserver``, ``controllers``, ``scheduler``, and of each node as ``n1-containerd`` and
``n1-kubelet``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.ground import Cluster
from tests.patience import alive, eventually
from tests.projects import ROOT

IMAGE = "nox-circleci/base"


@contextmanager
def own_cluster(nodes: int = 1) -> Iterator[Cluster]:
    """Start a cluster for tests whose faults no other test may meet, with the tests' image."""
    script = ROOT / ".ci/cluster"
    with tempfile.TemporaryDirectory(prefix="cluster-") as name:  # a short name: sockets are in there
        folder = Path(name)
        try:
            subprocess.run([script, "start", folder, str(nodes)], check=True)
            subprocess.run([script, "image", folder, IMAGE], check=True)
            yield Cluster(folder)
        finally:
            subprocess.run([script, "stop", folder], check=True)


def kill(cluster: Cluster, part: str) -> None:
    """Kill a part as nothing can be prepared for; what it has started goes on."""
    pid = int((cluster.folder / "pids" / part).read_text())
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not alive(pid))


def start(cluster: Cluster, part: str) -> None:
    """Start a part that was killed, as it was started at first."""
    subprocess.Popen([cluster.folder / "parts" / part], start_new_session=True)


@contextmanager
def killed(cluster: Cluster, part: str, seconds: float = 0) -> Iterator[None]:
    """Kill a part, and start it again at the end, that many seconds after the kill at the earliest."""
    back = time.monotonic() + seconds
    kill(cluster, part)
    try:
        yield
        time.sleep(max(0, back - time.monotonic()))
    finally:
        start(cluster, part)


@contextmanager
def cut_off(cluster: Cluster, node: str, seconds: float = 0) -> Iterator[None]:
    """Take a node's network away, and give it back at the end, that many seconds later at the earliest."""
    back = time.monotonic() + seconds
    _set_link(cluster, node, "down")
    try:
        yield
        time.sleep(max(0, back - time.monotonic()))
    finally:
        _set_link(cluster, node, "up")


def _set_link(cluster: Cluster, node: str, state: str) -> None:
    network = (cluster.folder / "name").read_text().strip()
    subprocess.run(["ip", "-n", network, "link", "set", node, state], check=True)
