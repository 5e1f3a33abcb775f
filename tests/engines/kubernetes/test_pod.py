"""What a Pod's changes make this program ask; what comes of them, test_real_pods.py shows on a real cluster."""

from __future__ import annotations

import threading

import pytest

from ci.engines.kubernetes import pod as pod_module
from ci.engines.kubernetes.choices import ClusterChoices
from ci.engines.kubernetes.cluster.api_refusals import NoAnswer
from ci.engines.kubernetes.contact import Contact
from ci.engines.kubernetes.pod import MARGIN, Canceled, Pod
from ci.errors import EngineError
from tests.bench.simulated_cluster import pod_status

MANIFEST = {"metadata": {"name": "nox-a-1"}, "spec": {"containers": [{"name": "primary", "image": "image"}]}}


NO_ANSWER = NoAnswer("connection refused")
SAID = "the cluster does not answer: connection refused"


class Stream:
    """Stands for a connection to a process."""

    closed = False

    def close(self):
        self.closed = True


class Asked:
    """A cluster that counts the questions for events, and a watch that a test lets report."""

    def __init__(self):
        self.events_of = []
        self.report = None
        self.silence = ""
        self.answers = []
        """What comes of the first attempts to make a Pod: errors."""
        self.made = []
        self.hurried = False

    def hurry(self):
        self.hurried = True

    def exec(self, name, container, words, stdin, terminal):
        return Stream()

    def create_pod(self, manifest, asked_before):
        if self.answers:
            raise self.answers.pop(0)
        self.made.append((manifest, asked_before))

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


def test_that_its_node_does_not_answer_is_told_until_the_pod_runs_again_or_is_gone(asked):
    told = []
    running = pod_status.running(MANIFEST)
    unready = {**running, "conditions": [{"type": "Ready", "status": "False"}]}
    placed = {**MANIFEST, "spec": {**MANIFEST["spec"], "nodeName": "n1"}}
    contact = Contact("build", told.append)
    with Pod(asked, asked, "nox-a-1", ClusterChoices(), keep=False, contact=contact):
        for status in (running, unready, running, unready):
            asked.report({**placed, "status": status})
        asked.report(None)
        contact.unheard("broken")
    assert [each.detail.partition(",")[0] for each in told if not each.ended] == [
        "its node n1 does not answer the cluster"
    ] * 2
    assert [each.ended for each in told] == [False, True] * 2


def test_a_pod_that_is_let_go_is_waited_for_no_longer_and_is_not_lost(asked):
    with Pod(asked, asked, "nox-a-1", ClusterChoices(), keep=False) as entered:
        asked.report({**MANIFEST, "status": pod_status.running(MANIFEST)})
        stream = entered.connect(["sh"])
        entered.let_go()
        assert stream.closed
        assert entered.lost(10)
        asked.report(None)
        assert (entered.let_gone, entered.lost_reason, entered.state.text) == (True, "", "the run was ended")


def test_an_ended_run_does_not_wait_long_for_the_cluster(asked):
    cancel = threading.Event()
    with Pod(asked, asked, "nox-a-1", ClusterChoices(), keep=False, cancel=cancel) as entered:
        entered.connect(["sh"])
        assert not asked.hurried
        cancel.set()
    assert asked.hurried


@pytest.mark.parametrize("reason", ["", "no route to host"])
def test_a_pod_of_which_nothing_is_heard_for_longer_than_it_would_wait_itself_is_lost(asked, reason):
    now = [1000.0]
    contact = Contact("build", lambda event: None, lambda: now[0])
    with Pod(asked, asked, "nox-a-1", ClusterChoices(silence_limit=60.0), keep=False, contact=contact) as entered:
        asked.report({**MANIFEST, "status": pod_status.running(MANIFEST)})
        contact.unheard(reason)
        now[0] += 60 + MARGIN
        assert not entered.lost(0.0)
        now[0] += 1
        contact.heard()
        assert not entered.lost(0.0), "it was heard again"
        contact.unheard(reason)
        now[0] += 61 + MARGIN
        assert entered.lost(0.0)
        assert "kubernetes.silence-limit" in entered.lost_reason
        assert entered.lost_reason.endswith(reason)
        asked.report({**MANIFEST, "status": pod_status.running(MANIFEST)})
        assert entered.lost(0.0), "a late report makes no lost Pod run again: its job has ended"


def test_a_job_that_is_out_of_memory_is_told_what_its_pod_had(asked):
    limits = {"containers": [{"name": "primary", "image": "i", "resources": {"limits": {"memory": "256Mi"}}}]}
    with Pod(asked, asked, "nox-a-1", ClusterChoices(), keep=False) as entered:
        assert entered.memory() == "out of memory"
        asked.report({**MANIFEST, "spec": limits, "status": pod_status.running(MANIFEST)})
        asked.report(None)
        assert entered.memory().startswith("out of memory: it has 256Mi.")


@pytest.fixture
def waiting(asked, monkeypatch):
    """Return a Pod that waits for two seconds at most, and looks often."""
    monkeypatch.setattr(pod_module, "PAUSE", 0.01)
    with Pod(asked, asked, "nox-a-1", ClusterChoices(pending_timeout=2.0), keep=False) as entered:
        yield entered


def test_a_pod_is_asked_for_until_somebody_answers_and_that_nobody_does_is_told(asked, waiting):
    told = []
    asked.answers = [NO_ANSWER, NO_ANSWER]
    waiting.create(MANIFEST, threading.Event(), told.append)
    assert asked.made == [(MANIFEST, True)]
    assert told == [SAID, SAID]


def test_a_pod_that_nobody_answers_for_fails_in_time_with_that_reason(asked, waiting):
    asked.answers = [NO_ANSWER] * 100_000
    with pytest.raises(EngineError, match=rf"not started within 2 s \(kubernetes.pending-timeout\): {SAID}"):
        waiting.create(MANIFEST, threading.Event(), lambda reason: None)


def test_a_run_that_is_ended_asks_for_no_pod_any_more(asked, waiting):
    asked.answers = [NO_ANSWER] * 100_000
    over = threading.Event()
    over.set()
    with pytest.raises(Canceled):
        waiting.create(MANIFEST, over, lambda reason: None)


def test_a_pod_that_waits_while_its_cluster_is_gone_says_so_and_not_what_was_true_before(asked, waiting):
    told = []
    pod = pod_status.accepted(MANIFEST, "default")
    asked.report({**pod, "status": pod_status.unschedulable("0/1 nodes are available")})

    def tell(reason):
        told.append(reason)
        asked.silence = "connection refused"

    with pytest.raises(EngineError, match=rf"pending-timeout\): {SAID}"):
        waiting.wait_until_ready(threading.Event(), tell)
    assert told[0].startswith("waits for a node")
    assert set(told[1:]) == {SAID}
