"""What is told of a Pod that does not answer: once for each outage, and that it answers again."""

from __future__ import annotations

import pytest

from ci.engines.kubernetes.contact import SILENT_SECONDS, Contact

NODE = "its node n1 does not answer the cluster, which takes the Pod away if that lasts"


class Clock:
    """A time that a test lets pass."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def pod(told, clock):
    return Contact("build", told.append, clock)


def shown(told):
    return ["again" if each.ended else each.detail for each in told]


def test_a_short_silence_is_not_told(pod, told, clock):
    for _ in range(3):
        pod.unheard()
        clock.now += SILENT_SECONDS - 1
        pod.unheard()
        pod.heard()
    assert told == []


def test_a_long_silence_is_told_once_and_ends_with_the_next_word(pod, told, clock):
    for _ in range(2):
        for _ in range(10):
            pod.unheard()
            clock.now += SILENT_SECONDS
        pod.heard()
        pod.heard()
    assert shown(told) == ["", "again", "", "again"]
    assert {(each.task, each.job) for each in told} == {("no word from the Pod of build", "build")}


def test_what_the_cluster_says_of_it_is_told_at_once_and_ends_when_it_says_so_no_more(pod, told):
    for text in ("", NODE, NODE, ""):
        pod.trouble(text)
    assert shown(told) == [NODE, "again"]


def test_a_silence_gets_its_reason_when_that_is_known(pod, told, clock):
    pod.unheard()
    clock.now += SILENT_SECONDS
    pod.unheard()
    pod.unheard("no route to host")
    pod.trouble(NODE)
    pod.heard()
    pod.trouble("")
    assert shown(told) == ["", "no route to host", NODE, "again"]


def test_nothing_is_told_of_a_job_that_has_ended(pod, told):
    pod.trouble(NODE)
    pod.close()
    pod.trouble(NODE)
    assert shown(told) == [NODE, "again"]
