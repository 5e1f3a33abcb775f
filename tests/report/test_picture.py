"""The picture of a run at one moment: stored pictures that a person reviews, and the rules behind them.

A picture that is not as stored fails. After a change that is meant to change it, write the pictures anew and read
them: ``NEW_PICTURES=1 pytest tests/report/test_picture.py``.
"""

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from ci.report.painter import Painter
from ci.report.picture import Window, picture
from ci.report.run_state import JobView, RunView, WaitingJob, WorkView
from ci.report.style import Style

STORED = Path(__file__).with_name("pictures")
WAITING = (WaitingJob("deploy", ("build", "test-py39")), WaitingJob("notify", ("deploy",)))
MANY = tuple(JobView(f"shard-{n:02}", 60.0 + n, 2, 4, "Run the tests", f"test {n}") for n in range(20))
DOCS = (), ("docs-of-all-packages",), ("docs-of-all-packages", "test-of-all-packages")
STATES = {
    "before-the-first-step": RunView(3.4, work=(WorkView("pulling cimg/python:3.12", "45 of 120 MB", 3.0),), total=3),
    "one-job": RunView(
        75.0, (JobView("build", 12.0, 2, 5, "Compile", "ninja: 120 of 431", True, 0.5),), (), WAITING, 1, 0, 4
    ),
    "one-silent-job": RunView(75.0, (JobView("build", 55.0, 2, 5, "Compile", "linking", True, 42.0),), total=1),
    "jobs-overlap": RunView(
        192.0,
        (
            JobView("build", 130.2, 3, 7, "Build the wheels", "Building wheel for torchserve (setup.py)", silent=0.2),
            JobView("test-py39", 61.0, 2, 4, "Run the tests", "tests/test_a.py::test_one PASSED [ 12%]", silent=42.0),
            JobView("test-py312/0", 8.0, 1, 4, "Checkout code"),
            JobView("test-py312/1", 9.0, 4, 4, "Store results", "3 files", between=True),
            JobView("a-job-with-a-name-that-is-much-longer-than-what-fits", 0.3),
        ),
        (WorkView("making a virtualenv of Python 3.9.2", "", 4.0),),
        WAITING,
        done=3,
        failed=1,
        total=10,
    ),
    "twenty-jobs": RunView(80.0, MANY, (), WAITING, 2, 0, 24),
    "what-many-wait-for": RunView(
        9.0, MANY[:1], (), tuple(WaitingJob(f"deploy-{n}", ("shard-00", *DOCS[n % 3])) for n in range(12)), 0, 0, 13
    ),
    "wide-characters": RunView(
        9.0,
        (JobView("テスト", 8.0, 1, 2, "テストを実行する", "進捗状況: 🚀🚀 半分まで終わりました。" * 5, True),),
        total=1,
    ),
}
WINDOWS = [(80, 24), (200, 50), (40, 12), (80, 5)]


PLAIN = Style()


def drawn(view, columns, rows, style=PLAIN, streamed=False):
    return [line.plain for line in picture(view, Window(columns, rows, streamed), style)]


def stored(name, lines):
    """Compare lines with a stored picture; write it if a person asks for that."""
    file, text = STORED / f"{name}.txt", "".join(f"{line}\n" for line in lines)
    if os.environ.get("NEW_PICTURES"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"read it, then NEW_PICTURES=1 writes {file.name} anew"


@pytest.mark.parametrize(("columns", "rows"), WINDOWS)
@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_picture(state, columns, rows):
    stored(f"{state}-{columns}x{rows}", drawn(STATES[state], columns, rows))


@pytest.mark.parametrize("state", STATES)
def test_a_stream_of_ascii_has_a_picture_without_other_signs(state):
    stored(f"{state}-ascii", drawn(STATES[state], 80, 24, Style(unicode=False)))


@pytest.mark.parametrize("state", ["jobs-overlap", "one-silent-job"])
def test_colours_are_few(state):
    painted = Painter(Style(color=True)).painted(picture(STATES[state], Window(80, 24), Style(color=True)))
    stored(f"{state}-colours", [line.replace("\x1b", "ESC") for line, _ in painted])


@pytest.mark.parametrize("state", STATES)
def test_what_takes_no_colour_gets_no_escape(state):
    lines = picture(STATES[state], Window(80, 24), Style(color=False))
    assert [line for line, _ in Painter(Style(color=False)).painted(lines)] == [line.plain for line in lines]


@pytest.mark.parametrize("columns", [1, 2, 5, 10, 20, 30, 79, 80, 81, 300])
@pytest.mark.parametrize("rows", [1, 2, 3, 5, 24])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_reaches_the_last_column_and_no_picture_the_last_row(state, columns, rows, unicode):
    lines = drawn(STATES[state], columns, rows, Style(unicode=unicode))
    assert max(map(cell_len, lines)) <= max(1, columns - 1)
    assert 1 <= len(lines) <= max(1, rows - 1)


def test_what_has_no_room_is_counted():
    lines = drawn(STATES["twenty-jobs"], 80, 12)
    shown = [line for line in lines if "shard-" in line and "waiting" not in line]
    assert lines[len(shown)] == f"  and {20 - len(shown)} more"


def test_output_that_stands_above_is_not_repeated():
    job = JobView("build", 3.0, 1, 2, "make", "compiled", unended=False)
    assert "compiled" in drawn(RunView(3.0, (job,), total=1), 80, 24)[0]
    assert "compiled" not in drawn(RunView(3.0, (job,), total=1), 80, 24, streamed=True)[0]


def test_a_line_that_has_not_ended_is_shown_even_if_output_stands_above():
    job = JobView("build", 3.0, 1, 2, "make", "50 %", unended=True)
    assert "50 %" in drawn(RunView(3.0, (job,), total=1), 80, 24, streamed=True)[0]
