"""Whatever a client sends, it gets an answer of one JSON object, and the server prints nothing."""

import json
import socket
import threading
from contextlib import contextmanager
from http import HTTPStatus

import pytest

from ci.server import json_endpoint
from ci.server.json_endpoint import BadRequest, JsonServer, mapping, scalars, text


def echo(request):
    if "fail" in request:
        raise TypeError("a fault\nof two lines")
    return HTTPStatus.OK, request


@contextmanager
def serving(**options):
    with JsonServer(("127.0.0.1", 0), {"/echo": echo}, **options) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address
        finally:
            server.shutdown()
            thread.join()


def asked(address, request):
    """Status and document of the answer to the bytes of a request."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def post(body, *, path="/echo", length=None, host="127.0.0.1"):
    number = len(body) if length is None else length
    header = f"Content-Length: {number}\r\n" if number != "" else ""
    return f"POST {path} HTTP/1.1\r\nHost: {host}:80\r\n{header}\r\n".encode() + body


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("", 411),
        ("-1", 400),
        ("-9223372036854775808", 400),
        ("none", 400),
        ("1.5", 400),
        ("0x2", 400),
        ("+2", 400),
        ("1" * 5000, 400),
        ("99999999999999999", 413),
        ("0", 400),
        ("1", 400),
        ("3", 400),
        ("2", 200),
    ],
)
def test_every_content_length_is_answered(capfd, length, status):
    with serving() as address:
        found, document = asked(address, post(b"{}", length=length))
    assert found == status
    assert status == 200 or set(document) == {"message"}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        b"[]",
        b"1",
        b"null",
        b"{",
        b"\xff\xfe",
        b"\0",
        b'{"a": "\\ud800"}',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(capfd, body):
    with serving() as address:
        status, document = asked(address, post(body))
    assert (status, len(document["message"]) < 200) == (400, True)
    assert capfd.readouterr() == ("", "")


def test_a_body_beyond_the_limit_is_refused_and_its_client_gets_the_answer(monkeypatch):
    monkeypatch.setattr(json_endpoint, "LARGEST", 1000)
    with serving() as address:
        status, document = asked(address, post(b"x" * 10_000_000))
    assert status == 413
    assert "1000 bytes" in document["message"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_the_servers_own_is_an_answer_of_one_line(capfd):
    with serving() as address:
        status, document = asked(address, post(b'{"fail": 1}'))
        assert asked(address, post(b'{"a": 1}')) == (200, {"a": 1})
    assert (status, document) == (500, {"message": "internal error: TypeError: a fault of two lines"})
    assert capfd.readouterr() == ("", "")


def test_another_path_and_another_host_are_refused():
    with serving(hosts=("127.0.0.1",)) as address:
        assert asked(address, post(b"{}", path="/"))[0] == 404
        assert asked(address, post(b"{}", host="evil.example"))[0] == 403
        assert asked(address, post(b"{}", path="/echo?a=b"))[0] == 200


def test_a_client_that_goes_away_is_not_reported(capfd):
    with serving() as address:
        for request in (b"", b"\x16\x03\x01", b"POST", post(b"{}", length="1000")):
            socket.create_connection(address).close()
            with socket.create_connection(address) as connection:
                connection.sendall(request)
        assert asked(address, post(b"{}"))[0] == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("value", [[1], {"a": 1}, "a\0b"])
def test_a_value_that_no_parameter_can_have_is_refused(value):
    with pytest.raises(BadRequest, match="name in parameters must be"):
        scalars({"parameters": {"name": value}}, "parameters")


def test_what_is_absent_is_empty_or_refused():
    assert mapping({}, "a") == scalars({"a": None}, "a") == {}
    with pytest.raises(BadRequest, match="a must be a string"):
        text({}, "a")
