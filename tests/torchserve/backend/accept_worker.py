"""The worker: a real process on a real socket, called as the frontend calls it."""

import os
import socket
import subprocess
import sys
import time

import pytest
from frames import Reader, load, number, predict, request, text

pytestmark = pytest.mark.torch("worker")

HANDLER = """
def handle(data, context):
    if data is None:
        return None
    if data[0]["data"] == "crash":
        raise ValueError("odd")
    return [one["data"].upper() for one in data]
"""


def worker(*arguments, **options):
    from ts.model_service_worker import TorchModelServiceWorker

    return TorchModelServiceWorker(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("unix",), "No socket name given"),
        (("tcp",), "No socket port given"),
        ((), "Incomplete data"),
    ],
)
def test_a_worker_without_a_socket_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        worker(*arguments)


class Running(object):
    """A worker process and the frontend's end of its socket."""

    def __init__(self, folder, modern, port=None):
        import ts

        self.modern = modern
        self.path = os.path.join(folder, ".ts.sock.9000")
        where = ["--sock-type", "unix", "--sock-name", self.path]
        if port:
            where = ["--sock-type", "tcp", "--host", "127.0.0.1", "--port", str(port)]
        package = os.path.dirname(ts.__file__)
        command = [sys.executable, os.path.join(package, "model_service_worker.py")] + where
        if modern:
            command += ["--metrics-config", os.path.join(package, "configs", "metrics.yaml")]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(
                os.environ,
                PYTHONPATH=os.pathsep.join([folder, os.path.dirname(package), os.environ.get("PYTHONPATH", "")]),
            ),
        )
        self.socket = self.connect(port)
        self.reader = Reader(self.socket.recv)

    def connect(self, port):
        deadline = time.time() + 60
        while True:
            one = socket.socket(socket.AF_INET if port else socket.AF_UNIX)
            one.settimeout(60)
            try:
                one.connect(("127.0.0.1", port) if port else self.path)
                return one
            except OSError:
                one.close()
                if time.time() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def call(self, frame):
        self.socket.sendall(frame)
        return self.reader.answer()

    def load(self, handler="own_handler.py"):
        return self.call(load("own", os.path.dirname(self.path), handler, modern=self.modern))

    def end(self):
        self.socket.close()
        output = self.process.communicate(timeout=60)[0].decode()
        return self.process.returncode, output


@pytest.fixture
def running(short_tmp, modern):
    with open(os.path.join(short_tmp, "own_handler.py"), "w") as stream:
        stream.write(HANDLER)
    started = []

    def start(**options):
        started.append(Running(short_tmp, modern, **options))
        return started[-1]

    yield start
    for one in started:
        one.socket.close()
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def test_it_loads_a_model_and_serves_until_the_frontend_goes(running):
    one = running()
    assert one.load()[:2] == (200, "loaded model own")
    code, _, predictions = one.call(
        predict(
            request("id-a", [("data", "text/plain", "abc")]),
            request("id-b", [("data", "text/plain", "x")]),
        )
    )
    assert (code, [each["body"] for each in predictions]) == (200, [b"ABC", b"X"])
    status, output = one.end()
    assert status == 0
    assert "Torch worker started." in output
    assert not os.path.exists(one.path)


def test_an_error_of_the_handler_leaves_it_serving(running):
    one = running()
    one.load()
    assert one.call(predict(request("a", [("data", "text/plain", "crash")])))[:2] == (503, "Prediction failed")
    assert one.call(predict(request("b", [("data", "text/plain", "ok")])))[0] == 200


def test_a_handler_that_cannot_be_imported_ends_it_with_the_reason_in_its_output(running):
    one = running()
    one.socket.sendall(load("own", os.path.dirname(one.path), "absent_handler", modern=one.modern))
    with pytest.raises((EOFError, OSError)):
        one.reader.answer()
    status, output = one.end()
    assert status == 1
    assert "absent_handler" in output


def test_an_unknown_command_ends_it(running):
    one = running()
    one.socket.sendall(b"X" + number(0) + text("x"))
    status, output = one.end()
    assert status == 1
    assert "Invalid command" in output


def test_it_serves_on_a_port_too(running):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    one = running(port=port)
    assert one.load()[0] == 200
    assert one.call(predict(request("a", [("data", "text/plain", "ok")])))[2][0]["body"] == b"OK"
