"""One watch for all Pods of a run, at a socket that stands for ``kubectl proxy``.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import json
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from ci.engines.kubernetes.cluster import watching
from ci.engines.kubernetes.cluster.requests import Requests
from ci.engines.kubernetes.cluster.watching import PodWatch
from tests.patience import eventually

from .stand_in import http, stand_in, status

SELECTOR = "run=1"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "socket"


@pytest.fixture
def watch(path):
    """Return a watch of the Pods at the socket, once somebody listens there; it is closed after the test."""
    opened = []

    def made():
        opened.append(PodWatch(Requests(str(path)), "/pods", SELECTOR))
        return opened[0]

    yield made
    for each in opened:
        each.close()


def pod(name, phase, version):
    return {"metadata": {"name": name, "resourceVersion": str(version)}, "status": {"phase": phase}}


def listed(version, *pods):
    return http(200, {"kind": "PodList", "metadata": {"resourceVersion": str(version)}, "items": list(pods)})


def event(kind, what):
    return (json.dumps({"type": kind, "object": what}) + "\n").encode()


def events(*lines, then=lambda: None):
    """Return an answer that goes on: these lines, then its end."""

    def answer(peer):
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for line in lines:
            peer.send(b"%x\r\n%s\r\n" % (len(line), line))
        then()

    return answer


def asked(peer):
    """Return the path and the query of a request."""
    found = urlsplit(peer.request.split()[1])
    return found.path, {name: values[0] for name, values in parse_qs(found.query).items()}


class Follower:
    """Notes the phases of a Pod; None if it is gone."""

    def __init__(self, watch, name):
        self.heard = []
        watch.follow(name, lambda found: self.heard.append(found and found["status"]["phase"]))

    def hears(self, *phases):
        return eventually(lambda: [each for each in self.heard if each] == list(phases))


def test_the_pods_that_are_there_and_then_each_change_are_reported(path, watch):
    going_on = threading.Event()
    changes = [event("ADDED", pod("b", "Pending", 2)), event("MODIFIED", pod("a", "Running", 3))]
    with stand_in(path, listed(1, pod("a", "Pending", 1)), events(*changes, then=lambda: going_on.wait(60))) as peers:
        made = watch()
        first, second, other = (Follower(made, name) for name in "abc")
        assert eventually(lambda: first.heard[-1:] == ["Running"])
        assert second.hears("Pending")
        assert other.heard == [None]
        assert asked(peers[0]) == ("/pods", {"labelSelector": SELECTOR})
        place, query = asked(peers[1])
        assert place == "/pods"
        assert (query["watch"], query["labelSelector"], query["resourceVersion"]) == ("true", SELECTOR, "1")
        going_on.set()


def test_after_a_break_it_goes_on_from_the_last_version_that_it_has_heard_of(path, watch):
    changes = [event("ADDED", pod("a", "Pending", 5)), event("BOOKMARK", {"metadata": {"resourceVersion": "9"}})]
    again = events(event("MODIFIED", pod("a", "Running", 10)), then=lambda: threading.Event().wait(5))
    with stand_in(path, listed(1), events(*changes), again) as peers:
        assert Follower(watch(), "a").hears("Pending", "Running")
        assert asked(peers[2])[1]["resourceVersion"] == "9"


@pytest.mark.parametrize(
    "answer",
    [
        status(410, "Expired", "too old resource version: 1"),
        events(event("ERROR", {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"})),
    ],
    ids=["as an answer", "as an event"],
)
def test_a_version_that_is_too_old_has_all_pods_listed_again(path, watch, answer):
    """https://kubernetes.io/docs/reference/using-api/api-concepts/#410-gone-responses"""
    before = [pod("a", "Running", 1), pod("b", "Running", 1)]
    with stand_in(path, listed(1, *before), answer, listed(20, pod("b", "Succeeded", 12))) as peers:
        made = watch()
        gone, there = Follower(made, "a"), Follower(made, "b")
        assert eventually(lambda: there.heard[-1:] == ["Succeeded"] and gone.heard[-1:] == [None])
        assert eventually(lambda: len(peers) > 3)
        assert asked(peers[3])[1]["resourceVersion"] == "20"


