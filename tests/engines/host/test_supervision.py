"""Whatever a step starts is ended with its job, and nothing that it started holds the job up."""

import os
import signal
import subprocess
import sys

import pytest

from ci.engines.host.guards import PROGRAM, OwnGuard, starter
from ci.runtime.failures import JobError
from tests.patience import ASLEEP, alive, eventually

from .conftest import Place

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has subreapers")
DAEMON = """
env -i PATH=/usr/bin:/bin setsid bash -c 'trap "" TERM INT HUP; echo $$ >daemon; while :; do sleep 1; done' \
  </dev/null >/dev/null 2>&1 &
"""


@pytest.fixture(params=["a guard of its own", "a fork"])
def place(request, tmp_path):
    """A job's place whose supervisor is guarded in each of the two ways."""
    if request.param == "a fork" and not hasattr(os, "pidfd_open"):
        pytest.skip("only Linux has a fork server")
    made = Place(tmp_path, start_guard=OwnGuard if request.param != "a fork" else starter(2))
    yield made
    made.end()


def test_a_grandchild_that_keeps_the_output_open_does_not_hold_up_the_step(place):
    ended = place.run(f"(nohup sleep 300 & echo $! >pid; {ASLEEP})\necho done")
    assert (ended.status, ended.cause, ended.open) == (0, "exit", True)
    assert place.written == b"done\n"
    pid = place.number("pid")
    assert alive(pid)
    place.box.end()
    assert not alive(pid)


def test_what_such_a_grandchild_says_later_is_not_lost(place):
    place.run("trap '' HUP; (until [ -e go ]; do sleep 0.05; done; echo late; touch heard) &")
    place.run("touch go; until [ -e heard ]; do sleep 0.05; done")
    place.box.end()
    assert place.written == b"late\n"


def test_a_daemon_with_a_cleared_environment_that_ignores_sigterm_is_ended_with_its_job(place):
    place.run(f"{DAEMON} until [ -s daemon ]; do sleep 0.05; done")  # until then the step's end would hang it up
    pid = place.number("daemon")
    assert alive(pid)
    place.box.end()
    assert not alive(pid)


def test_the_end_of_a_silent_step_ends_what_it_started_and_nothing_of_other_steps(place):
    place.run(f"nohup sleep 300 & echo $! >other; {ASLEEP}")
    ended = place.run("echo $$ >own; sleep 300 & echo $! >child; wait", no_output_timeout=4.0)
    assert ended.cause == "silence"
    assert not alive(place.number("own"))
    assert eventually(lambda: not alive(place.number("child")))
    assert alive(place.number("other"))


def test_a_step_that_ignores_sigterm_is_killed(place):
    ended = place.run("trap '' TERM; echo $$ >own; while :; do sleep 0.1; done", no_output_timeout=4.0)
    assert (ended.status, ended.cause) == (128 + signal.SIGKILL, "silence")
    assert not alive(place.number("own"))


def test_a_step_may_answer_sigterm(place):
    script = "trap 'echo bye; exit 9' TERM; sleep 300 & wait"
    assert any(place.run(script, no_output_timeout=2.0).status == 9 for _ in range(5)), "it has a moment for that"
    assert b"bye\n" in place.written


def test_hundreds_of_orphans_are_no_trouble(place):
    ended = place.run("for i in $(seq 200); do (exec setsid sh -c 'exit 0' &) ; done; wait")
    assert ended.status == 0
    place.box.end()
    assert not alive(place.supervision.pid)


def test_the_scratch_folder_goes_with_the_job_though_it_has_read_only_folders(place):
    place.run("mkdir -p a/b; touch a/b/file; chmod 555 a/b a")
    place.box.end()
    assert not place.scratch.exists()


def test_where_the_supervisor_is_killed_its_processes_are_ended_and_the_step_says_so(place):
    place.run(f"echo $PPID >supervisor; nohup sleep 300 & echo $! >pid; {ASLEEP}")
    pid = place.number("pid")
    os.kill(place.number("supervisor"), signal.SIGKILL)
    with pytest.raises(JobError, match="the job's supervisor was killed"):
        place.run("true")
    assert eventually(lambda: not alive(pid))


def test_where_the_guard_is_killed_too_the_step_says_that_processes_may_still_run(place):
    place.run(f"echo $PPID >supervisor; nohup sleep 300 & echo $! >pid; {ASLEEP}")
    pid = place.number("pid")
    for each in (place.supervision.pid, place.number("supervisor")):
        os.kill(each, signal.SIGKILL)
    try:
        with pytest.raises(JobError, match="what the job started may still run"):
            place.run("true")
    finally:
        os.kill(pid, signal.SIGKILL)


def test_a_supervisor_and_a_guard_that_are_stopped_together_go_on(place):
    place.run(f"echo $PPID >supervisor; nohup sleep 300 & echo $! >pid; {ASLEEP}")
    pid = place.number("pid")
    for each in (place.supervision.pid, place.number("supervisor")):
        os.kill(each, signal.SIGSTOP)
    assert place.run("echo done").status == 0
    for each in (place.supervision.pid, place.number("supervisor")):
        os.kill(each, signal.SIGSTOP)
    place.box.end()
    assert not alive(pid)


def test_where_the_runner_is_killed_everything_is_ended_and_removed(tmp_path):
    """The supervisor sees its control socket close, whatever has happened to the other end."""
    code = f"""
import os, sys, threading, pathlib
sys.path.insert(0, {os.fspath(PROGRAM.parents[3])!r})
from tests.engines.host.conftest import Place
place = Place(pathlib.Path({os.fspath(tmp_path)!r}))
place.run({DAEMON!r} + "until test -s daemon; do sleep 0.05; done")
print(place.number("daemon"), flush=True)
place.run("sleep 300")
"""
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    pid = int(running.stdout.readline())
    running.kill()
    running.wait()
    running.stdout.close()
    assert eventually(lambda: not alive(pid) and not (tmp_path / "scratch/build.0").exists())
