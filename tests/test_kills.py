"""A few runs killed at random points; ``python -m tests.kills`` kills as many as one likes."""

import random
import sys

import pytest

from .kills import WAYS, Ground, kill_runs

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks for processes in /proc")
SEED = 20


@pytest.mark.parametrize("engine", ["host", pytest.param("docker", marks=pytest.mark.docker)])
def test_a_killed_run_leaves_nothing_and_the_next_is_fine(tmp_path, engine):
    found = kill_runs(Ground.make(tmp_path / "ground", engine), 4, random.Random(SEED))
    assert found.faults == []
    assert sum(found.killed.values()) == 4
    assert set(found.killed) == {" and ".join(number.name for number in way) for way in WAYS}
