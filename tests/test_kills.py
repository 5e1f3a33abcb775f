"""A few runs killed at random points; ``python -m tests.kills`` kills as many as one likes."""

import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from . import paused_kills
from .kills import HOST_WAYS, WAYS, Ground, kill_runs

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks for processes in /proc")
SEED = 20


@pytest.mark.parametrize(
    ("engine", "ways"),
    [
        ("host", HOST_WAYS),
        pytest.param("docker", WAYS, marks=pytest.mark.docker),
        pytest.param("kubernetes", WAYS, marks=pytest.mark.kubernetes),
    ],
)
def test_a_killed_run_leaves_nothing_and_the_next_is_fine(engine, ways):
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:  # of a short name: a run has a socket in there
        found = kill_runs(Ground.make(Path(folder, "ground"), engine), len(ways), random.Random(SEED))
    assert found.faults == []
    assert found.killed == dict.fromkeys(map(str, ways), 1)


def test_a_killed_run_with_a_paused_job_leaves_nothing_and_the_next_goes_on(tmp_path):
    ground = Ground.make(tmp_path / "ground", "host", plain=paused_kills.CONFIG)
    found = paused_kills.kill_paused(ground, len(paused_kills.HOST_WAYS), random.Random(SEED))
    assert found.faults == []
    assert found.killed.total() == len(paused_kills.HOST_WAYS)


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("openssl"), reason="no curl or openssl")
def test_a_killed_run_with_a_setup_workflow_leaves_nothing_and_the_next_is_fine(tmp_path):
    found = kill_runs(Ground.make(tmp_path / "ground", "host", setup=True), 3, random.Random(SEED))
    assert found.faults == []
