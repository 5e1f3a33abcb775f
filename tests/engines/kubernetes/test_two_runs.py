"""Two runs of one project at once, as from two terminals: both pass, and neither takes the other's Pods or files."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.engines.kubernetes.long_runs import IMAGE
from tests.patience import eventually
from tests.projects import ROOT, make_project

pytestmark = pytest.mark.kubernetes
CONFIG = f"""\
    version: 2.1
    jobs:
      writes:
        docker: [{{image: {IMAGE}}}]
        parallelism: 2
        steps:
          - checkout
          - restore_cache: {{keys: [kept]}}
          - run: mkdir -p kept own; date >>kept/dates; echo "$CIRCLE_WORKFLOW_ID" >own/$CIRCLE_NODE_INDEX; sleep 3
          - save_cache: {{key: kept, paths: [kept]}}
          - persist_to_workspace: {{root: own, paths: ['*']}}
      reads:
        docker: [{{image: {IMAGE}}}, {{image: {IMAGE}, command: [sleep, '300']}}]
        steps:
          - attach_workspace: {{at: own}}
          - run: test "$(cat own/0 own/1)" = "$CIRCLE_WORKFLOW_ID"$'\\n'"$CIRCLE_WORKFLOW_ID"
    workflows: {{w: {{jobs: [writes, {{reads: {{requires: [writes]}}}}]}}}}
    """


def test_two_runs_of_one_project_at_once_pass(make_namespace, tmp_path):
    namespace = make_namespace()
    project = make_project(tmp_path / "project", CONFIG)
    words = [sys.executable, "-m", "ci", "run", "w", "--engine", "kubernetes", "--parallel", "--json"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **namespace.environ}
    pipe = subprocess.PIPE
    running = [subprocess.Popen(words, cwd=project.path, env=variables, stdout=pipe, text=True) for _ in range(2)]
    try:
        printed = [each.communicate(timeout=180)[0] for each in running]
    finally:
        for each in running:
            each.kill()
            each.wait()
    for process, lines in zip(running, printed, strict=True):
        assert process.returncode == 0, lines
        events = [json.loads(line) for line in lines.splitlines()]
        assert not [each for each in events if each["event"] == "notice" and "deleted the Pod" in each["text"]]
    assert eventually(lambda: namespace.pods() == [])
