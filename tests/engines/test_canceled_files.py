"""A run that is ended while the files of a job move: nobody waits for them, whatever moves them."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.engine_params import ENGINES
from tests.projects import ROOT, make_project

CONFIG = """\
version: 2.1
jobs:
  build:
    docker: [{image: nox-circleci/base, user: root}]
    steps:
      - run: MAKE
      - MOVE
      - run: sleep 300
  waits: {docker: [{image: nox-circleci/base}], steps: [{run: echo begun}]}
workflows: {w: {jobs: [build, waits: {requires: [build]}]}}
"""
MAKE = "truncate -s 16G big"
MOVES = [
    "persist_to_workspace: {root: ., paths: [big]}",
    "store_artifacts: {path: big}",
    "save_cache: {key: k, paths: [big]}",
]
SECONDS = 30
"""What the end of a run may take here, with other work on the machine. To move 16 GiB takes longer."""


def ended_while_it_moves(project, engine, *options, step=2):
    """Start a run, end it when files have begun to move; return its events and the seconds that its end took."""
    words = ["run", "w", "--engine", engine, "--json", *options]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "ci", *words],
        cwd=project.path,
        env=environ,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    ) as running:
        events = []
        for line in running.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "step.start" and events[-1]["step"] == step:
                break
        time.sleep(0.3)
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        events += map(json.loads, running.stdout)
    assert running.returncode == 130
    return events, time.monotonic() - began


def assert_nobody_has_waited(events, seconds, step=2):
    assert seconds < SECONDS
    ended = {each["job"]: each["status"] for each in events if each["event"] == "job.finish"}
    assert ended == {"build": "canceled", "waits": "canceled"}
    [moved] = [each for each in events if each["event"] == "step.finish" and each["step"] == step]
    assert moved["status"] == "canceled"


@pytest.mark.parametrize("engine", ENGINES[:2])
@pytest.mark.parametrize("move", MOVES)
def test_a_run_that_is_ended_does_not_wait_for_files(move, engine, tmp_path):
    project = make_project(tmp_path / "project", CONFIG.replace("MAKE", MAKE).replace("MOVE", move))
    assert_nobody_has_waited(*ended_while_it_moves(project, engine))


@pytest.mark.parametrize("engine", ENGINES[:2])
def test_it_does_not_wait_for_those_that_only_the_job_sees(engine, tmp_path):
    config = CONFIG.replace("MAKE", f"mkdir -p /opt/many; cd /opt/many; {MAKE}")
    move = "persist_to_workspace: {root: /opt/many, paths: [big]}"
    project = make_project(tmp_path / "project", config.replace("MOVE", move))
    assert_nobody_has_waited(*ended_while_it_moves(project, engine))


def test_it_does_not_wait_for_those_of_a_job_in_a_folder(tmp_path):
    project = make_project(tmp_path / "project", CONFIG.replace("MAKE", MAKE).replace("MOVE", MOVES[0]))
    assert_nobody_has_waited(*ended_while_it_moves(project, "host", "--isolation", "folder"))


@pytest.mark.parametrize("repository", [True, False], ids=["a repository", "a folder"])
@pytest.mark.parametrize("engine", ENGINES[:2])
def test_it_does_not_wait_for_the_checkout(engine, repository, tmp_path):
    config = CONFIG.replace("- run: MAKE\n      - MOVE", "- checkout")
    project = make_project(tmp_path / "project", config, repository=repository)
    with open(project.path / "big", "wb") as big:
        big.truncate(16 << 30)
    assert_nobody_has_waited(*ended_while_it_moves(project, engine, step=1), step=1)
