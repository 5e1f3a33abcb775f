"""The fork server of a run: a job can do without it, whatever happens to it, and it ends with the run."""

import gc
import os
import signal
import subprocess
import sys

import pytest

from ci.engines.host.guards import PROGRAM, ForkServer, OwnGuard, starter
from tests.patience import alive, eventually

from .conftest import Place

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux has a fork server")
ROOT = PROGRAM.parents[3]


@pytest.fixture
def server():
    return ForkServer()


def number(server):
    return server._process.pid


def test_the_jobs_of_a_run_have_supervisors_of_their_own(server, tmp_path):
    places = [Place(tmp_path / name, start_guard=server.start) for name in ("a", "b")]
    pids = {place.supervision.pid for place in places}
    assert len(pids | {number(server)}) == 3
    for place in places:
        place.run("echo $$ >pid; nohup setsid sleep 300 & echo $! >daemon")
    places[0].end()
    assert not alive(places[0].supervision.pid)
    assert alive(places[1].number("daemon"))
    daemon = places[1].number("daemon")
    places[1].end()
    assert not alive(daemon)


def test_one_job_alone_has_no_server():
    assert starter(1) is OwnGuard


def test_the_server_ends_with_the_run():
    server = ForkServer()
    pid = number(server)
    assert alive(pid)
    del server
    gc.collect()
    assert not alive(pid)


def test_a_server_that_was_stopped_is_told_to_go_on(server, tmp_path):
    os.kill(number(server), signal.SIGSTOP)
    place = Place(tmp_path, start_guard=server.start)
    assert place.run("true").status == 0
    os.kill(number(server), signal.SIGSTOP)
    place.end()
    assert not alive(place.supervision.pid)


def test_where_the_server_was_killed_jobs_that_run_go_on_and_new_ones_do_without(server, tmp_path):
    before = Place(tmp_path / "before", start_guard=server.start)
    before.run("nohup setsid sleep 300 & echo $! >daemon")
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
server = ForkServer()
place = Place(pathlib.Path({os.fspath(tmp_path)!r}), start_guard=server.start)
place.run("nohup setsid sleep 300 & echo $! >daemon")
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
