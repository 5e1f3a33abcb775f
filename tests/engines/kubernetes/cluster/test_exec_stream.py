"""Kubernetes' protocol for a process in a container, on a connection that stands for a WebSocket.

https://kubernetes.io/docs/reference/using-api/websockets/
"""

import json

import pytest

from ci.engines.kubernetes.cluster.exec_stream import V4, V5, Broken, ExecStream, exit_status
from ci.engines.kubernetes.cluster.web_socket import Closed


class Messages:
    """Stands for a WebSocket: messages that come, then its end."""

    def __init__(self, *messages: bytes, subprotocol: str = V5) -> None:
        self.subprotocol = subprotocol
        self.sent: list[bytes] = []
        self.closed = False
        self._messages = list(messages)

    def send(self, message: bytes) -> None:
        if self.closed:
            raise Closed("closed")
        self.sent.append(message)

    def receive(self, timeout: float | None) -> bytes:
        if not self._messages:
            raise Closed("at its end")
        return self._messages.pop(0)

    def close(self) -> None:
        self.closed = True


def ended(code: int) -> bytes:
    causes = [{"reason": "ExitCode", "message": str(code)}]
    failure = {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}
    return b"\x03" + json.dumps({"status": "Success"} if code == 0 else failure).encode()


@pytest.mark.parametrize("code", [0, 1, 137])
def test_output_and_errors_come_apart_and_then_the_status(code):
    stream = ExecStream(Messages(b"\x01one", b"\x02two", b"\x01three", ended(code)))
    assert [stream.receive() for _ in range(4)] == [(1, b"one"), (2, b"two"), (1, b"three"), None]
    assert stream.status == code


def test_the_empty_messages_with_which_a_server_begins_are_no_output():
    stream = ExecStream(Messages(b"\x01", b"\x02", b"\x03" + json.dumps({"status": "Success"}).encode()))
    assert stream.receive() is None


def test_a_connection_that_ends_without_a_status_is_broken():
    stream = ExecStream(Messages(b"\x01one"))
    assert stream.receive() == (1, b"one")
    with pytest.raises(Broken, match="at its end"):
        stream.receive()
    assert stream.status is None


def test_what_the_node_says_of_itself_is_no_exit_status():
    gone = {"status": "Failure", "reason": "InternalError", "message": "error reading from error stream: EOF"}
    for message in (gone, {}, "text"):
        with pytest.raises(Broken):
            exit_status(json.dumps(message).encode())
    with pytest.raises(Broken):
        exit_status(b"{")


@pytest.mark.parametrize(
    ("reason", "status"),
    [('exec: "nope": executable file not found in $PATH', 127), ('exec: "/etc": permission denied', 126)],
)
def test_a_program_that_cannot_be_started_has_the_status_that_a_shell_gives_it(reason, status):
    """https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02"""
    text = f"error executing command in container: OCI runtime exec failed: unable to start container process: {reason}"
    message = {"status": "Failure", "reason": "InternalError", "message": text}
    stream = ExecStream(Messages(b"\x03" + json.dumps(message).encode()))
    assert stream.receive() == (2, f"{reason}\n".encode())
    assert stream.receive() is None
    assert stream.status == status


def test_input_and_the_size_of_a_terminal_are_sent_on_their_channels():
    messages = Messages()
    stream = ExecStream(messages)
    stream.send(b"typed")
    stream.resize(80, 24)
    assert messages.sent[0] == b"\x00typed"
    assert messages.sent[1][:1] == b"\x04"
    assert json.loads(messages.sent[1][1:]) == {"Width": 80, "Height": 24}


def test_version_five_closes_the_input_alone():
    messages = Messages(ended(0))
    stream = ExecStream(messages)
    stream.close_input()
    assert messages.sent == [b"\xff\x00"]
    assert stream.receive() is None


def test_before_version_five_the_end_of_input_closes_the_connection():
    messages = Messages(subprotocol=V4)
    stream = ExecStream(messages)
    stream.close_input()
    assert messages.closed
    with pytest.raises(Broken):
        stream.send(b"more")
