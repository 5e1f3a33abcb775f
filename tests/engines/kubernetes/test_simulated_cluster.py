"""The simulated cluster of the bench: jobs run there as they do on a real one, a few at a time."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.bench.measure import variables
from tests.bench.simulated_cluster import workloads
from tests.bench.simulated_cluster.capacity import Capacity, wanted
from tests.bench.simulated_cluster.container import end_all, left
from tests.bench.simulated_cluster.settings import LOG, Size, environment, pods_folder
from tests.bench.workflows import CI, project
from tests.patience import eventually


@pytest.fixture
def cluster(tmp_path: Path):
    """The variables of a run on three nodes that hold one job each."""
    environ = environment(Size(nodes=3, processors=2, start_seconds=0.05), tmp_path / "cluster")
    yield variables(environ)
    end_all(pods_folder(tmp_path / "cluster"))


def run(config: str, folder: Path, environ) -> list[dict]:
    """The events of a run of that config."""
    words = [*CI, "run", "w", "--json", "--engine", "kubernetes", "--parallel"]
    done = subprocess.run(words, cwd=project(folder, config), env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_ten_jobs_pass_on_three_nodes_and_leave_nothing(tmp_path, cluster):
    events = run(workloads.layers_with_files((1, 8, 1), 1000), tmp_path / "project", cluster)
    ended = [each["status"] for each in events if each["event"] == "job.finish"]
    assert ended == ["success"] * 10
    output = "".join(each["text"] for each in events if each["event"] == "output")
    assert output.count("x" * 99) == 10 * 10
    assert (tmp_path / "cluster" / LOG).read_text() == ""
    assert list(pods_folder(tmp_path / "cluster").iterdir()) == []
    assert eventually(lambda: not list(left(pods_folder(tmp_path / "cluster"))))


def test_no_more_pods_run_than_nodes_hold(tmp_path, cluster):
    (tmp_path / "run").mkdir()
    step = f"run: mkdir {tmp_path}/run/JOB; sleep 0.2; ls {tmp_path}/run | wc -l; rmdir {tmp_path}/run/JOB"
    events = run(workloads.at_once(5, step), tmp_path / "project", cluster)
    found = [int(each["text"]) for each in events if each["event"] == "output"]
    assert len(found) == 5
    assert max(found) <= 3


def test_a_node_holds_what_it_has_processors_for():
    capacity = Capacity(nodes=2, processors=2)
    places = [capacity.take(each) for each in (1500, 1500, 500, 600)]
    assert places == ["node-0", "node-1", "node-0", None]
    assert capacity.refusal().startswith("0/2 nodes are available: 2 Insufficient cpu.")
    capacity.give_back("node-1", 1500)
    assert capacity.take(600) == "node-1"


def test_a_pod_asks_for_what_its_containers_do():
    containers = [{"resources": {"requests": {"cpu": each}}} for each in ("2000m", "1")]
    assert wanted({"spec": {"containers": [*containers, {}]}}) == 3000
