"""The fork server of a run: it tries out a view, a job can do without it, and it ends with the run."""

import gc
import os
import re
import signal
import subprocess
import sys

import pytest

from ci.engines.host import guards
from ci.engines.host.guards import PROGRAM, ForkServer, OwnGuard, starter
from ci.engines.host.isolation import unavailable_reason
from tests.patience import ASLEEP, alive, eventually

from .conftest import Place

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux has a fork server")
ROOT = PROGRAM.parents[3]
OPERATIONS = (("proc", "", "/proc"), ("bind", "/usr", "/usr"))
SHARED, REFUSED = (("overlay", "/proc", "/shared"),), (("bind", "/no such", "/no such"),)


@pytest.fixture
def server():
    return ForkServer()


@pytest.fixture
def nothing_ready():
    guards._ready.clear()
    yield
    guards._ready.clear()


def without_folder(reason):
    """A reason without the name of the folder in which it was tried."""
    return reason and re.sub(r"nox-circleci-[^/]*", "", reason)


def parent(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def number(server):
    return server._process.pid


def test_the_jobs_of_a_run_have_supervisors_of_their_own(server, tmp_path):
    places = [Place(tmp_path / name, start_guard=server.start) for name in ("a", "b")]
    pids = {place.supervision.pid for place in places}
    assert len(pids | {number(server)}) == 3
    for place in places:
        place.run(f"echo $$ >pid; nohup setsid sleep 300 & echo $! >daemon; {ASLEEP}")
    places[0].end()
    assert not alive(places[0].supervision.pid)
    assert alive(places[1].number("daemon"))
    daemon = places[1].number("daemon")
    places[1].end()
    assert not alive(daemon)


@pytest.mark.usefixtures("nothing_ready")
def test_one_job_alone_starts_no_server():
    assert starter(1) is OwnGuard


@pytest.mark.usefixtures("nothing_ready")
def test_the_server_that_has_tried_out_a_view_is_that_of_the_next_run_alone(tmp_path):
    guards.try_out(OPERATIONS)
    (ready,) = guards._ready.values()
    place = Place(tmp_path, start_guard=starter(1))
    assert parent(place.supervision.pid) == number(ready)
    assert starter(1) is OwnGuard
    place.end()


@pytest.mark.usefixtures("nothing_ready")
def test_a_server_that_has_begun_before_is_the_one_that_tries_out_a_view():
    ready = guards.get_ready()
    guards.try_out(OPERATIONS)
    assert ready is guards.get_ready()
    assert list(guards._ready.values()) == [ready]


@pytest.mark.usefixtures("nothing_ready")
def test_a_process_that_was_forked_meanwhile_leaves_the_server_to_the_other(monkeypatch):
    guards.try_out(OPERATIONS)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert starter(1) is OwnGuard


@pytest.mark.skipif(bool(unavailable_reason()), reason=f"no namespaces here: {unavailable_reason()}")
@pytest.mark.usefixtures("nothing_ready")
@pytest.mark.parametrize("operations", [OPERATIONS, SHARED, REFUSED], ids=["possible", "shared", "refused"])
def test_a_view_is_tried_out_by_the_server_as_by_a_process_of_this_one(operations, monkeypatch):
    by_server, shared = guards.try_out(operations)
    assert guards._ready
    monkeypatch.delattr(os, "pidfd_open")
    by_child, shared_too = guards.try_out(operations)
    assert (without_folder(by_server), shared) == (without_folder(by_child), shared_too)
    assert bool(shared) == (operations == SHARED)
    assert bool(by_server) == (operations == REFUSED)


@pytest.mark.usefixtures("nothing_ready")
def test_a_view_is_tried_out_without_a_server_that_ends_at_once(monkeypatch):
    expected = guards.try_out(OPERATIONS)
    guards._ready.clear()
    monkeypatch.setattr(guards, "_START", "pass")
    assert guards.try_out(OPERATIONS) == expected
    assert not guards._ready


def test_nothing_of_the_users_variables_is_in_the_server(server):
    assert "PATH" in os.environ
    with open(f"/proc/{number(server)}/environ", "rb") as file:
        assert b"PATH=" not in file.read()


def test_the_server_ends_with_the_run():
    server = ForkServer()
    pid = number(server)
    assert alive(pid)
    del server
    gc.collect()
    assert not alive(pid)


@pytest.mark.parametrize("moment", ["signal_group", "wait"])
def test_a_ctrl_c_while_the_server_ends_is_no_error(server, monkeypatch, moment):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(guards.process, moment, interrupted)
    guards._end(server._control, server._process)
    monkeypatch.undo()
    assert eventually(lambda: not alive(number(server)))


def test_a_server_that_was_stopped_is_told_to_go_on(server, tmp_path):
    os.kill(number(server), signal.SIGSTOP)
    place = Place(tmp_path, start_guard=server.start)
    assert place.run("true").status == 0
    os.kill(number(server), signal.SIGSTOP)
    place.end()
    assert not alive(place.supervision.pid)


def test_where_the_server_was_killed_jobs_that_run_go_on_and_new_ones_do_without(server, tmp_path):
    before = Place(tmp_path / "before", start_guard=server.start)
    before.run(f"nohup setsid sleep 300 & echo $! >daemon; {ASLEEP}")
    daemon = before.number("daemon")
    os.kill(number(server), signal.SIGKILL)
    after = Place(tmp_path / "after", start_guard=server.start)
    for place in (before, after):
        assert place.run("echo done").status == 0
        place.end()
        assert not place.scratch.exists()
    assert not alive(daemon)


def test_where_the_runner_is_killed_the_server_and_its_jobs_end(tmp_path):
    code = f"""
import sys, pathlib
sys.path.insert(0, {os.fspath(ROOT)!r})
from ci.engines.host.guards import ForkServer
from tests.engines.host.conftest import Place
from tests.patience import ASLEEP
server = ForkServer()
place = Place(pathlib.Path({os.fspath(tmp_path)!r}), start_guard=server.start)
place.run("nohup setsid sleep 300 & echo $! >daemon; " + ASLEEP)
print(server._process.pid, place.supervision.pid, place.number("daemon"), flush=True)
place.run("sleep 300")
"""
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    pids = [int(each) for each in running.stdout.readline().split()]
    assert all(map(alive, pids))
    running.kill()
    running.wait()
    running.stdout.close()
    assert eventually(lambda: not any(map(alive, pids)) and not (tmp_path / "scratch/build.0").exists())
