"""The console on a terminal: lines scroll away, and below them stands what runs."""

import itertools
import os
import sys
import threading
from textwrap import dedent

import pytest

from ci.errors import Position
from ci.events import (
    ApprovalAnswered,
    ApprovalAsked,
    Fidelity,
    JobFinished,
    JobStarted,
    Notice,
    Output,
    Progress,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from ci.report.console import Console
from ci.report.live_view import LiveView, live_view_lacks, window_size
from ci.report.run_state import RunState
from ci.report.screens import LiveScreen
from ci.report.style import Style

from ..projects import ROOT, call
from .terminal import Terminal

HERE = Position(".circleci/config.yml", 12, 9)
EXACT = Fidelity("exact")


class LiveConsole:
    """A console on a terminal in memory that is drawn when the test says so, at the time of the last event."""

    def __init__(self, columns=80, rows=24, style=None, **options):
        self.terminal = Terminal(columns, rows)
        self.now = 0.0
        style = style or Style()
        self.console = Console(self.terminal, style, live=True, clock=lambda: self.now, **options)
        self.console._ticker.stop()
        self.console(
            RunStarted(0, "id", "w", "host", "r", "f", ("build", "lint", "deploy"), ((), (), ("build", "lint")))
        )

    def __call__(self, *events, now=None):
        for event in events:
            self.now = max(self.now, event.time)
            self.console(event)
        self.now = self.now if now is None else now
        console = self.console
        size = (self.terminal.screen.columns, self.terminal.screen.lines)
        view = LiveView(
            console._state,
            console._screen,
            console._style,
            console._lock,
            console._streams,
            console._clock,
            lambda: size,
        )
        view.draw()
        return self.terminal.lines


def started(job, time=0.0, steps=2):
    return JobStarted(time, job, "py3", HERE, (), steps)


def step(job, time, number=1, name="make"):
    return StepStarted(time, job, number, name, HERE)


def ended(job, time, status="success"):
    return JobFinished(time, job, status, time, EXACT, "", HERE)


def test_jobs_that_overlap_have_a_line_each_and_what_has_ended_scrolls_away():
    live = LiveConsole(overlap=True)
    lines = live(started("build"), started("lint"), step("build", 1), step("lint", 1), Output(2, "build", 1, "text\n"))
    assert lines[1:3] == ["▶ build  2 s  step 1/2 make  text", "▶ lint   2 s  step 1/2 make"]
    assert lines[3] == "  waiting: deploy for build, lint"
    lines = live(ended("build", 5), now=7)
    assert lines[1:4] == [
        "✓ build success in 5.0 s",
        "▶ lint  7 s  step 1/2 make  no output for 6 s",
        "  waiting: deploy for lint",
    ]


def test_a_job_that_failed_scrolls_away_with_its_cause():
    live = LiveConsole(overlap=True)
    live(started("build"), step("build", 0), Output(1, "build", 1, "no rule\n"))
    lines = live(StepFinished(1, "build", 1, "make", "failed", 1.0, HERE, 2), ended("build", 1, "failed"))
    assert lines[1] == "✗ build failed in 1.0 s: step 1 of 2 'make'"
    assert "  .circleci/config.yml:12:9: exit status 2" in lines
    assert "    no rule" in lines


def test_two_thousand_lines_of_a_job_that_passes_beside_others_never_reach_the_terminal():
    live = LiveConsole(overlap=True)
    live(started("build"), step("build", 0), *(Output(1, "build", 1, f"line {n}\n") for n in range(2000)))
    live(ended("build", 2))
    assert not any("line 7" in line for line in live.terminal.everything)


def test_with_one_job_at_a_time_output_is_live_above_the_status_line():
    live = LiveConsole()
    lines = live(started("build"), step("build", 0), Output(1, "build", 1, "one\ntwo\nthr"))
    assert lines[2:] == [
        *("  1. make", "    one", "    two"),
        "▶ build  1 s  step 1/2 make  thr",
        "  waiting: deploy for build, lint",
        "  ────────────────  0 of 3 jobs done, 2 waiting, 1 s",
    ]


def test_verbose_shows_the_output_of_all_jobs_above_the_block():
    live = LiveConsole(overlap=True, verbose=True)
    lines = live(started("build"), started("lint"), step("build", 0), Output(1, "build", 1, "one\n"))
    assert "build |     one" in lines
    assert lines[-4].startswith("▶ build")


def test_work_of_the_runner_is_shown_while_it_lasts_and_then_with_its_time():
    live = LiveConsole()
    lines = live(Progress(1, "pulling base:1", "4 of 9 MB"), now=4)
    assert lines[1] == "  pulling base:1: 4 of 9 MB  3 s"
    lines = live(Progress(5, "pulling base:1", ended=True))
    assert lines[1] == "pulling base:1: 4 of 9 MB: 4.0 s"
    assert not any("pulling" in line for line in lines[2:])


def test_a_warning_scrolls_away_above_the_block():
    live = LiveConsole(overlap=True)
    lines = live(started("build"), step("build", 0), Notice(1, "a service ended", "build", level="warning"))
    assert lines[1] == "build: a service ended"
    assert lines[2].startswith("▶ build")


def test_a_question_pauses_the_view():
    live = LiveConsole(overlap=True)
    live(started("build"), step("build", 0))
    assert live(ApprovalAsked(1, "hold"), now=5)[1:] == ["Approve hold? [y/n]"]
    live.terminal.write("y\n")
    assert live(ApprovalAnswered(6, "hold", True))[1:3] == [
        "Approve hold? [y/n] y",
        "▶ build  6 s  step 1/2 make  no output for 6 s",
    ]


def test_the_summary_stands_alone_after_an_interruption():
    live = LiveConsole(overlap=True)
    live(started("build"), step("build", 0), Output(1, "build", 1, "half a line"))
    live.terminal.write("^C")  # as the terminal shows what was typed
    live.console(ended("build", 2, "canceled"))
    live.console(RunFinished(2, "canceled", 2.0))
    live.console.close()
    lines = live(now=3)
    assert lines[1:4] == ["⊘ build canceled in 2.0 s", "", "w: 1 canceled in 2.0 s"]
    assert not any("▶" in line or "^C" in line for line in lines)
    assert not live.terminal.screen.cursor.hidden


def test_control_sequences_of_names_and_output_move_nothing():
    live = LiveConsole(overlap=True)
    lines = live(started("build"), step("build", 0, name="a\x1b[2Jb"), Output(1, "build", 1, "x\x1b[2J\x1b[31my\n"))
    assert lines[1].startswith("▶ build  1 s  step 1/2 a\\x1b[2Jb  xy")


def test_in_five_rows_twenty_jobs_are_counted():
    names = tuple(f"job-{n:02}" for n in range(20))
    live = LiveConsole(rows=5, overlap=True)
    live.console(RunStarted(0, "id", "w", "host", "r", "f", names))
    lines = live(*(started(name) for name in names), *(step(name, 1) for name in names))
    assert [line[:9] for line in lines[-4:-2]] == ["▶ job-00 ", "▶ job-01 "]
    assert lines[-2] == "  and 18 more"


@pytest.mark.parametrize("columns", [1, 7, 20, 80, 200])
def test_any_width_leaves_each_line_of_text_once(columns):
    live = LiveConsole(columns=columns, rows=30, overlap=True)
    for number in range(4):
        live(started("build", number), step("build", number, name="名前" * 30), Notice(number, f"n{number}"))
    shown = "".join(live.terminal.everything)
    assert [shown.count(f"n{number}") for number in range(4)] == [1, 1, 1, 1]


def test_a_window_of_unknown_size_counts_as_80_by_24(tmp_path):
    with open(tmp_path / "file", "w") as file:
        assert window_size(file) == (80, 24)


def test_the_size_of_the_window_is_asked_anew_each_time():
    sizes = iter([os.terminal_size((100, 30)), os.terminal_size((50, 10))])
    with open(os.devnull, "w") as stream:
        assert [window_size(stream, lambda _: next(sizes)) for _ in range(2)] == [(100, 30), (50, 10)]


@pytest.mark.parametrize("options", [{}, {"overlap": True}, {"overlap": True, "verbose": True}])
def test_there_is_no_second_without_a_change_on_the_screen(options):
    live = LiveConsole(**options)
    live(started("build"), step("build", 0), Output(0, "build", 1, "text\n"))
    pictures = [live(now=float(second)) for second in range(200)]
    assert all(before != after for before, after in itertools.pairwise(pictures))


def test_a_view_that_cannot_be_drawn_is_given_up_and_the_run_goes_on():
    live = LiveConsole(overlap=True)
    live(started("build"), step("build", 0))
    live.console._stop_live(ImportError("no module rich"))
    live.console(ended("build", 2))
    assert live.terminal.lines[1:] == [
        "the running jobs are no longer shown: ImportError: no module rich",
        "✓ build success in 2.0 s",
    ]


def test_events_and_pictures_of_several_threads_do_not_mix():
    live = LiveConsole(overlap=True)
    live(started("build"), step("build", 0))

    def emit():
        for number in range(200):
            live.console(Notice(1, f"notice {number}"))

    threads = [threading.Thread(target=emit) for _ in range(3)]
    for each in threads:
        each.start()
    for _ in range(50):
        live()
    for each in threads:
        each.join()
    shown = [line for line in live.terminal.everything if line.startswith("notice")]
    assert sorted(shown) == sorted(f"notice {number}" for number in range(200) for _ in range(3))


def test_state_and_screen_are_all_that_a_view_needs():
    terminal, state = Terminal(), RunState()
    state(RunStarted(0, "id", "w", "host", "r", "f", ("a",)))
    LiveView(state, LiveScreen(terminal), Style(), threading.RLock(), False, lambda: 3.0, lambda: (80, 24)).draw()
    assert terminal.lines == ["  ────────────────  0 of 1 job done, 1 waiting, 3 s"]


def test_without_rich_the_first_lines_say_once_what_to_install():
    lacking = live_view_lacks(lambda name: None)
    terminal = Terminal()
    console = Console(terminal, Style(), overlap=True, hint=lacking, clock=lambda: 0.0)
    for event in (RunStarted(0, "id", "w", "host", "r", "f", ("build",)), started("build"), step("build", 0)):
        console(event)
    console.close()
    assert "pip install rich" in terminal.lines[1]
    assert terminal.lines[2:] == ["▶ build on py3", "  build: step 1 of 2 'make'"]


def test_what_draws_is_loaded_after_the_first_step_has_begun_and_by_nobody_else():
    code = """
        import sys, threading
        import ci.report.console
        from ci.errors import Position
        from ci.events import JobStarted, RunStarted, StepStarted
        from ci.report.console import Console
        from ci.report.screens import LiveScreen
        from ci.report.style import Style
        drawn, show, here = threading.Event(), LiveScreen.show, Position("f", 1, 1)
        LiveScreen.show = lambda *words: (show(*words), drawn.set())
        ci.report.console.FIRST_DRAWN = 5.0  # so that it is not drawn before it is looked at
        console = Console(sys.stdout, Style(), live=True)
        console(RunStarted(0, "id", "w", "host", "r", "f", ("a",)))
        console(JobStarted(0, "a", "py3", here))
        console(StepStarted(0, "a", 1, "make", here))
        before = {"rich", "ci.report.picture"} & set(sys.modules)
        assert drawn.wait(60)
        print(before, {"rich", "ci.report.picture"} <= set(sys.modules), file=sys.stderr)
        """
    done = call([sys.executable, "-c", dedent(code)], ROOT)
    assert done.stderr == "set() True\n"
