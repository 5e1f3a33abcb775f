"""The way to a real cluster by the user's kubectl: processes in a Pod, states of Pods, reasons why there is no way."""

import hashlib
import os
import re
import secrets
import signal
import subprocess
import sys
import threading

import pytest
import yaml

from ci.engines.kubernetes.cluster.connection import connect
from ci.engines.kubernetes.cluster.exec_stream import V4, Broken
from ci.engines.kubernetes.cluster.kubeconfig import Target
from ci.engines.kubernetes.cluster.no_cluster import NoCluster
from tests.patience import PATIENCE, alive, eventually

pytestmark = pytest.mark.kubernetes

IMAGE = "nox-circleci/base"
MUCH = 20_000_000
AS_A_RUN = """
import sys, threading
from ci.engines.kubernetes.cluster.connection import connect
from ci.engines.kubernetes.cluster.kubeconfig import Target
with connect(Target()) as cluster:
    stream = cluster.exec(sys.argv[1], "primary", ["sh", "-c", "echo begun; sleep 1000"])
    print(stream.receive()[1].decode(), flush=True)
    threading.Event().wait()
"""


def manifest(name):
    container = {"name": "primary", "image": IMAGE, "imagePullPolicy": "Never", "command": ["sleep", "900"]}
    spec = {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 1}
    metadata = {"name": name, "labels": {"way": "tested"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


@pytest.fixture
def way(namespace, monkeypatch):
    """Return a way to the cluster, in a namespace of this module's own."""
    for name, value in namespace.environ.items():
        monkeypatch.setenv(name, value)
    with connect(Target()) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def pod(namespace):
    """Return the name of a Pod that runs."""
    name = f"way-{secrets.token_hex(4)}"
    namespace.kubectl("create", "-f", "-", document=manifest(name))
    namespace.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s")
    return name


def pods(way):
    """Return the names of this module's Pods."""
    return [each["metadata"]["name"] for each in way.list_pods("way=tested")]


def output(stream):
    """Return all output, all errors and the status of a process, once it has ended."""
    found = {1: [], 2: []}
    while received := stream.receive(60):
        found[received[0]].append(received[1])
    return b"".join(found[1]), b"".join(found[2]), stream.status


def proxies():
    """Return the processes of ``kubectl proxy`` that were started from here, by their sockets."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return {line.split()[0]: line for line in listed.splitlines() if "proxy --unix-socket=" in line}


def own_proxies(parent):
    """Return the numbers of the processes that the proxies of that process are."""
    return [pid for pid, line in proxies().items() if f"/nox-circleci-{parent}-" in line]


def test_output_errors_and_status_come_apart(way, pod):
    assert output(way.exec(pod, "primary", ["sh", "-c", "printf 'a\\0b'; echo c >&2; exit 7"])) == (b"a\0b", b"c\n", 7)
    assert output(way.exec(pod, "primary", ["true"])) == (b"", b"", 0)
    assert output(way.exec(pod, "primary", ["sh", "-c", "kill -9 $$"])) == (b"", b"", 137)


def test_words_come_as_they_are(way, pod):
    words = ["a b", "", "$HOME 'x' \"y\"", "é\n&=%+", "-n"]
    found, _, _ = output(way.exec(pod, "primary", ["sh", "-c", 'printf "%s|" "$@"', "sh", *words]))
    assert found.decode() == "".join(f"{each}|" for each in words)


@pytest.mark.parametrize(("program", "status"), [("no-such-program", 127), ("/etc", 126)])
def test_a_program_that_cannot_be_started_is_told(way, pod, program, status):
    found, errors, ended = output(way.exec(pod, "primary", [program]))
    assert (found, ended) == (b"", status)
    assert program.encode() in errors


def test_the_input_ends_where_it_is_closed(way, pod):
    stream = way.exec(pod, "primary", ["sh", "-c", "wc -c; cat; echo end"], stdin=True)
    stream.send(b"four")
    stream.close_input()
    assert output(stream) == (b"4\nend\n", b"", 0)


def test_much_goes_in_and_out_at_once_unchanged(way, pod):
    content = os.urandom(MUCH)
    stream = way.exec(pod, "primary", ["sh", "-c", "tee /dev/stderr"], stdin=True)

    def send():
        for start in range(0, MUCH, 65536):
            stream.send(content[start : start + 65536])
        stream.close_input()

    threading.Thread(target=send, daemon=True).start()
    found, errors, status = output(stream)
    assert hashlib.sha256(found).digest() == hashlib.sha256(content).digest()
    assert hashlib.sha256(errors).digest() == hashlib.sha256(content).digest()
    assert status == 0


def test_a_server_that_knows_version_four_alone_takes_input_too(way, pod, monkeypatch):
    """https://kubernetes.io/docs/reference/using-api/websockets/: version 5 is of Kubernetes 1.29."""
    monkeypatch.setattr("ci.engines.kubernetes.cluster.exec_stream.V5", V4)
    stream = way.exec(pod, "primary", ["head", "-n", "1"], stdin=True)
    stream.send(b"line\n")
    assert output(stream) == (b"line\n", b"", 0)


def test_a_terminal_has_the_size_that_it_is_given(way, pod):
    script = "while read -r line; do [ -z $line ] || exit 0; stty size; done"
    stream = way.exec(pod, "primary", ["sh", "-c", script], stdin=True, terminal=True)
    for columns, rows in ((120, 40), (80, 24)):
        stream.resize(columns, rows)
        assert eventually(lambda size=f"{rows} {columns}": size in asked(stream))
    stream.send(b"end\n")
    assert output(stream)[2] == 0


def asked(stream):
    """What a line of input has the terminal show: a new size reaches it by a way of its own."""
    stream.send(b"\n")
    shown = ""
    while not re.search(r"\d+ \d+", shown):
        shown += stream.receive(PATIENCE)[1].decode()
    return shown


def test_a_stream_that_is_closed_here_ends_who_receives(way, pod):
    stream = way.exec(pod, "primary", ["sleep", "1000"])
    errors = []

    def receive():
        try:
            stream.receive()
        except Broken as error:
            errors.append(error)

    receiving = threading.Thread(target=receive, daemon=True)
    receiving.start()
    stream.close()
    receiving.join(PATIENCE)
    assert len(errors) == 1


def test_states_of_a_pod_come_by_the_watch_and_end_with_it(way):
    watch = way.watch("way=tested")
    heard = []
    name = f"way-{secrets.token_hex(4)}"
    try:
        watch.follow(name, lambda found: heard.append(found and found["status"]["phase"]))
        assert heard == [None]
        way.create_pod(manifest(name))
        assert eventually(lambda: heard[-1:] == ["Running"])
        assert name in pods(way)
        way.delete_pod(name)
        assert eventually(lambda: heard[-1] is None)
    finally:
        watch.close()
    way.delete_pod(name)
    assert name not in pods(way)


def test_the_run_goes_on_after_its_kubectl_was_killed(way, pod):
    [pid] = [pid for pid in own_proxies(os.getpid()) if "sh -c" not in proxies().get(pid, "")]
    stream = way.exec(pod, "primary", ["sh", "-c", "echo begun; sleep 1000"])
    assert stream.receive(PATIENCE) == (1, b"begun\n")
    os.kill(int(pid), signal.SIGKILL)
    with pytest.raises(Broken):
        stream.receive(PATIENCE)
    assert pod in pods(way)
    assert output(way.exec(pod, "primary", ["echo", "again"])) == (b"again\n", b"", 0)


def test_no_kubectl_outlives_this_program(way, pod):
    running = subprocess.Popen([sys.executable, "-c", AS_A_RUN, pod], stdout=subprocess.PIPE)
    with running:
        try:
            assert running.stdout.readline() == b"begun\n"
            left = own_proxies(running.pid)
            assert left
        finally:
            running.kill()
    assert eventually(lambda: not any(alive(each) for each in left))


def changed(namespace, folder, change):
    """Return a kubeconfig that is the namespace's but for a change."""
    config = yaml.safe_load(namespace.kubeconfig.read_text(encoding="utf-8"))
    change(config)
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return str(file)


def closed_port(config):
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"


def unknown_token(config):
    config["users"][0]["user"] = {"token": "nobody's"}


def missing_plugin(config):
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin", "interactiveMode": "Never"}
    config["users"][0]["user"] = {"exec": plugin}


def no_context(config):
    config["contexts"] = []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (closed_port, "does not answer: dial tcp 127.0.0.1:1: connect: connection refused"),
        (unknown_token, "does not know you (Unauthorized)"),
        (missing_plugin, "executable no-such-plugin not found"),
        (no_context, "kubectl knows no cluster"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_told_in_one_line(namespace, tmp_path, monkeypatch, change, words):
    monkeypatch.setenv("KUBECONFIG", changed(namespace, tmp_path, change))
    with pytest.raises(NoCluster) as error, connect(Target()):
        pass
    [problem] = error.value.problems
    assert words in problem.message
    assert "\n" not in problem.message
    assert problem.hint
    assert eventually(lambda: not own_proxies(os.getpid()))


def test_a_namespace_that_is_not_there_is_told(namespace):
    with pytest.raises(NoCluster, match="there is no namespace not-there"), connect(Target(namespace="not-there")):
        pass


def test_who_may_not_see_namespaces_comes_to_his_own(namespace, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(namespace.user("bob").kubeconfig))
    with connect(Target()) as cluster:
        assert cluster.namespace == namespace.name
