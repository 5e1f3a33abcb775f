"""What was killed of a cluster does not answer, and comes back; a cluster that has ended leaves nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cluster import faults
from tests.cluster.ground import open_namespace
from tests.cluster.test_ground import pod
from tests.patience import eventually

pytestmark = pytest.mark.kubernetes


@pytest.fixture(scope="module")
def own():
    with faults.own_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def namespace(own, tmp_path_factory):
    """A namespace with a Pod that runs."""
    with open_namespace(own, tmp_path_factory.mktemp("kubeconfigs")) as made:
        made.kubectl("create", "-f", "-", document=pod("one"))
        made.kubectl("wait", "--for", "condition=Ready", "pod/one", "--timeout", "60s")
        yield made


def runs(namespace):
    """Whether a command can be run in the Pod, whose container has not been started again."""
    return namespace.cluster.answers("exec", "-n", namespace.name, "one", "--", "true") and all(
        status["restartCount"] == 0 and "running" in status["state"]
        for status in namespace.pods()[0]["status"]["containerStatuses"]
    )


@pytest.mark.parametrize("part", ["apiserver", "n1-kubelet"])
def test_a_killed_part_does_not_answer_and_the_pod_outlives_it(own, namespace, part):
    with faults.killed(own, part):
        assert not runs(namespace)
    assert eventually(lambda: runs(namespace))


def test_a_pod_outlives_its_nodes_containerd(own, namespace):
    with faults.killed(own, "n1-containerd"):
        assert not runs(namespace)
    assert eventually(lambda: runs(namespace))


def test_a_node_without_its_network_cannot_be_reached_until_it_is_back(own, namespace):
    words = ["exec", "--request-timeout", "2s", "-n", namespace.name, "one", "--", "true"]
    with faults.cut_off(own, "n1"):
        assert not own.answers(*words)
    assert eventually(lambda: runs(namespace))


def test_a_cluster_that_has_ended_leaves_nothing_and_others_are_as_they_were(tmp_path, cluster):
    with faults.own_cluster(nodes=2) as ended:
        assert ended.nodes() == ["n1", "n2"]
        with open_namespace(ended, tmp_path) as made:
            made.kubectl("create", "-f", "-", document=pod("one"))
            made.kubectl("wait", "--for", "condition=Ready", "pod/one", "--timeout", "60s")
            faults.kill(ended, "n1-containerd")
        name = (ended.folder / "name").read_text().strip()
        assert traces(name, ended.folder)
    assert traces(name, ended.folder) == []
    assert not ended.folder.exists()
    assert cluster.answers("get", "--raw", "/readyz")


def traces(name: str, folder: Path) -> list[str]:
    """What the machine has of a cluster: mounts, network namespaces, cgroups, processes."""
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if f"{folder}/" in line]
    networks = json.loads(subprocess.check_output(["ip", "-json", "netns", "list"]) or b"[]")
    cgroups = [str(path) for depth in ("*", "*/*") for path in Path("/sys/fs/cgroup").glob(f"{depth}{name}*")]
    commands = subprocess.check_output(["ps", "-ww", "-eo", "args"], text=True).splitlines()
    return [
        *mounts,
        *(each["name"] for each in networks if each["name"].startswith(name)),
        *cgroups,
        *(command for command in commands if f"{folder}/" in command),
    ]
