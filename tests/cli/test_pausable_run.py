"""The lines that a run leaves for each job that stays paused."""

import pytest

from ci.cli.pausable_run import paused_lines
from ci.system.command_names import forget_sessions, name_session

JOB = {"job": "build", "step": 3, "steps": 4, "name": "Test", "moment": "failed", "reason": "exit status 1"}


@pytest.fixture
def under_nox():
    name_session(["resume"], "ci-resume")
    yield
    forget_sessions()


def test_under_nox_the_command_is_the_session(under_nox):
    assert "nox -s ci-resume -- --retry   (or --edits," in paused_lines([JOB])[1]


def test_the_place_of_the_job_and_the_command_by_which_it_goes_on_are_shown():
    place, again = paused_lines([JOB])
    assert place == "build stays paused at step 3 of 4 'Test': exit status 1"
    assert "python -m ci resume --retry   (or --edits," in again


def test_one_of_several_jobs_is_named():
    lines = paused_lines([JOB, {**JOB, "job": "lint all"}])
    assert "resume -j build --retry" in lines[1]
    assert "resume -j 'lint all' --retry" in lines[3]


def test_a_job_of_a_run_with_others_is_named_with_its_run():
    assert "python -m ci resume 20261127-01 -j build --retry" in paused_lines([JOB], "20261127-01")[1]


def test_a_name_cannot_move_the_cursor():
    lines = paused_lines([{**JOB, "job": "a\x1b[2J", "name": "b\nc"}])
    assert len("\n".join(lines).splitlines()) == 2
    assert "\x1b" not in "".join(lines)
