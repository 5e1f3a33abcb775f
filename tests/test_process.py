"""Commands that are begun, and collected later."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ci import process
from tests.patience import alive, eventually

BEGIN = """
import sys, time
from ci.process import begin
begin(["sh", "-c", "echo $$ >{made}.part; mv {made}.part {made}; sleep 60 & wait"])
time.sleep(60)
"""


def group_lives(group: int) -> bool:
    """Whether a process of that group runs; those that wait to be asked for do not."""
    found = subprocess.run(["ps", "-e", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return any(line.split()[0] == str(group) and "Z" not in line for line in found.splitlines())


def test_a_command_that_nobody_collects_ends_with_this_program_whole(tmp_path):
    made = tmp_path / "made"
    running = subprocess.Popen(
        [sys.executable, "-c", BEGIN.format(made=made)],
        cwd=Path(process.__file__).parents[1],
        stderr=subprocess.DEVNULL,
    )
    assert eventually(made.exists)
    group = int(made.read_text())
    assert group_lives(group)
    os.kill(running.pid, signal.SIGINT)
    running.wait(60)
    assert eventually(lambda: not group_lives(group))


def test_what_nobody_collects_has_ended_once_this_program_has(tmp_path):
    begin = "from ci.process import begin; print(begin(['sleep', '60'])._process.pid)"
    root = Path(process.__file__).parents[1]
    ended = subprocess.run([sys.executable, "-c", begin], cwd=root, capture_output=True, text=True, check=True)
    assert not alive(ended.stdout.strip())


def test_an_interruption_at_any_time_leaves_no_process_that_nobody_knows_of(monkeypatch):
    """It comes right after the process was made here, which is when a signal meets a call of the system most often."""
    made, start = [], subprocess.Popen

    def start_interrupted(*args, **options):
        made.append(start(*args, **options))
        os.kill(os.getpid(), signal.SIGINT)
        return made[-1]

    with monkeypatch.context() as patched:
        patched.setattr(process.subprocess, "Popen", start_interrupted)
        with pytest.raises(KeyboardInterrupt):
            process.begin(["sleep", "60"])
    process.end_uncollected()
    assert made[0].poll() == -signal.SIGKILL
    process._uncollected.discard(made[0])


def test_an_interruption_that_is_ignored_stays_so_while_a_command_is_started():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        shown = process.begin(["sh", "-c", "kill -HUP $$; kill -HUP $PPID; echo on"]).result()
        assert (shown.stdout, signal.getsignal(signal.SIGHUP)) == ("on\n", signal.SIG_IGN)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_command_that_was_begun_goes_on_by_itself_until_it_is_collected(tmp_path):
    made = tmp_path / "made"
    begun = process.begin(["sh", "-c", f"echo output; echo why >&2; : >{made}; exit 3"])
    assert eventually(made.exists)
    assert begun.result() == process.Captured(3, "output\n", "why\n")


def test_what_cannot_be_begun_is_reported_by_its_result(tmp_path):
    ended = process.begin([str(tmp_path / "none")]).result()
    assert ended.status == process.NOT_FOUND
    assert ended.stderr == f"{tmp_path / 'none'}: No such file or directory"


def test_the_time_for_a_command_counts_from_its_collection():
    begun = process.begin(["sleep", "0.3"])
    assert begun.result(timeout=20).cause == "exit"
    assert process.begin(["sleep", "60"]).result(timeout=0.1).cause == "timeout"


def test_a_fork_leaves_alone_what_its_parent_has_begun():
    begun = process.begin(["sleep", "0.5"])
    pid = os.fork()
    if not pid:
        process.end_uncollected()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert begun.result().status == 0
