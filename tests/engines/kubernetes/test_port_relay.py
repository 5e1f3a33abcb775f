"""Connections to a port of a Pod that come out here, by each program that may listen in a Pod; it runs here."""

import io
import shutil
import socket
import subprocess
import threading
from contextlib import closing, contextmanager

import pytest

from ci import process
from ci.engines.container.piped import CommandPipes
from ci.engines.kubernetes import port_relay
from ci.engines.kubernetes.port_relay import PortRelay
from ci.errors import EngineError

HERE = "127.0.0.2"
"""Where this machine's end listens: the Pod's, which is here too, has the same port of 127.0.0.1."""


class Access:
    """Stands for a Pod whose image has that program alone."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.running: list[subprocess.Popen] = []

    def call(self, *args, **_):
        return process.capture(args) if args[0] == self.program else process.Captured(127, "", "not found")

    def open(self, *args, stdin):
        self.running.append(process.start(args, stdin=stdin, stdout=process.PIPE, stderr=process.NOWHERE))
        return CommandPipes(self.running[0])


@pytest.fixture(params=["perl", "python3"])
def access(request, monkeypatch):
    if not shutil.which(request.param):
        pytest.skip(f"there is no {request.param} here")
    monkeypatch.setattr(port_relay, "LOCAL", HERE)
    return Access(request.param)


@pytest.fixture
def port():
    """Return a port that nothing has at either address."""
    with closing(socket.socket()) as first:
        first.bind((HERE, 0))
        return first.getsockname()[1]


@contextmanager
def serving(port, answer):
    """Give each connection that comes to this machine's end to ``answer``, one after the other."""
    with closing(socket.create_server((HERE, port))) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with closing(connection):
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield
        server.shutdown(socket.SHUT_RDWR)


def everything(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


def echo(connection):
    connection.sendall(b"heard " + everything(connection))


def ask(port, request):
    """Return the answer to what is sent by a connection that is then shut for writing."""
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return everything(connection)


@contextmanager
def relay(access, port):
    with closing(PortRelay(access, port)):
        yield
    for each in access.running:
        each.wait()
        each.stdin.close()
        each.stdout.close()


def test_connections_one_after_the_other_come_out_here(access, port):
    with serving(port, echo), relay(access, port):
        assert [ask(port, b"one"), ask(port, b"\0\n\xff"), ask(port, b"")] == [
            b"heard one",
            b"heard \0\n\xff",
            b"heard ",
        ]


def test_much_goes_both_ways_unchanged(access, port):
    much = bytes(range(256)) * 4000
    with serving(port, echo), relay(access, port):
        assert ask(port, much) == b"heard " + much


def test_connections_at_once_wait_for_each_other(access, port):
    answers = []
    with serving(port, echo), relay(access, port):
        asking = [
            threading.Thread(target=lambda number=number: answers.append(ask(port, b"%d" % number)))
            for number in range(5)
        ]
        for each in asking:
            each.start()
        for each in asking:
            each.join(60)
    assert sorted(answers) == [b"heard %d" % number for number in range(5)]


def test_a_client_that_goes_away_ends_its_own_connection_alone(access, port):
    gone = threading.Event()

    def late(connection):
        if connection.recv(10) == b"impatient":
            gone.wait(60)
            for _ in range(3):
                connection.sendall(b"late")
            everything(connection)
        else:
            connection.sendall(b"heard")

    with serving(port, late), relay(access, port):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"impatient")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset it
        gone.set()
        assert ask(port, b"next") == b"heard"


def test_where_nobody_listens_here_the_connection_is_closed(access, port):
    with relay(access, port):
        assert ask(port, b"") == b""
        with serving(port, echo):
            assert ask(port, b"one") == b"heard one"


def test_a_port_that_is_taken_is_an_error(access, port):
    with (
        closing(socket.create_server(("127.0.0.1", port))),
        pytest.raises(EngineError, match=f"port {port} of the Pod"),
    ):
        PortRelay(access, port)
    for each in access.running:
        each.stdin.close()
        each.stdout.close()


def test_an_image_without_a_program_that_listens_is_an_error():
    with pytest.raises(EngineError, match="neither perl nor python3"):
        PortRelay(Access("ruby"), 1)


def test_output_that_is_closed_while_it_is_read_is_at_its_end():
    """A closed file of buffers raises ValueError, not OSError: a thread that reads it would end by that."""
    output = io.BytesIO(b"open\nshut\n")
    lines = port_relay._until_closed(output)
    assert next(lines) == b"open\n"
    output.close()
    assert list(lines) == []