@pytest.mark.parametrize(
    "answer",
    [
        events(event("MODIFIED", pod("a", "Running", 2))[:30]),
        events(b'{"type": "MODIFIED"}\n'),
        http(500, "dial tcp: connection refused"),
        status(429, "TooManyRequests", "try again later"),
        lambda peer: None,
    ],
    ids=["half a line", "half an event", "no server", "busy", "closed"],
)
def test_what_is_no_event_is_asked_for_again(path, watch, answer):
    then = events(event("MODIFIED", pod("a", "Failed", 3)), then=lambda: threading.Event().wait(5))
    with stand_in(path, listed(1, pod("a", "Pending", 1)), answer, then) as peers:
        follower = Follower(watch(), "a")
        assert eventually(lambda: follower.heard[-1:] == ["Failed"])
        assert asked(peers[2])[1]["resourceVersion"] == "1"


def test_it_waits_for_a_cluster_that_does_not_answer_yet(path, watch):
    follower = Follower(watch(), "a")
    assert follower.heard == [None]
    with stand_in(path, listed(1, pod("a", "Running", 1))):
        assert follower.hears("Running")


def test_a_cluster_that_does_not_answer_for_some_time_is_silent_until_it_does(path, watch, monkeypatch):
    monkeypatch.setattr(watching, "SILENT_SECONDS", 0.5)
    over = threading.Event()
    refused = http(500, "dial tcp: connection refused")
    with stand_in(path, listed(1), *[refused] * 3, events(then=lambda: over.wait(60))) as peers:
        made = watch()
        assert eventually(lambda: made.silence == "dial tcp: connection refused")
        assert eventually(lambda: len(peers) == 5 and not made.silence), "an answer need not have a line"
        over.set()


def test_a_cluster_that_has_just_failed_to_answer_is_not_silent_yet(path, watch, monkeypatch):
    monkeypatch.setattr(watching, "SILENT_SECONDS", 600.0)
    made = watch()
    assert eventually(lambda: made._silence)
    assert made.silence == ""


def test_a_deleted_pod_is_gone(path, watch):
    with stand_in(path, listed(1, pod("a", "Running", 1)), events(event("DELETED", pod("a", "Running", 2)))):
        made = watch()
        follower = Follower(made, "a")
        assert eventually(lambda: follower.heard[-1:] == [None] and made._version == "2")
        late = Follower(made, "a")
        assert late.heard == [None]


def test_a_later_state_is_never_reported_before_an_earlier_one(path, watch):
    """Who begins to follow is told the state that is known while the next one may come."""
    begun, reported, heard = threading.Event(), threading.Event(), []

    def report(found):
        first = not begun.is_set()
        begun.set()
        if first:
            reported.wait(0.5)  # the other thread would report meanwhile
        heard.append(found["status"]["phase"])
        reported.set()

    later = [event("MODIFIED", pod("a", "Running", 2))]

    def changed(peer):
        begun.wait(60)
        events(*later)(peer)

    with stand_in(path, listed(1, pod("a", "Pending", 1)), changed):
        made = watch()
        assert eventually(lambda: "a" in made._known)
        made.follow("a", report)
        assert eventually(lambda: len(heard) == 2)
    assert heard == ["Pending", "Running"]


def test_who_has_forgotten_a_pod_hears_nothing_more(path, watch):
    go_on = threading.Event()

    def changed(peer):
        go_on.wait(60)
        events(event("MODIFIED", pod("a", "Running", 2)))(peer)

    with stand_in(path, listed(1, pod("a", "Pending", 1)), changed):
        made = watch()
        assert eventually(lambda: "a" in made._known)
        follower = Follower(made, "a")
        made.forget("a")
        go_on.set()
        assert eventually(lambda: made._version == "2")
    assert follower.heard == ["Pending"]
