"""What a Pod's changes make this program ask; what comes of them, test_real_pods.py shows on a real cluster."""

from __future__ import annotations

import pytest

from ci.engines.kubernetes.choices import ClusterChoices
from ci.engines.kubernetes.pod import Pod
from tests.bench.simulated_cluster import pod_status

MANIFEST = {"metadata": {"name": "nox-a-1"}, "spec": {"containers": [{"name": "primary", "image": "image"}]}}


class Asked:
    """A cluster that counts the questions for events, and a watch that a test lets report."""

    def __init__(self):
        self.events_of = []
        self.report = None

    def events(self, name):
        self.events_of.append(name)
        return []

    def delete_pod(self, name):
        pass

    def follow(self, name, report):
        self.report = report

    def forget(self, name):
        pass


@pytest.fixture
def asked():
    return Asked()


def test_a_pod_that_starts_and_ends_as_it_should_is_asked_about_once(asked):
    pod = pod_status.accepted(MANIFEST, "default")
    placed = {**pod, "spec": {**pod["spec"], "nodeName": "node-1"}}
    with Pod(asked, asked, "nox-a-1", ClusterChoices(), keep=False) as entered:
        for found, status in (
            (pod, pod["status"]),
            (pod, pod_status.unschedulable("0/1 nodes are available")),
            (placed, pod_status.scheduled()),
            (placed, pod_status.creating(pod)),
            (placed, pod_status.running(pod)),
        ):
            asked.report({**found, "status": status})
        assert entered.state.kind == "running"
        entered.delete()
        asked.report({**placed, "status": pod_status.ended(pod)})
        asked.report(None)
    assert asked.events_of == ["nox-a-1"]


def test_a_pod_that_is_gone_before_its_time_is_asked_about(asked):
    with Pod(asked, asked, "nox-a-1", ClusterChoices(), keep=False) as entered:
        asked.report({**MANIFEST, "status": pod_status.running(MANIFEST)})
        asked.report(None)
        assert entered.lost_reason
    assert asked.events_of == ["nox-a-1"]
