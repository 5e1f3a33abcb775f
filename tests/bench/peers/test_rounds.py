"""The rounds: what counts as done, and that every tool meets the same machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...patience import alive, eventually
from . import rounds
from .install import Peer, Unavailable
from .model import Job, Workload
from .rounds import measure
from .tools import NotComparable, Tool

TWO_STEPS = Workload("W0", "two steps", (Job("j", ('echo "ran $((1))"', 'echo "ran $((2))"')),))


def tool(name, script, peer=None):
    return Tool(name, "", lambda workload, programs: ["bash", "-c", script], peer)


def results(*tools, times=1):
    return measured(TWO_STEPS, *tools, times=times).rows[0].results


def measured(workload, *tools, times=1):
    (figures,) = measure([workload], times, tools)
    return figures


def test_a_tool_that_shows_every_step_has_its_seconds():
    found = results(tool("good", "echo ran 1; echo ran 2"))["good"]
    assert (len(found.seconds), found.reason) == (1, None)


def test_an_echo_of_the_commands_is_not_their_output():
    found = results(tool("talks", "echo '$ echo \"ran $((1))\"'; echo ran 2"))["talks"]
    assert (found.seconds, found.reason) == ((), "ran 1 of 2 steps")


def test_a_tool_that_shows_no_output_is_asked_for_its_own_mark_of_each_step():
    def wrkflw(name, script):
        return Tool(name, "", lambda workload, programs: ["bash", "-c", script], mark=b"Step ")

    found = results(wrkflw("good", "echo Step 1; echo Step 2"), wrkflw("bad", "echo Step 1"))
    assert (found["good"].reason, found["bad"].reason) == (None, "ran 1 of 2 steps")


def test_a_tool_that_fails_has_the_line_with_its_error_and_no_place_of_this_machine():
    found = results(tool("bad", "echo 'Error: nothing in' $TMPDIR/x; echo good bye; exit 3"))["bad"]
    assert found.reason == "failed (3): Error: nothing in .../tmp/x"


def test_a_tool_that_does_not_end_is_ended_with_what_it_started(monkeypatch, tmp_path):
    monkeypatch.setattr(rounds, "LIMIT", 2)
    pid = tmp_path / "pid"
    found = results(tool("slow", f"sleep 300 & echo $! > {pid}; wait"))["slow"]
    assert found.reason == "not done after 2 s"
    assert eventually(lambda: not alive(pid.read_text().strip()))


@pytest.mark.parametrize(("times", "rounds_run"), [(1, 1), (2, 3)])
def test_the_tools_take_turns_after_a_round_that_is_not_timed_unless_once_is_all(tmp_path, times, rounds_run):
    log = tmp_path / "log"
    tools = [tool(name, f"echo {name} >> {log}; echo ran 1; echo ran 2") for name in "ab"]
    found = results(*tools, times=times)
    assert log.read_text().split() == ["a", "b"] * rounds_run
    assert [len(found[name].seconds) for name in "ab"] == [times, times]


def test_what_one_tool_leaves_in_the_project_is_gone_before_the_next():
    leaves = tool("leaves", "mkdir out; echo ran 1; echo ran 2")
    assert results(leaves, tool("next", "test ! -e out && echo ran 1; echo ran 2"))["next"].reason is None


def test_a_home_and_a_temporary_folder_are_those_of_the_bench():
    script = "case $HOME:$TMPDIR in *bench-peers-*/home:*bench-peers-*/tmp) echo ran 1; echo ran 2; esac"
    assert results(tool("good", script))["good"].reason is None


def test_a_peer_that_cannot_be_had_has_the_reason_and_no_version():
    def missing():
        raise Unavailable("it needs cargo")

    absent = tool("absent", "echo ran 1; echo ran 2", Peer("absent", missing, ("absent",)))
    figures = measured(TWO_STEPS, absent)
    assert figures.rows[0].results["absent"].reason == "not to be had here: it needs cargo"
    assert figures.columns[0].version == ""


def test_a_peer_has_its_own_words_version():
    here = Peer("bash", lambda: {"program": Path("/bin/echo")}, ("program", "its", "version", "1.2"))
    assert measured(TWO_STEPS, tool("here", "echo ran 1 ran 2", here)).columns[0].version == "bash 1.2"


def test_a_tool_that_does_not_do_a_workload_has_the_reason():
    def words(workload, programs):
        raise NotComparable("no workspaces")

    assert results(Tool("act", "", words))["act"].reason == "no workspaces"


@pytest.mark.parametrize("times", [1, 3])
def test_a_workload_is_timed_no_more_often_than_it_says(times):
    workload = Workload("W", "", (Job("j", ("true",)),), times=2)
    found = measured(workload, tool("t", "true"), times=times).rows[0].results["t"]
    assert len(found.seconds) == min(times, 2)


def test_the_figures_so_far_are_there_after_each_workload():
    found = list(measure([TWO_STEPS, TWO_STEPS], 1, [tool("good", "echo ran 1; echo ran 2")]))
    assert [len(figures.rows) for figures in found] == [1, 2]


def test_python_keeps_what_it_compiles_as_for_a_user(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    script = "test -z \"${PYTHONDONTWRITEBYTECODE-}\" && echo 'ran 1\nran 2'"
    assert results(tool("good", script))["good"].reason is None


def test_a_program_that_cannot_be_started_is_a_reason_and_ends_nothing():
    broken = Tool("broken", "", lambda workload, programs: ["/no/such/program"])
    found = results(broken, tool("good", "echo ran 1; echo ran 2"))
    assert "No such file" in found["broken"].reason
    assert found["good"].reason is None
