#!/usr/bin/env python3
"""Run a TorchServe frontend on free ports while something else runs; always stop it and wait for it.

    server.py ping --site FOLDER --release VERSION --logs FOLDER
    server.py run --site FOLDER --release VERSION --logs FOLDER [--store FOLDER] [...] -- COMMAND...

`ping` starts it without a model and asks for /ping. `run` starts COMMAND with the addresses in
TS_INFERENCE_URL, TS_MANAGEMENT_URL, TS_METRICS_URL, the server's process in TS_PID and its folder
in TS_HOME_FOLDER, and ends with COMMAND's exit status. Standard library only; Python 3.6 is enough.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

START_SECONDS = 90
STOP_SECONDS = 30
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LONGEST_SOCKET_FOLDER = 80  # a Unix socket's path ends at about 107 characters


def log(text):
    print("server: " + text, flush=True)


def version_key(release):
    return tuple(int(part) for part in release.split(".")[:2])


def free_ports(count):
    """Ports that were free together a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(contextlib.closing(socket.socket())) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def java_command():
    home = os.environ.get("JAVA_HOME")
    return os.path.join(home, "bin", "java") if home else "java"


def private_folder():
    """Make a folder for the server's pid file, sockets and keys, short enough for socket paths."""
    parent = tempfile.gettempdir()
    return tempfile.mkdtemp(prefix="ts.", dir=parent if len(parent) < LONGEST_SOCKET_FOLDER else "/tmp")


