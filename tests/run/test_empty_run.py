"""A run that has ended before anything began leaves no folder; one that has left something stays."""

from __future__ import annotations

import os

import pytest

from ci.run.empty_run import discard_if_empty
from ci.run.folder import LAST, open_run, runs


@pytest.fixture
def state(tmp_path):
    return tmp_path / ".nox/ci"


def test_an_empty_run_goes_and_the_one_before_is_the_last_again(state):
    with open_run(state) as earlier, open_run(state) as empty:
        discard_if_empty(state, empty.run)
    assert runs(state) == [earlier.run]
    assert os.readlink(state / "runs" / LAST) == earlier.id


def test_the_only_run_goes_without_a_trace(state):
    with open_run(state) as empty:
        discard_if_empty(state, empty.run)
    assert os.listdir(state / "runs") == []


@pytest.mark.parametrize("left", ["log/a.log", "artifacts/a", "test-results/a", "workspaces/a.0.tar", "workflows"])
def test_a_run_that_has_left_something_stays(state, left):
    with open_run(state) as run:
        (run.run / left).mkdir()
        discard_if_empty(state, run.run)
    assert runs(state) == [run.run]
    assert os.readlink(state / "runs" / LAST) == run.id


def test_what_keep_would_have_kept_goes_too(state):
    with open_run(state, keep=True) as run:
        discard_if_empty(state, run.run)
    assert not run.scratch.exists()
