"""Between newman and TorchServe: records the server's answers, or plays them back with one of them broken.

A recording is a JSON list of answers in their order. A playback answers each (address, method, path)
with the recorded answers to it in turn, the last one over and over, so that collections can be tried
without a server; a fault breaks the answers to one request.
"""

import base64
import contextlib
import http.client
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn

PER_HOP = {"connection", "content-length", "transfer-encoding", "keep-alive"}


class Answer(object):
    """A server's answer: status, reason, headers (pairs, in order) and body (bytes)."""

    def __init__(self, status, reason, headers, body):
        self.status, self.reason, self.headers, self.body = status, reason, headers, body

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), None)

    def with_header(self, name, value):
        kept = [pair for pair in self.headers if pair[0].lower() != name]
        return Answer(self.status, self.reason, kept + ([] if value is None else [(name, value)]), self.body)

    def recorded(self, where, method, path):
        entry = {"where": where, "method": method, "path": path, "status": self.status, "reason": self.reason}
        try:
            return dict(entry, headers=self.headers, text=self.body.decode())
        except UnicodeDecodeError:
            return dict(entry, headers=self.headers, base64=base64.b64encode(self.body).decode())


def played(entry):
    headers = [tuple(pair) for pair in entry["headers"]]
    body = entry["text"].encode() if "text" in entry else base64.b64decode(entry["base64"])
    return Answer(entry["status"], entry["reason"], headers, body)


class Upstream(object):
    """The real server; its answers are kept."""

    def __init__(self, urls):
        self.urls, self.kept, self.lock = urls, [], threading.Lock()

    def answer(self, where, method, path, headers, body):
        # http.client leaves the case of header names alone; TorchServe's handlers see it.
        connection = http.client.HTTPConnection(self.urls[where].partition("//")[2], timeout=120)
        with contextlib.closing(connection):
            forwarded = {key: value for key, value in headers if key.lower() not in PER_HOP | {"host"}}
            connection.request(method, path, body or None, forwarded)
            found = connection.getresponse()
            pairs = [pair for pair in found.getheaders() if pair[0].lower() not in PER_HOP]
            one = Answer(found.status, found.reason, pairs, found.read())
        with self.lock:
            self.kept.append(one.recorded(where, method, path))
        return one


class Playback(object):
    """The recorded answers; `faults` are functions of an answer, by request (they give None: close the connection)."""

    def __init__(self, entries, faults):
        self.faults, self.lock = faults, threading.Lock()
        self.queues = {}
        for entry in entries:
            self.queues.setdefault((entry["where"], entry["method"], entry["path"]), []).append(played(entry))

    def answer(self, where, method, path, headers, body):
        with self.lock:
            queue = self.queues[where, method, path]
            one = queue.pop(0) if len(queue) > 1 else queue[0]
        # Which request of the collection this is can be seen by its name, which newman sends along.
        name = next((value for key, value in headers if key.lower() == "x-request-name"), None)
        return self.faults[name](one) if name in self.faults else one


class Server(ThreadingMixIn, HTTPServer):
    """http.server has one of these since Python 3.7."""

    daemon_threads = True


def handler_of(where, source):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            one = source.answer(where, self.command, self.path, self.headers.items(), body)
            if one is None:
                self.close_connection = True
                return
            self.send_response_only(one.status, one.reason)
            for key, value in one.headers:
                self.send_header(key, value)
            self.send_header("content-length", str(len(one.body)))
            self.end_headers()
            self.wfile.write(one.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do

        def log_message(self, *_):
            """Newman says what it asked for."""

    return Handler


@contextlib.contextmanager
def proxy(source, names=("inference", "management", "metrics")):
    """The addresses by name, while the proxy runs."""
    with contextlib.ExitStack() as stack:
        urls = {}
        for name in names:
            server = stack.enter_context(Server(("127.0.0.1", 0), handler_of(name, source)))
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            stack.callback(server.shutdown)
            urls[name] = "http://127.0.0.1:%d" % server.server_address[1]
        yield urls


def late(seconds):
    def fault(one):
        time.sleep(seconds)
        return one

    return fault


def write(path, entries):
    """An answer a line; the machine's name, which TorchServe's metrics have, does not belong in a recording."""
    lines = [re.sub(r'(ostname=\\")[^"\\]*', r"\1host", json.dumps(entry)) for entry in entries]
    with open(path, "w") as stream:
        stream.write("[\n%s\n]\n" % ",\n".join(lines))
