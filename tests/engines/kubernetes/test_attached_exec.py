"""A process in a Pod at somebody's streams, or on a terminal of its own; what stands for its connection is scripted."""

import fcntl
import os
import pty
import queue
import struct
import termios
import threading

import pytest

from ci.engines.kubernetes.attached_exec import KILLED, AttachedExec, PipedExec
from ci.engines.kubernetes.cluster.exec_stream import V5, ExecStream
from ci.engines.kubernetes.cluster.web_socket import Closed
from tests.patience import eventually

SUCCESS = b'\x03{"status": "Success"}'
FAILURE = b'\x03{"status": "Failure", "details": {"causes": [{"reason": "ExitCode", "message": "3"}]}}'


class Messages:
    """Stands for a WebSocket: a test puts the messages that come; None is its end."""

    subprotocol = V5

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.coming: queue.Queue[bytes | None] = queue.Queue()

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    def receive(self, timeout: float | None) -> bytes:
        message = self.coming.get(timeout=20)
        if message is None:
            raise Closed("broken")
        return message

    def close(self) -> None:
        self.coming.put(None)


@pytest.fixture
def pipes():
    """Return three pipes, for input, output and errors, each as where one reads and where one writes."""
    made = [os.pipe() for _ in range(3)]
    opened = {each for ends in made for each in ends}
    yield made
    for each in opened:
        os.close(each)


def streams(pipes):
    return pipes[0][0], pipes[1][1], pipes[2][1]


def test_output_goes_to_each_stream_and_the_status_is_the_processs(pipes):
    messages = Messages()
    attached = AttachedExec(ExecStream(messages), streams(pipes), terminal=False)
    for each in (b"\x01out", b"\x02err", FAILURE):
        messages.coming.put(each)
    assert attached.wait() == 3
    assert os.read(pipes[1][0], 100) == b"out"
    assert os.read(pipes[2][0], 100) == b"err"


def test_input_goes_in_and_its_end_too(pipes):
    messages = Messages()
    attached = AttachedExec(ExecStream(messages), streams(pipes), terminal=False)
    os.write(pipes[0][1], b"typed")
    assert eventually(lambda: messages.sent == [b"\x00typed"])
    os.dup2(pipes[1][1], pipes[0][1])  # nobody has the writing end any more
    assert eventually(lambda: messages.sent == [b"\x00typed", b"\xff\x00"])
    messages.coming.put(SUCCESS)
    assert attached.wait() == 0


@pytest.mark.parametrize("end", ["lost", "killed", "nobody reads"])
def test_a_connection_that_ends_without_a_status_is_negative(pipes, end):
    messages = Messages()
    attached = AttachedExec(ExecStream(messages), streams(pipes), terminal=False)
    if end == "lost":
        messages.coming.put(None)
    elif end == "killed":
        attached.kill()
    else:
        os.dup2(pipes[0][0], pipes[1][0])  # nobody has the reading end any more
        messages.coming.put(b"\x01out")
    assert attached.wait() == KILLED


@pytest.fixture
def terminal():
    """Return a terminal: where a person is, and where the program is."""
    person, program = pty.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@pytest.mark.parametrize("end", [SUCCESS, None], ids=["ended", "lost"])
def test_a_terminal_is_raw_while_it_is_attached_and_as_before_when_wait_returns(terminal, end):
    person, program = terminal
    before = termios.tcgetattr(program)
    messages = Messages()
    attached = AttachedExec(ExecStream(messages), (program, program, program), terminal=True)
    assert not termios.tcgetattr(program)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)
    os.write(person, b"\x03")  # Ctrl-C is for the process in the Pod
    assert eventually(lambda: b"\x00\x03" in messages.sent)
    messages.coming.put(end)
    attached.wait()
    assert termios.tcgetattr(program) == before


def test_the_size_of_the_window_is_sent_at_first_and_when_it_changes(terminal):
    _, program = terminal
    resize(program, 80, 24)
    messages = Messages()
    attached = AttachedExec(ExecStream(messages), (program, program, program), terminal=True)
    assert eventually(lambda: messages.sent == [b'\x04{"Width": 80, "Height": 24}'])
    resize(program, 132, 50)
    assert eventually(lambda: messages.sent[1:] == [b'\x04{"Width": 132, "Height": 50}'])
    messages.coming.put(SUCCESS)
    assert attached.wait() == 0


def test_what_is_on_a_terminal_of_its_own_is_piped(pipes):
    messages = Messages()
    piped = PipedExec(ExecStream(messages))
    assert piped.wait(0.01) is None
    for each in (b"\x01one ", b"\x01two", FAILURE):
        messages.coming.put(each)
    with piped.stdout as output:
        assert output.read() == b"one two"
    assert piped.wait(60) == 3


def test_the_output_of_a_piped_process_ends_with_the_connection():
    messages = Messages()
    piped = PipedExec(ExecStream(messages))
    reading = threading.Thread(target=piped.end)
    reading.start()
    with piped.stdout as output:
        assert output.read() == b""
    reading.join()
    assert piped.wait(60) == KILLED
