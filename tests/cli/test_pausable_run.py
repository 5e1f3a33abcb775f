"""The lines that a run leaves for each job that stays paused."""

import pytest

from ci.cli.pausable_run import paused_lines

JOB = {"job": "build", "step": 3, "steps": 4, "name": "Test", "moment": "failed", "reason": "exit status 1"}


@pytest.mark.parametrize(
    ("by_nox", "command"), [(False, "python -m ci resume --retry"), (True, "nox -s resume -- --retry")]
)
def test_the_command_is_the_one_of_its_reader(by_nox, command):
    place, again = paused_lines([JOB], by_nox)
    assert place == "build stays paused at step 3 of 4 'Test': exit status 1"
    assert f"{command}   (or --edits," in again


def test_one_of_several_jobs_is_named():
    lines = paused_lines([JOB, {**JOB, "job": "lint all"}])
    assert "resume -j build --retry" in lines[1]
    assert "resume -j 'lint all' --retry" in lines[3]


def test_a_name_cannot_move_the_cursor():
    lines = paused_lines([{**JOB, "job": "a\x1b[2J", "name": "b\nc"}])
    assert len("\n".join(lines).splitlines()) == 2
    assert "\x1b" not in "".join(lines)
