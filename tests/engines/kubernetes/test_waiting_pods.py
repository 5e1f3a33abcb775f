"""What the Pods of a run wait for, as one line for all of them."""

from __future__ import annotations

import pytest

from ci.engines.kubernetes import waiting_pods
from ci.engines.kubernetes.waiting_pods import WaitingPods, described


@pytest.fixture
def told(monkeypatch):
    """Return the events of a run whose Pods are worth a line at once."""
    for name in ("AFTER", "CHANGED_AFTER"):
        monkeypatch.setattr(waiting_pods, name, 0.0)
    return []


def shown(events):
    return [(event.detail, event.ended) for event in events]


def test_jobs_that_wait_for_the_same_are_named_together():
    found = described({"test/1": "waits for a quota", "build": "waits for a node", "test/0": "waits for a quota"})
    assert found == "build: waits for a node; test/0, test/1: waits for a quota"


def test_of_many_jobs_a_few_are_named():
    assert described({f"test/{number}": "waits" for number in range(9)}) == "test/0, test/1, test/2 and 6 more: waits"


def test_what_has_not_changed_is_told_once(told):
    waiting = WaitingPods()
    for _ in range(3):
        waiting.tell("build", "waits for a node", told.append)
    assert shown(told) == [("build: waits for a node", False)]


def test_it_ends_when_no_job_waits_any_more(told):
    waiting = WaitingPods()
    waiting.tell("one", "waits", told.append)
    waiting.tell("two", "waits", told.append)
    waiting.forget("one", told.append)
    assert not told[-1].ended
    waiting.forget("two", told.append)
    assert told[-1].ended
    assert {event.task for event in told} == {waiting_pods.TASK}


def test_a_job_that_starts_soon_is_not_told_of(told, monkeypatch):
    monkeypatch.setattr(waiting_pods, "AFTER", 60.0)
    waiting = WaitingPods()
    waiting.tell("build", "containers are made", told.append)
    waiting.forget("build", told.append)
    assert told == []
