"""What is said of a run whose jobs go on without this program, also where little else is."""

import io
import time

import pytest

from ci.events import RunDetached
from ci.report.console import Console
from ci.report.detached_line import detached_line
from ci.report.style import Style

EVENT = RunDetached(1.0, "20260101-000000-abcdef", ("build",), "context test", 1767225600.0)


def test_the_line_names_the_jobs_the_place_the_end_and_how_to_come_back():
    line = detached_line(EVENT)
    until = time.strftime("%H:%M on %d %b", time.localtime(EVENT.until))
    assert line.startswith(f"build goes on in the cluster (context test), until {until} at the latest; come back: ")
    assert line.endswith("resume 20260101-000000-abcdef")


@pytest.mark.parametrize("quiet", [False, True])
def test_a_quiet_run_says_too_how_to_come_back(quiet):
    stream = io.StringIO()
    Console(stream, Style(), quiet=quiet)(EVENT)
    assert "come back: " in stream.getvalue()
