"""A Pod entered by connections that may break; processes of this machine stand for those in the Pod."""

from __future__ import annotations

import os
import select
import subprocess
import threading
import time

import pytest

from ci.engines.kubernetes.cluster.exec_stream import Broken
from ci.engines.kubernetes.contact import Contact
from ci.engines.kubernetes.pod_access import PodAccess
from tests.patience import eventually

MUCH = bytes(range(256)) * 20_000


class Stream:
    """Stands for a connection to a process: it breaks after so many bytes of output, if it is to."""

    def __init__(self, words: list[str], breaks_after: int | None) -> None:
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._left = breaks_after
        self._errors: bytes | None = None
        self.silent = False
        self.status: int | None = None

    def send(self, data: bytes) -> None:
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise Broken("broken") from None

    def receive(self, timeout: float | None = None) -> tuple[int, bytes] | None:
        if self.silent:
            time.sleep(min(timeout or 0.1, 0.1))
            raise TimeoutError
        if self._left is not None and self._left <= 0:
            raise Broken("broken")
        if not select.select([self._process.stdout], (), (), timeout)[0]:
            raise TimeoutError
        if data := os.read(self._process.stdout.fileno(), 4096):
            if self._left is not None:
                self._left -= len(data)
            return 1, data
        if self._errors is None:
            self._errors = self._process.stderr.read()
            if self._errors:
                return 2, self._errors
        self.status = self._process.wait()
        return None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for each in (self._process.stdout, self._process.stderr):
            each.close()


class Pod:
    """Stands for a Pod; each connection breaks after the next number of ``breaks``, if there is one."""

    barred = ""
    canceled = False

    def __init__(self, *breaks: int | str) -> None:
        self.breaks = list(breaks)
        self.contact = Contact("", lambda event: None)
        self.gone = False
        self.connections: list[list[str]] = []

    def connect(self, words, stdin=True, terminal=False):
        self.connections.append(list(words))
        first = self.breaks.pop(0) if self.breaks else None
        if first == "refused":
            raise Broken("nobody answers")
        stream = Stream(list(words), first if isinstance(first, int) else None)
        stream.silent = first == "silent"
        return stream

    def lost(self, seconds: float) -> bool:
        return self.gone

    def end(self, seconds: float):
        return None


def test_a_call_returns_output_errors_and_status():
    done = PodAccess(Pod()).call("sh", "-c", "printf one; echo two >&2; exit 3")
    assert (done.stdout, done.stderr, done.status) == ("one", "two", 3)


def test_input_is_read_to_its_end_though_no_connection_has_one():
    done = PodAccess(Pod()).call("sh", "-c", "cat; echo end", input=MUCH)
    assert done.stdout.encode("utf-8", "surrogateescape") == MUCH + b"end\n"
    assert PodAccess(Pod()).call("cat", input=b"").stdout == ""


@pytest.mark.parametrize("breaks", [(0,), (100_000,), ("refused", "refused"), (100_000, 200_000)])
def test_after_a_break_a_call_runs_again_and_its_output_counts_once(breaks):
    pod = Pod(*breaks)
    done = PodAccess(pod).call("seq", "100000")
    assert done.stdout == "".join(f"{number}\n" for number in range(1, 100_001))
    assert len(pod.connections) == len(breaks) + 1


def test_a_call_that_takes_too_long_says_so():
    done = PodAccess(Pod()).call("sleep", "100", timeout=1)
    assert (done.status, done.cause) == (124, "timeout")


def test_a_call_in_a_pod_that_has_gone_has_failed():
    pod = Pod("refused")
    pod.gone = True
    done = PodAccess(pod).call("true")
    assert (done.status, done.stderr) == (255, "the connection to the Pod has broken: nobody answers")


def test_a_call_is_given_up_if_nothing_comes_and_the_pod_is_lost():
    pod = Pod("silent")
    pod.gone = True
    done = PodAccess(pod).call("sleep", "100")
    assert (done.status, done.stderr) == (255, "the connection to the Pod has broken: the Pod is lost")


def test_what_has_no_time_limit_ends_with_the_run(tmp_path):
    pod = Pod()
    threading.Timer(0.3, setattr, [pod, "canceled", True]).start()
    with open(tmp_path / "target", "w+b") as target:
        done = PodAccess(pod).copy("while :; do echo more; sleep 0.1; done", subprocess.DEVNULL, target)
    assert done == (255, "the run was ended")
    assert PodAccess(pod).copy("sleep 100", subprocess.DEVNULL, subprocess.DEVNULL) == (255, "the run was ended")
    assert PodAccess(pod).call("kill", "-l", timeout=10).ok


@pytest.mark.parametrize("breaks", [(), (100_000,), ("refused", 3_000_000)])
def test_a_file_is_copied_whole_from_where_each_stands(tmp_path, breaks):
    (tmp_path / "source").write_bytes(b"head" + MUCH)
    with open(tmp_path / "source", "rb") as source, open(tmp_path / "target", "w+b") as target:
        source.seek(4)
        target.write(b"before ")
        assert PodAccess(Pod(*breaks)).copy("cat", source, target) == (0, "")
    assert (tmp_path / "target").read_bytes() == b"before " + MUCH


def test_what_a_copy_complains_of_is_returned(tmp_path):
    with open(tmp_path / "target", "w+b") as target:
        assert PodAccess(Pod()).copy("echo no space >&2; exit 2", subprocess.DEVNULL, target) == (2, "no space")


def test_a_process_that_reads_none_of_its_input_ends_all_the_same(tmp_path):
    (tmp_path / "source").write_bytes(MUCH)
    with open(tmp_path / "source", "rb") as source:
        assert PodAccess(Pod()).copy("exit 4", source, subprocess.DEVNULL)[0] == 4
    assert eventually(lambda: not any(each.name == "input of a Pod" for each in threading.enumerate()))


def test_a_pod_that_nobody_may_enter_says_so_instead_of_how_it_ended():
    pod = Pod()
    pod.barred = 'pods "x" is forbidden'
    reason = PodAccess(pod).ended_reason()
    assert reason.startswith("the Pod cannot be entered")
    assert ': pods "x" is forbidden. `' in reason
    assert "doctor --role` prints a Role" in reason
    assert "still runs" in PodAccess(Pod()).ended_reason()
