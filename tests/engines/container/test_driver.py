"""The shell program that runs a job's steps in a container, run here by every shell that an image may have."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from ci import process
from ci.engines.container.channel import PASSED, READ, SHELL, Channel
from ci.engines.container.piped import CommandPipes
from ci.engines.container.terminal import HOLD
from tests.patience import ASLEEP, alive, eventually

SHELLS = [("dash",), ("bash",), ("bash", "--posix"), ("busybox", "sh")]


@pytest.fixture(params=SHELLS, ids=" ".join)
def channel(request, tmp_path):
    """A channel to the program, run by that shell."""
    if not shutil.which(request.param[0]):
        pytest.skip(f"there is no {request.param[0]} here")

    def start(words):
        assert words[:3] == ["sh", "-c", SHELL]
        program = [*request.param, "-c", READ, *words[3:]]
        return CommandPipes(process.start(program, stdin=process.PIPE, stderr=process.NOWHERE))

    made = Channel(start, str(tmp_path / "own"), lambda: "lost")
    (tmp_path / "env").write_text("export FROM=file\n")
    assert made.receive(lambda output: None) == (0, "ready")
    yield made
    made.close()


def step(channel: Channel, tmp_path: Path, script: str) -> tuple[int, str, str]:
    output: list[bytes] = []
    channel.send(f"step {tmp_path}/env {tmp_path} /bin/bash -c '{script}'")
    status, word = channel.receive(output.append)
    return status, word, b"".join(output).decode()


def test_a_step_gets_environment_folder_and_empty_input_and_reports_output_and_status(channel, tmp_path):
    got = step(channel, tmp_path, 'echo "$FROM $PWD $(cat)"; echo error >&2; exit 3')
    assert got == (3, "end", f"file {tmp_path} \nerror\n")


def test_steps_follow_each_other_and_share_nothing_of_the_shell(channel, tmp_path):
    assert step(channel, tmp_path, "export LATER=1; cd /; umask 077") == (0, "end", "")
    assert step(channel, tmp_path, 'echo "${LATER-unset} $PWD $(umask)"') == (0, "end", f"unset {tmp_path} 0022\n")


def test_a_signal_is_reported_as_128_and_its_number(channel, tmp_path):
    assert step(channel, tmp_path, "kill -9 $$")[0] == 128 + signal.SIGKILL


def test_a_step_is_a_process_group_of_its_own_that_it_may_signal(channel, tmp_path):
    pids = [step(channel, tmp_path, "ps -o pgid= -p $$; echo $$")[2].split() for _ in range(2)]
    assert [group for group, _ in pids] == [pid for _, pid in pids]
    assert step(channel, tmp_path, "kill -TERM 0")[0] == 128 + signal.SIGTERM
    assert step(channel, tmp_path, "echo on")[2] == "on\n"


def test_the_steps_process_is_known_while_it_runs(channel, tmp_path):
    for _ in range(2):
        output: list[bytes] = []
        known: set[str] = set()
        channel.send(f"step {tmp_path}/env {tmp_path} /bin/bash -c 'echo $$'")
        channel.receive(lambda data, output=output, known=known: (output.append(data), known.add(channel.pid)))
        assert known == {b"".join(output).decode().strip()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP])
def test_a_step_is_deaf_to_no_signal_and_its_end_by_one_is_not_the_drivers(channel, tmp_path, number):
    ignored = int(step(channel, tmp_path, "exec grep SigIgn /proc/self/status")[2].split()[1], 16)
    assert not ignored >> (number - 1) & 1
    assert step(channel, tmp_path, f'exec sh -c "kill -{number:d} \\$\\$; sleep 5"')[0] == 128 + number
    if number != signal.SIGQUIT:  # which bash itself ignores
        assert step(channel, tmp_path, f"kill -{number:d} 0; sleep 5")[0] == 128 + number
    assert step(channel, tmp_path, "echo on") == (0, "end", "on\n")


def test_what_a_step_leaves_writing_hides_no_end_of_a_later_one(channel, tmp_path):
    flood = '(trap "" HUP; : >deaf; exec yes flood) & echo $! >pid; until [ -e deaf ]; do sleep 0.01; done'
    channel.send(f"step {tmp_path}/env {tmp_path} /bin/bash -c '{flood}'")
    try:
        assert channel.receive(lambda output: None) == (0, "end")
        for number in range(20):
            channel.send(f"step {tmp_path}/env {tmp_path} /bin/bash -c 'exit {number}'")
            assert channel.receive(lambda output: None) == (number, "end")
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_a_step_that_is_stopped_has_not_ended(channel, tmp_path):
    stopped = "until grep -q ^State:.T /proc/$p/status; do sleep 0.05; done"
    script = f"p=$$; ({stopped}; kill -CONT $p) & kill -STOP $$; echo went on; exit 3"
    assert step(channel, tmp_path, script) == (3, "end", "went on\n")
    assert step(channel, tmp_path, "echo on") == (0, "end", "on\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_everybody_ends_the_step_and_not_what_runs_the_next(channel, tmp_path, number):
    driver = (tmp_path / "own" / "driver").read_text().strip()
    script = f"kill -{number:d} {driver}; sleep 0.2; echo whole"
    assert step(channel, tmp_path, script) == (0, "end", "whole\n")
    assert step(channel, tmp_path, "echo on") == (0, "end", "on\n")


def test_a_step_that_removes_the_runners_files_is_reported_before_the_next(channel, tmp_path):
    assert step(channel, tmp_path, f"rm -rf {tmp_path}/own {tmp_path}/env")[:2] == (0, "end")
    channel.send(f"put {tmp_path}/own/file text")
    assert step(channel, tmp_path, "echo never") == (1, "gone", "")
    (tmp_path / "env").write_text("")
    channel.send(f"put {tmp_path}/own/file text")
    assert step(channel, tmp_path, f"cat {tmp_path}/own/file") == (0, "end", "text")


def test_a_step_whose_files_are_not_whole_does_not_run(channel, tmp_path):
    channel.send("put /dev/full text")
    assert step(channel, tmp_path, "echo never") == (1, "unwritten", "")
    channel.send(f"put {tmp_path}/file 'a\\0012b'")
    assert step(channel, tmp_path, f"cat {tmp_path}/file") == (0, "end", "a\nb")


@pytest.mark.parametrize("ended", ["exit 0", "exit 3", "kill -9 $$"])
def test_what_a_step_leaves_running_is_hung_up_at_its_end(channel, tmp_path, ended):
    pid = step(channel, tmp_path, f"sleep 60 & echo $!; {ended}")[2].strip()
    assert eventually(lambda: not alive(pid))
    assert step(channel, tmp_path, "echo on") == (0, "end", "on\n")


def test_what_is_stopped_is_hung_up_too(channel, tmp_path):
    pid = step(channel, tmp_path, "sleep 60 & kill -STOP $!; echo $!")[2].strip()
    assert eventually(lambda: not alive(pid))


@pytest.mark.parametrize("start", ["nohup sleep 60 &", "setsid sleep 60 &", '(trap "" HUP; exec sleep 60) &'])
def test_what_a_step_leaves_deaf_to_it_or_in_another_session_goes_on(channel, tmp_path, start):
    pid = step(channel, tmp_path, f"exec 2>/dev/null; {start} echo $!; {ASLEEP}")[2].strip()
    try:
        assert step(channel, tmp_path, f"sleep 0.3; kill -0 {pid} && echo there")[2] == "there\n"
    finally:
        os.kill(int(pid), signal.SIGKILL)


def test_a_folder_is_made_and_one_that_cannot_be_fails_the_step(channel, tmp_path):
    output: list[bytes] = []
    channel.send(f"step {tmp_path}/env {tmp_path}/new/folder /bin/pwd")
    assert channel.receive(output.append) == (0, "end")
    assert b"".join(output).decode() == f"{tmp_path}/new/folder\n"
    channel.send(f"step {tmp_path}/env {tmp_path}/env/below /bin/pwd")
    assert channel.receive(output.append)[0] == 1


def test_a_shell_that_is_not_there_is_status_127_with_its_reason(channel, tmp_path):
    output: list[bytes] = []
    channel.send(f"step {tmp_path}/env {tmp_path} /no/such/shell")
    assert channel.receive(output.append)[0] == 127
    assert b"/no/such/shell" in b"".join(output)


def test_questions_report_their_own_status(channel, tmp_path):
    output: list[bytes] = []
    for number in (0, 4):
        channel.send(f"{{ echo {number}; (exit {number}); }} </dev/null 2>&1; end $?")
        assert channel.receive(output.append) == (number, "")
    assert b"".join(output) == b"0\n4\n"
    assert step(channel, tmp_path, "exit 5")[0] == 5


def test_halt_is_reported_with_the_end_of_the_step_that_asks_for_it(channel, tmp_path):
    assert step(channel, tmp_path, "true")[1] == "end"
    assert step(channel, tmp_path, f": >{tmp_path}/own/halt")[1] == "halt"


def test_the_end_of_the_input_ends_the_driver(channel, tmp_path):
    step(channel, tmp_path, "true")
    channel.hang_up()
    assert channel.process.wait(60) == 0


def hold(program: str) -> CommandPipes:
    """A process that stands for ``docker exec -t``: the program on a terminal, what comes from that on a pipe."""
    words = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])", "sh", "-c", program]
    return CommandPipes(process.start(words, stdin=process.PIPE, stderr=process.NOWHERE))


def test_steps_write_to_a_terminal_that_is_held_for_them(channel, tmp_path):
    assert step(channel, tmp_path, "[ -t 1 ]")[0] == 1
    assert channel.move_output(hold(HOLD))
    assert step(channel, tmp_path, "[ -t 1 ] && [ -t 2 ] && ! [ -t 0 ] && stty size <&2") == (0, "end", "24 80\n")
    lines = "".join(f"{number}\n" for number in range(1, 20_001))
    assert step(channel, tmp_path, "seq 20000; exit 3") == (3, "end", lines)


def test_a_step_that_sets_the_terminal_up_does_not_stop_the_job(channel, tmp_path):
    assert channel.move_output(hold(HOLD))
    assert step(channel, tmp_path, "stty sane <&1; echo x") == (0, "end", "x\r\n")
    assert step(channel, tmp_path, "echo x; exit 3") == (3, "end", "x\n")


@pytest.mark.parametrize(
    "program", ["exit 1", "echo no number", "echo 999999999; read -r _", "printf 123456789012345678901"]
)
def test_steps_go_on_without_a_terminal_where_there_is_none(channel, tmp_path, program):
    assert not channel.move_output(hold(program))
    assert step(channel, tmp_path, "! [ -t 1 ] && echo x") == (0, "end", "x\n")


class Ahead:
    """Steps that are sent ahead of their turn, and what comes of them."""

    def __init__(self, channel: Channel, folder: Path) -> None:
        self._channel, self._folder = channel, folder
        self._file = folder / "ahead"
        self._lines: list[str] = []

    def add(self, when: str, script: str, reruns: int = 0) -> None:
        words = f"{self._folder}/env {self._folder} /bin/bash -c '{script}'"
        self._lines.append(f"ahead {when} {reruns} 0 {words}")

    def send(self) -> None:
        self._file.write_text("".join(f"{line}\n" for line in ["end '0 - sent'", *self._lines, "end '0 - over'"]))
        self._channel.send(f". {self._file}")

    def results(self) -> list[tuple[int, str, str]]:
        """Return the status, word and output of each that was due, until they are over."""
        found: list[tuple[int, str, str]] = []
        while True:
            output: list[bytes] = []
            status, word = self._channel.receive(output.append, passing=PASSED)
            if word == "over":
                return found
            found.append((status, word, b"".join(output).decode()))


def test_steps_that_are_sent_ahead_run_by_themselves_if_they_are_due_then(channel, tmp_path):
    ahead = Ahead(channel, tmp_path)
    ahead.add("on_fail", "echo not yet")
    ahead.add("on_success", "echo one")
    ahead.add("on_success", "echo two; exit 3")
    ahead.add("on_success", "echo not after that")
    ahead.add("on_fail", "echo three")
    ahead.add("always", "echo four")
    ahead.send()
    assert eventually(lambda: (tmp_path / "own").exists())
    assert ahead.results() == [(0, "end", "one\n"), (3, "end", "two\n"), (0, "end", "three\n"), (0, "end", "four\n")]
    assert step(channel, tmp_path, "echo then") == (0, "end", "then\n")


def test_a_step_that_was_sent_ahead_runs_again_as_often_as_it_may(channel, tmp_path):
    ahead = Ahead(channel, tmp_path)
    ahead.add("on_success", "echo x >> n; test $(wc -l < n) = 3", reruns=3)
    ahead.add("on_success", "cat n", reruns=1)
    ahead.add("on_success", "exit 1", reruns=1)
    ahead.add("on_success", "echo not this")
    ahead.send()
    one = (1, "end", "")
    assert ahead.results() == [one, one, (0, "end", ""), (0, "end", "x\nx\nx\n"), one, one]


def test_a_step_that_was_sent_ahead_can_halt_the_job_and_says_how_long_it_took(channel, tmp_path):
    ahead = Ahead(channel, tmp_path)
    ahead.add("on_success", "sleep 1.1; touch own/halt")
    ahead.add("always", "echo not this")
    ahead.send()
    assert channel.receive(lambda output: None, passing=PASSED) == (0, "halt")
    assert channel.seconds >= 1
    assert ahead.results() == []
    assert channel.seconds is None or channel.seconds >= 1


def test_who_ends_a_step_for_its_silence_has_those_behind_it_know(channel, tmp_path):
    """It may end with status 0, and has failed all the same, unless it passes when it runs again."""
    silent = "until test -e own/failing; do sleep 0.05; done"
    ahead = Ahead(channel, tmp_path)
    ahead.add("on_success", f"test -e again || {{ touch again; {silent}; }}", reruns=1)
    ahead.add("on_success", f"rm again; {silent}")
    ahead.add("on_success", "echo not this")
    ahead.add("on_fail", "echo why")
    ahead.send()
    ended = []

    def end(output: bool) -> None:
        if channel.pid not in ("", *ended):
            ended.append(channel.pid)
            (tmp_path / "own/failing").touch()

    for due in (end, None, end):
        assert channel.receive(lambda output: None, due, PASSED) == (0, "end")
    assert ahead.results() == [(0, "end", "why\n")]


def test_a_step_that_was_sent_ahead_and_whose_files_are_gone_fails(channel, tmp_path):
    ahead = Ahead(channel, tmp_path)
    ahead.add("on_success", "rm -r env own")
    ahead.add("on_success", "echo not this")
    ahead.add("on_fail", "echo nor this")
    ahead.send()
    assert ahead.results() == [(0, "end", ""), (1, "gone", ""), (1, "gone", "")]
