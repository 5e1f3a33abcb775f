"""A WebSocket whose other end is a stand-in that sends frames of its own making."""

import contextlib
import os
import resource
import threading

import pytest

from ci.engines.kubernetes.cluster import web_socket
from ci.engines.kubernetes.cluster.api_refusals import NoAnswer, Refused
from ci.engines.kubernetes.cluster.web_socket import Closed, WebSocket
from tests.patience import eventually

from .stand_in import CLOSING, CONTINUATION, PING, PONG, frame, http, stand_in, status

MUCH = 8_000_000
BYE = frame(b"\x03\xe8", CLOSING)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "socket"


def opened(path):
    return WebSocket(str(path), "ws://localhost/exec", ("v5", "v4"))


def asked(path):
    """Return a connection by which something has been sent."""
    made = opened(path)
    made.send(b"go")
    return made


def sending(*frames, then=lambda peer: None):
    """Return what sends these frames once something has come."""

    def answer(peer):
        peer.switch("v5")
        peer.frame()
        peer.send(b"".join(frames))
        then(peer)

    return answer


def everything(web_socket):
    """Return all messages until the end."""
    found = []
    with contextlib.suppress(Closed):
        while True:
            found.append(web_socket.receive(10))
    return found


def test_the_server_chooses_a_subprotocol(path):
    with stand_in(path, lambda peer: peer.switch("v4")) as peers:
        assert opened(path).subprotocol == "v4"
    assert peers[0].headers["sec-websocket-protocol"] == "v5, v4"


def test_what_comes_together_with_the_end_counts(path):
    """A server sends a process's status and closes at once: our answer to that can no longer be sent."""
    with stand_in(path, sending(frame(b"one"), frame(b"status"), BYE)):
        assert everything(asked(path)) == [b"one", b"status"]


def test_what_comes_together_with_the_beginning_and_the_end_counts(path):
    with stand_in(path, lambda peer: peer.switch("v5", frame(b"one") + frame(b"status") + BYE)):
        assert everything(opened(path)) == [b"one", b"status"]


def test_what_comes_before_a_broken_connection_counts(path):
    with stand_in(path, sending(frame(b"one"), frame(b"a part alone")[:4])):
        assert everything(asked(path)) == [b"one"]


def test_a_message_may_come_in_parts_with_a_question_between(path):
    parts = [frame(b"on", final=False), frame(b"?", PING), frame(b"e m", CONTINUATION, final=False)]
    heard = []
    with stand_in(path, sending(*parts, frame(b"ore", CONTINUATION), then=lambda peer: heard.append(peer.frame()))):
        assert asked(path).receive(10) == b"one more"
        assert eventually(lambda: heard == [(PONG, b"?")])


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 1_000_000])
def test_messages_of_any_size_go_both_ways(path, size):
    def answer(peer):
        peer.switch("v5")
        peer.send(frame(peer.frame()[1]))

    content = os.urandom(size)
    with stand_in(path, answer):
        web_socket = opened(path)
        web_socket.send(content)
        assert web_socket.receive(10) == content


def test_much_goes_both_ways_at_once_where_the_other_end_reads_only_after_it_has_written(path):
    heard = []

    def answer(peer):
        peer.switch("v5")
        peer.send(frame(bytes(MUCH)))
        heard.append(peer.frame())

    with stand_in(path, answer):
        web_socket = opened(path)
        threading.Thread(target=web_socket.send, args=(bytes(MUCH),), daemon=True).start()
        assert eventually(lambda: web_socket._sending.locked())  # the other end does not read
        assert len(web_socket.receive(10)) == MUCH
        assert eventually(lambda: heard == [(2, bytes(MUCH))])


def test_a_refused_handshake_is_the_refusal_of_the_api_server(path):
    with stand_in(path, status(403, "Forbidden", "pods/exec is forbidden")), pytest.raises(Refused) as refused:
        opened(path)
    assert (refused.value.code, refused.value.message) == (403, "pods/exec is forbidden")


@pytest.mark.parametrize(
    "answer",
    [
        http(500, "dial tcp: connection refused"),
        lambda peer: peer.send(b"HTTP/1.1 500 Said\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\n\r\n"),
        lambda peer: peer.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        lambda peer: peer.send(b"SSH-2.0-OpenSSH\r\n\r\n"),
        lambda peer: peer.send(b"HTTP/1.1 2"),
        lambda peer: None,
    ],
    ids=["no server", "in chunks", "no upgrade", "no HTTP", "half", "closed"],
)
def test_any_other_end_of_a_handshake_is_no_answer(path, answer):
    with stand_in(path, answer), pytest.raises(NoAnswer) as error:
        opened(path)
    assert str(error.value)


def test_a_socket_where_nobody_listens_is_no_answer(path):
    with pytest.raises(NoAnswer):
        opened(path)


def test_a_timeout_leaves_the_connection_as_it_is(path):
    go_on = threading.Event()

    def answer(peer):
        peer.switch("v5")
        go_on.wait(60)
        peer.send(frame(b"late"))

    with stand_in(path, answer):
        web_socket = opened(path)
        with pytest.raises(TimeoutError):
            web_socket.receive(0.01)
        go_on.set()
        assert web_socket.receive(10) == b"late"


def test_an_end_that_answers_questions_is_there_however_silent_it_is(path, monkeypatch):
    monkeypatch.setattr(web_socket, "PING_SECONDS", 1.0)

    def answer(peer):
        peer.switch("v5")
        for _ in range(2):
            peer.send(frame(peer.frame()[1], PONG))
        peer.send(frame(b"done"))

    with stand_in(path, answer):
        assert opened(path).receive(60) == b"done"


def test_an_end_that_does_not_answer_is_gone(path, monkeypatch):
    monkeypatch.setattr(web_socket, "PING_SECONDS", 0.05)
    silent = sending(then=lambda peer: threading.Event().wait(10))
    with stand_in(path, silent), pytest.raises(Closed, match="does not answer"):
        asked(path).receive(None)


def test_what_has_come_while_nobody_received_is_no_silence(path, monkeypatch):
    monkeypatch.setattr(web_socket, "PING_SECONDS", 0.05)
    with stand_in(path, sending(frame(b"early"), then=lambda peer: threading.Event().wait(10))):
        made = asked(path)
        threading.Event().wait(0.3)
        assert made.receive(10) == b"early"


def test_who_receives_learns_that_it_was_closed_here(path):
    errors = []

    def receive():
        try:
            made.receive(None)
        except Closed as error:
            errors.append(error)

    with stand_in(path, sending(then=lambda peer: threading.Event().wait(10))):
        made = asked(path)
        receiving = threading.Thread(target=receive, daemon=True)
        receiving.start()
        made.close()
        receiving.join(60)
    assert len(errors) == 1
    with pytest.raises(Closed):
        made.send(b"more")


def test_a_connection_works_whatever_number_its_file_has(path):
    """select() takes no number above 1023, and each Pod of a large run has several connections."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] not in (resource.RLIM_INFINITY,) and before[1] < 1200:
        pytest.skip("this machine allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], 1200), before[1]))
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(1024)]
    try:
        with stand_in(path, sending(frame(b"one"))):
            assert asked(path).receive(10) == b"one"
    finally:
        for each in taken:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
