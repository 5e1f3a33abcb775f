"""Questions by HTTP at a socket that stands for ``kubectl proxy``."""

import json

import pytest

from ci.engines.kubernetes.cluster import requests as module
from ci.engines.kubernetes.cluster.api_refusals import NoAnswer, Refused
from ci.engines.kubernetes.cluster.requests import Requests

from .stand_in import http, stand_in, status

NOT_NOW = http(500, "dial tcp 10.0.0.1:6443: connect: connection refused\n")


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.01)
    return tmp_path / "socket"


def test_a_question_has_its_query_and_its_body_as_json(path):
    with stand_in(path, http(200, "answer")) as peers:
        assert Requests(str(path)).ask("POST", "/pods", {"a": "b c"}, {"kind": "Pod"}) == b"answer"
    assert peers[0].request == "POST /pods?a=b+c HTTP/1.1"
    assert json.loads(peers[0].body) == {"kind": "Pod"}
    assert peers[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "answer",
    [NOT_NOW, lambda peer: None, lambda peer: peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")],
    ids=["no server", "closed", "half"],
)
def test_a_question_without_an_answer_is_asked_again_if_it_may_be(path, answer):
    with stand_in(path, answer, answer, http(200, "answer")) as peers:
        assert Requests(str(path)).ask_patiently("GET", "/") == b"answer"
    assert len(peers) == 3
    other = path.with_name("other")
    with stand_in(other, answer, http(200, "answer")) as peers, pytest.raises(NoAnswer) as error:
        Requests(str(other)).ask("GET", "/")
    assert str(error.value)
    assert len(peers) == 1


def test_patience_has_an_end(path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with stand_in(path, NOT_NOW, NOT_NOW, NOT_NOW), pytest.raises(NoAnswer, match="connection refused"):
        Requests(str(path)).ask_patiently("GET", "/")


def test_a_refusal_is_not_asked_again(path):
    with stand_in(path, status(403, "Forbidden", "no right")) as peers, pytest.raises(Refused, match="no right"):
        Requests(str(path)).ask_patiently("GET", "/")
    assert len(peers) == 1


def test_a_login_that_has_expired_is_renewed_by_kubectl_after_the_first_refusal(path):
    """https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"""
    expired = status(401, "Unauthorized", "Unauthorized")
    with stand_in(path, expired, http(201, "made"), expired, expired) as peers:
        assert Requests(str(path)).ask("POST", "/pods", None, {"kind": "Pod"}) == b"made"
        assert peers[0].body == peers[1].body
        with pytest.raises(Refused, match="Unauthorized"):
            Requests(str(path)).ask("GET", "/")


def test_an_answer_that_takes_too_long_is_none(path):
    with stand_in(path, lambda peer: peer.connection.recv(1)), pytest.raises(NoAnswer, match="no answer came in time"):
        Requests(str(path)).ask("GET", "/", seconds=0.05)


def test_lines_come_as_they_are_sent_until_the_answers_end(path):
    def answer(peer):
        peer.send(b"HTTP/1.1 200 OK\r\n\r\none\n")
        peer.send(b"two\n")

    with stand_in(path, answer, status(410, "Expired", "too old"), NOT_NOW):
        asking = Requests(str(path))
        assert list(asking.lines("/", {}, 10.0, list)) == [b"one\n", b"two\n"]
        with pytest.raises(Refused, match="too old"):
            list(asking.lines("/", {}, 10.0, list))
        with pytest.raises(NoAnswer, match="refused"):
            list(asking.lines("/", {}, 10.0, list))
