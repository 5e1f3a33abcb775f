"""The endpoint by which a setup workflow continues its pipeline, over TLS as a job reaches it."""

import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from ci.run.folder import clean_leftovers
from ci.runtime.continuation_client import DOMAIN
from ci.server.continuation import PATH, endpoint

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl")
ROOT = Path(__file__).resolve().parents[2]
CODE = """
from ci.server.continuation import endpoint
with endpoint("127.0.0.1", "127.0.0.1", ()):
    print("ready", flush=True)
    input()
"""


def test_the_key_of_a_run_that_was_killed_is_removed_by_the_next(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    words = [sys.executable, "-c", CODE]
    run = subprocess.Popen(words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "ready\n"
    assert len(list(tmp_path.glob("*/key.pem"))) == 1
    assert [f"{path.stat().st_mode & 0o777:o}" for path in tmp_path.iterdir()] == ["700"]
    run.send_signal(signal.SIGKILL)
    run.communicate()
    clean_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def post(where, body, **headers):
    context = ssl.create_default_context(cadata=where.certificate)
    context.check_hostname = False
    connection = http.client.HTTPSConnection("127.0.0.1", where.port, timeout=30, context=context)
    connection.putrequest("POST", headers.pop("path", PATH))
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    return response.status, json.loads(response.read())["message"]


def request(where, **more):
    return json.dumps({"continuation-key": where.key, "configuration": "version: 2.1\n", **more}).encode()


def test_a_pipeline_is_continued_once():
    with endpoint("127.0.0.1", "127.0.0.1", ()) as (where, received):
        assert post(where, request(where, parameters={"a": 1})) == (200, "Accepted.")
        assert post(where, request(where))[0] == 400
    assert (received.continued, received.configuration, received.parameters) == (True, "version: 2.1\n", {"a": 1})
    assert DOMAIN == "circleci.com"


@pytest.mark.parametrize("length", ["-1", "many", "1" * 30, "99999999999"])
def test_an_odd_length_is_an_answer_and_continues_nothing(capfd, length):
    with endpoint("127.0.0.1", "127.0.0.1", ()) as (where, received):
        assert post(where, request(where), **{"Content-Length": length})[0] in (400, 413)
    assert not received.continued
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("body", [b"", b"[" * 1_000_000, b'{"a":' * 500_000, b"[]", b"{}", b"\xff"])
def test_another_body_is_an_answer_and_continues_nothing(capfd, body):
    with endpoint("127.0.0.1", "127.0.0.1", ()) as (where, received):
        assert post(where, body)[0] in (400, 401)
    assert not received.continued
    assert capfd.readouterr() == ("", "")


def test_parameters_that_no_pipeline_can_have_are_refused():
    with endpoint("127.0.0.1", "127.0.0.1", ("given",)) as (where, received):
        for parameters in ({"a": [1]}, {"a": {"b": 1}}, [1], {"a": "\0"}, {"given": 1}):
            assert post(where, request(where, parameters=parameters))[0] == 400
        assert post(where, request(where), path="/")[0] == 404
    assert not received.continued


def answer_without_tls(plain):
    plain.request("POST", PATH, b"{}")  # the server may have gone before the last of it
    return plain.getresponse()


def test_a_client_that_does_not_speak_tls_is_not_reported(capfd):
    with endpoint("127.0.0.1", "127.0.0.1", ()) as (where, _):
        plain = http.client.HTTPConnection("127.0.0.1", where.port, timeout=30)
        with pytest.raises((http.client.HTTPException, OSError)):
            answer_without_tls(plain)
        assert post(where, request(where))[0] == 200
    assert capfd.readouterr() == ("", "")
