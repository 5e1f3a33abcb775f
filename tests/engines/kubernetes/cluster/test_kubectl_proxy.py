"""``kubectl proxy`` for as long as a run lasts; a program stands for kubectl."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ci.engines.kubernetes.cluster import kubectl_proxy
from ci.engines.kubernetes.cluster.kubectl_proxy import KubectlProxy, missing_tool, socket_place
from ci.engines.kubernetes.cluster.requests import Requests
from tests.patience import alive, eventually

PROGRAM = Path(__file__).with_name("stand_in_kubectl.py")
AS_A_RUN = """
import sys, threading
from ci.engines.kubernetes.cluster.kubectl_proxy import KubectlProxy
KubectlProxy(sys.argv[1], "work")
threading.Event().wait()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the folder of a stand-in for kubectl."""
    monkeypatch.setenv("STAND_IN", str(tmp_path))
    monkeypatch.setenv("NOX_CIRCLECI_KUBECTL", str(PROGRAM))
    (tmp_path / "answer").write_text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    return tmp_path


@pytest.fixture
def place():
    """Return a folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory() as made:
        yield made


def pids(folder):
    return (folder / "pids").read_text().split() if (folder / "pids").exists() else []


def answers(proxy):
    requests = Requests(proxy.path)
    return eventually(requests.can_connect) and requests.ask("GET", "/") == b"hello"


def test_it_answers_until_it_is_closed(folder, place):
    proxy = KubectlProxy(place, "work")
    assert answers(proxy)
    [pid] = pids(folder)
    assert alive(pid)
    proxy.close()
    assert eventually(lambda: not alive(pid))  # killed, which takes the kernel a moment
    assert "--context work proxy" in (folder / "calls").read_text()


def test_it_is_started_again_for_the_same_cluster_after_it_was_killed(folder, place):
    proxy = KubectlProxy(place, "")
    try:
        assert answers(proxy)
        proxy.context = "work"  # found out meanwhile; the user may have another current one by now
        os.kill(int(pids(folder)[0]), signal.SIGKILL)
        assert eventually(lambda: len(pids(folder)) == 2)
        assert eventually(lambda: not alive(pids(folder)[0]))
        assert Requests(proxy.path).ask_patiently("GET", "/") == b"hello"
        assert "--context" not in (folder / "calls").read_text().splitlines()[0]
        assert "--context work" in (folder / "calls").read_text().splitlines()[1]
    finally:
        proxy.close()
    assert eventually(lambda: not any(alive(each) for each in pids(folder)))


def test_what_it_complains_of_does_not_stop_it(folder, place):
    """The stand-in writes more for each answer than a pipe holds."""
    proxy = KubectlProxy(place, "")
    try:
        assert all(answers(proxy) for _ in range(3))
    finally:
        proxy.close()
    assert "Error while proxying request" in proxy.last_words()


@pytest.mark.parametrize("wrapped", [False, True], ids=["itself", "by a wrapper"])
def test_it_ends_with_this_program_however_that_ends(folder, place, tmp_path, monkeypatch, wrapped):
    if wrapped:
        wrapper = tmp_path / "wrapper"
        wrapper.write_text(f'#!/bin/sh\n{PROGRAM} "$@"\necho ended\n')
        wrapper.chmod(0o700)
        monkeypatch.setenv("NOX_CIRCLECI_KUBECTL", str(wrapper))
    running = subprocess.Popen([sys.executable, "-c", AS_A_RUN, place])
    assert eventually(lambda: len(pids(folder)) == 1)
    running.kill()
    running.wait()
    assert eventually(lambda: not alive(pids(folder)[0]))


def test_the_folder_of_a_socket_has_a_short_path(monkeypatch):
    """https://man7.org/linux/man-pages/man7/unix.7.html: the address of a socket has room for 107 bytes."""
    monkeypatch.setattr(kubectl_proxy, "temporary_place", lambda: f"/{'x' * 100}")
    assert socket_place() == Path("/tmp")
    monkeypatch.setattr(kubectl_proxy, "temporary_place", lambda: "/tmp")
    assert socket_place() is None


def test_what_is_not_installed_is_told_with_how_to_install_it(monkeypatch):
    with monkeypatch.context() as bare:
        bare.setenv("PATH", "/nonexistent")
        bare.delenv("NOX_CIRCLECI_KUBECTL", raising=False)
        assert "no kubectl on PATH: install it (https://kubernetes.io" in str(missing_tool())
    monkeypatch.setenv("NOX_CIRCLECI_KUBECTL", "/etc/passwd")
    assert missing_tool() == "there is no program /etc/passwd, which NOX_CIRCLECI_KUBECTL names"
    monkeypatch.setenv("NOX_CIRCLECI_KUBECTL", shutil.which("sh"))
    monkeypatch.setattr(kubectl_proxy, "find_spec", lambda name: None)
    assert f"{sys.executable} -m pip install websockets" in str(missing_tool())
    monkeypatch.setattr(kubectl_proxy, "find_spec", lambda name: object())
    assert missing_tool() is None
