"""How the runner reaches the files of a job that has a view of its own."""

import importlib.abc
import os
import sys
import threading
import time

import pytest

from ci.engines.host.isolation import unavailable_reason
from ci.engines.host.places import in_namespaces
from ci.runtime.failures import StepError
from tests.patience import alive

root_with_namespaces = pytest.mark.skipif(
    bool(unavailable_reason()) or os.getuid() != 0, reason="only root may join a namespace of mounts by itself"
)


class SlowImport(importlib.abc.MetaPathFinder):
    """Holds a module's lock, as an import does, until ``go_on`` is set."""

    def __init__(self, name):
        self.name = name
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def find_spec(self, name, path, target=None):
        if name == self.name:
            self.begun.set()
            self.go_on.wait()


@root_with_namespaces
def test_files_are_reached_while_another_job_imports_a_module(monkeypatch):
    """Of a lock that another thread holds, a forked process has a copy that nobody gives free."""
    slow = SlowImport("pickle")
    monkeypatch.delitem(sys.modules, "pickle", raising=False)
    monkeypatch.setattr(sys, "meta_path", [slow, *sys.meta_path])
    other = threading.Thread(target=__import__, args=("pickle",))
    other.start()
    assert slow.begun.wait(60)
    found = []
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    reaching = threading.Thread(
        target=lambda: found.append(in_namespaces([namespace], lambda: os.listdir("/"), ())), daemon=True
    )
    reaching.start()
    reaching.join(0.5)
    slow.go_on.set()
    other.join(60)
    reaching.join(60)
    os.close(namespace)
    assert found == [os.listdir("/")]


@root_with_namespaces
def test_what_a_check_raises_ends_the_process_that_reaches_the_files(tmp_path):
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    begun = tmp_path / "begun"

    def wait():
        begun.write_text(str(os.getpid()))
        time.sleep(300)

    def check():
        if begun.exists() and begun.read_text():
            raise StepError("the run was ended")

    with pytest.raises(StepError, match="the run was ended"):
        in_namespaces([namespace], wait, (), check)
    os.close(namespace)
    assert not alive(begun.read_text())