@contextlib.contextmanager
def uninterrupted():
    """Delay signals until the block ends: else a server would outlive an impatient second Ctrl-C."""
    received = []
    before = {number: signal.signal(number, lambda number, _: received.append(number)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        sys.exit(128 + received[0])


class NotStarted(Exception):
    """Why the server did not answer; its text is shown to the user."""


class Server:
    """One frontend process. Ports, folders and settings are its own; see main() for the options."""

    def __init__(self, options):
        self.options = options
        self.process = None
        self.folder = None
        self.urls = {}

    def __enter__(self):
        for attempt in (1, 2, 3):
            try:
                self.start()
                break
            except NotStarted as error:
                self.stop()
                # Another process may have taken a port between our look and the server's bind.
                if attempt == 3 or "in use" not in str(error):
                    raise
            except BaseException:  # a signal too: what was started is stopped
                self.stop()
                raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.folder = private_folder()
        names = ["inference", "management"]
        modern = version_key(self.options.release) >= (0, 2)
        names += ["metrics"] if modern else []
        ports = free_ports(len(names) + (2 if modern else 0))
        scheme = "https" if self.options.keystore else "http"
        self.urls = {name: "%s://127.0.0.1:%d" % (scheme, port) for name, port in zip(names, ports)}
        if self.options.keystore:
            self.urls = {name: url.replace("127.0.0.1", "localhost") for name, url in self.urls.items()}
        config = os.path.join(self.folder, "config.properties")
        with open(config, "w", encoding="utf-8") as stream:
            stream.write("".join("%s=%s\n" % pair for pair in self.settings(ports[len(names) :])))
        store = os.path.abspath(self.options.store or os.path.join(self.folder, "store"))
        os.makedirs(store, exist_ok=True)
        os.makedirs(self.options.logs, exist_ok=True)
        self.log_path = os.path.join(os.path.abspath(self.options.logs), "server.log")
        with open(self.log_path, "ab") as output:
            self.process = subprocess.Popen(
                self.command(config, store),
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = time.time()
        self.wait_for_ping(started + START_SECONDS)
        log("answers /ping at %s after %.1f s" % (self.urls["inference"], time.time() - started))

    def settings(self, grpc_ports):
        for name, url in self.urls.items():
            yield name + "_address", url.replace("localhost", "127.0.0.1")
        if grpc_ports:
            yield "grpc_inference_port", grpc_ports[0]
            yield "grpc_management_port", grpc_ports[1]
        if self.options.keystore:
            yield "keystore", os.path.abspath(self.options.keystore)
            yield "keystore_pass", self.options.keystore_pass
            yield "keystore_type", "PKCS12"
        for pair in self.options.set:
            yield tuple(pair.split("=", 1))

    def command(self, config, store):
        site = os.path.abspath(self.options.site)
        jar = os.path.join(site, "ts", "frontend", "model-server.jar")
        command = [
            java_command(),
            "-Djava.io.tmpdir=" + self.folder,
            "-Dmodel_server_home=" + site,
            "-jar",
            jar,
            "-f",
            config,
            "-s",
            store,
            "-ncs",
            "--python",
            self.options.python,
        ]
        if version_key(self.options.release) >= (0, 11):  # token authorization and the model API's lock came then
            command += [] if self.options.token_auth else ["--disable-token-auth"]
            command += ["--enable-model-api"] if self.options.model_api else []
        return command

    def environment(self):
        own = dict(os.environ, TMPDIR=self.folder, TEMP=self.folder, LOG_LOCATION=os.path.abspath(self.options.logs))
        own["METRICS_LOCATION"] = own["LOG_LOCATION"]
        return own

    def opener(self):
        """Without the user's proxy: the server is on this machine."""
        handlers = [urllib.request.ProxyHandler({})]
        if self.options.keystore:
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.options.ca)))
        return urllib.request.build_opener(*handlers)

    def wait_for_ping(self, deadline):
        opener = self.opener()
        request = urllib.request.Request(self.urls["inference"] + "/ping")
        last = "no answer"
        while time.time() < deadline:
            if self.process.poll() is not None:
                raise NotStarted("ended with status %s: %s" % (self.process.returncode, self.log_tail()))
            try:
                with opener.open(self.with_key(request), timeout=5) as answer:
                    body = json.loads(answer.read().decode())
                if body == {"status": "Healthy"}:
                    return
                last = json.dumps(body)
            except (OSError, ValueError) as error:  # urllib's errors are OSErrors
                last = str(error)
            time.sleep(0.1)
        raise NotStarted("/ping did not answer Healthy within %d s: %s: %s" % (START_SECONDS, last, self.log_tail()))

    def with_key(self, request):
        """Return the request with the inference key, once the server has written its keys."""
        path = os.path.join(self.folder, "key_file.json")
        if self.options.token_auth and os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                request.add_header("Authorization", "Bearer " + json.load(stream)["inference"]["key"])
        return request

    def log_tail(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as stream:
            return " | ".join(line.strip() for line in stream.readlines()[-8:])

    def stop(self):
        """End the frontend and its workers and wait for them; kill what does not end in time."""
        with uninterrupted():
            self.end()

    def end(self):
        if self.process is not None:
            if self.process.poll() is None:
                self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
            self.end_group()
            log("stopped (status %s)" % self.process.wait())
            self.process = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def end_group(self):
        """Workers end when their frontend does; one that hangs would outlive the job."""
        deadline = time.time() + 5
        signal_number = 0
        while True:
            try:
                os.killpg(self.process.pid, signal_number)
            except (ProcessLookupError, PermissionError):
                return
            self.process.poll()
            signal_number = signal.SIGKILL if time.time() > deadline else 0
            time.sleep(0.05)


def run(options):
    with Server(options) as server:
        if options.action == "ping":
            log("/ping: Healthy")
            return 0
        environment = dict(os.environ, TS_PID=str(server.process.pid), TS_HOME_FOLDER=server.folder)
        for name, url in server.urls.items():
            environment["TS_%s_URL" % name.upper()] = url
        status = subprocess.call(options.command, env=environment)
        if server.process.poll() is not None:
            log("ended by itself with status %s while it was needed" % server.process.returncode)
            return status or 1
        return status


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["ping", "run"])
    parser.add_argument("--site", required=True, help="the folder that has ts/")
    parser.add_argument("--release", required=True, help="TorchServe's version: 0.1 has fewer options")
    parser.add_argument("--logs", required=True, help="where the server's logs go")
    parser.add_argument("--python", default=sys.executable, help="the workers' Python")
    parser.add_argument("--store", help="the model store (default: an empty one)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a line of config.properties")
    parser.add_argument("--token-auth", action="store_true")
    parser.add_argument("--model-api", action="store_true")
    parser.add_argument("--keystore", help="PKCS12: serve https")
    parser.add_argument("--keystore-pass")
    parser.add_argument("--ca", help="the certificate that https clients trust")
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:split])
    options.command = arguments[split + 1 :]
    if (options.action == "run") != bool(options.command):
        parser.error("run wants a command after --, and ping none")
    # TERM and INT leave by the same way as an error does: the server is stopped.
    for number in SIGNALS:
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    try:
        return run(options)
    except NotStarted as error:
        log("did not start: %s" % error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
