"""One start of the program is one run: one folder, one id, one record, however many workflows it has."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ci.pipeline.invocation import Invocation, overall_result
from ci.record.json_reader import read_record
from ci.record.run_record import RunRecord
from ci.run.folder import RunFolder
from ci.system.private_files import read_rewritten

from ..patience import eventually
from ..projects import ROOT, Project, make_project
from ..record.records import FULL, run, workflow

CONFIG = """
version: 2.1
parameters: {who: {type: string, default: you}}
jobs:
  build:
    docker: [{image: cimg/base:stable}]
    steps:
      - run: {name: Greet, command: "echo << pipeline.parameters.who >>; mkdir out; echo x >out/x"}
      - persist_to_workspace: {root: ., paths: [out]}
  test:
    docker: [{image: cimg/base:stable}]
    parallelism: 2
    steps: [run: {name: Check, command: "exit $CIRCLE_NODE_INDEX"}]
  deploy:
    docker: [{image: cimg/base:stable}]
    steps: [run: echo deployed]
workflows:
  main:
    jobs: [build, test: {requires: [build]}, deploy: {requires: [test]}]
"""


def record_of(project: Project) -> RunRecord:
    return read_record(read_rewritten(project.path / ".nox/ci/runs/last/run.json").decode())


def test_the_record_tells_what_was_asked_for_what_ran_and_how_it_ended(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    (project.path / "new").write_text("")
    done = project.run("main", "--param", "who=me", "--env", "TOKEN=hunter22-hunter22")
    found = record_of(project)
    assert done.status == 1
    assert (found.result, found.branch, found.dirty) == ("failed", "main", 1)
    assert found.commit == project.git("rev-parse", "HEAD").strip()
    assert found.project == str(project.path)
    assert found.options["env"] == ["TOKEN=..."]
    assert found.parameters == {"who": "me"}
    assert found.command[:2] == ("run", "main")
    [workflow] = found.workflows
    assert [(each.name, each.status) for each in workflow.jobs] == [
        ("build", "success"),
        ("test", "failed"),
        ("deploy", "not_run"),
    ]
    assert [len(each.nodes) for each in workflow.jobs] == [1, 2, 0]
    [layer] = workflow.jobs[0].layers
    assert layer.startswith("workspaces/build.0")
    assert (project.path / ".nox/ci/runs/last" / layer).exists()
    assert workflow.jobs[2].reason == "skipped because test failed"


def test_the_line_of_a_step_is_where_it_begins_in_its_log(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    project.run("main")
    folder = project.path / ".nox/ci/runs/last"
    nodes = [node for each in record_of(project).workflows[0].jobs for node in each.nodes]
    steps = [(step, (folder / node.log).read_text().splitlines()) for node in nodes for step in node.steps]
    assert len(steps) == 4
    for step, lines in steps:
        assert lines[step.line - 1].startswith(f"== {step.number}. {step.name}")


def test_no_secret_and_no_value_of_env_is_in_the_record(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    context = project.write(".circleci/contexts/c.env", "KEY=topsecret-of-context\n")
    context.chmod(0o600)
    secret = "topsecret-of-context"
    config = project.path / ".circleci/config.yml"
    config.write_text(config.read_text().replace("[build,", "[build: {context: c},").replace("Greet", secret))
    done = project.run("main", "--env", "A=short", "--env=B=other-hunter22", "--param", f"who={secret}")
    assert done.status == 1, done.stderr
    text = (project.path / ".nox/ci/runs/last/run.json").read_text()
    assert secret not in text
    assert "A=short" not in text
    assert "other-hunter22" not in text


def test_a_killed_run_has_a_record_that_says_what_ran(tmp_path):
    slow = CONFIG.replace("echo << pipeline.parameters.who >>;", "touch $MARK; sleep 300;")
    project = make_project(tmp_path / "project", slow)
    mark = tmp_path / "mark"
    words = [sys.executable, "-m", "ci", "run", "main", "--engine", "host", "--isolation", "folder"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen([*words, "--env", f"MARK={mark}"], cwd=project.path, env=environ)
    try:
        assert eventually(lambda: mark.exists() and record_of(project).workflows[0].jobs[0].status == "running")
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait()
    found = record_of(project)
    assert (found.result, found.finished) == ("running", None)
    assert [each.status for each in found.workflows[0].jobs] == ["running", "waiting", "waiting"]


def test_a_killed_run_is_listed_as_killed_and_its_log_shows_the_step_that_was_running(tmp_path):
    slow = CONFIG.replace("echo << pipeline.parameters.who >>;", "echo so far; touch $MARK; sleep 300;")
    project = make_project(tmp_path / "project", slow)
    mark = tmp_path / "mark"
    words = [sys.executable, "-m", "ci", "run", "main", "--engine", "host", "--isolation", "folder"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen([*words, "--env", f"MARK={mark}"], cwd=project.path, env=environ)
    log = project.path / ".nox/ci/runs/last/log/build.log"
    try:
        assert eventually(lambda: mark.exists() and record_of(project).workflows[0].jobs[0].status == "running")
        assert eventually(lambda: "so far" in log.read_text())
        assert [each["result"] for each in json.loads(project.ci("runs", "--json").stdout)] == ["running"]
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait()
    assert "✗ killed" in project.ci("runs").stdout
    title, *lines = project.ci("log").stdout.splitlines()
    assert title.endswith("build")
    assert "so far" in lines
    assert project.run("main").status == 1  # the next run is not disturbed
    assert [each["result"] for each in json.loads(project.ci("runs", "--json").stdout)] == ["failed", "killed"]


def test_two_runs_that_end_at_once_have_a_record_each_and_last_leads_to_the_newer(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    words = [sys.executable, "-m", "ci", "run", "main", "--engine", "host", "-q"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen(words, cwd=project.path, env=environ, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [each.wait(120) for each in running] == [1] * 4
    found = json.loads(project.ci("runs", "--json").stdout)
    assert [each["result"] for each in found] == ["failed"] * 4
    assert len({each["id"] for each in found}) == 4
    assert os.readlink(project.path / ".nox/ci/runs/last") in [each["id"] for each in found]
    for each in found:
        assert (Path(each["folder"]) / "junit.xml").is_file()


def test_an_interrupted_run_is_recorded_as_canceled(tmp_path):
    slow = CONFIG.replace("echo << pipeline.parameters.who >>;", "touch $MARK; sleep 300;")
    project = make_project(tmp_path / "project", slow)
    mark = tmp_path / "mark"
    words = [sys.executable, "-m", "ci", "run", "main", "--engine", "host", "--isolation", "folder"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen([*words, "--env", f"MARK={mark}"], cwd=project.path, env=environ)
    assert eventually(mark.exists)
    started.send_signal(signal.SIGINT)
    assert started.wait(60) == 130
    found = record_of(project)
    assert (found.result, found.workflows[0].result) == ("canceled", "canceled")
    assert [each.status for each in found.workflows[0].jobs] == ["canceled", "canceled", "canceled"]


def test_a_record_that_cannot_be_written_is_one_line_however_often(tmp_path, capsys):
    gone = tmp_path / "gone"
    invocation = Invocation(RunFolder("id", gone, tmp_path, tmp_path, gone), FULL)
    invocation.end("success")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"{gone / name} was not written: No such file or directory" for name in ("run.json", "junit.xml")]


@pytest.mark.parametrize(
    ("results", "whole"),
    [
        ((), "failed"),
        (("success",), "success"),
        (("success", "failed", "canceled"), "failed"),
        (("success", "canceled"), "canceled"),
        (("on_hold", "success"), "on_hold"),
    ],
)
def test_a_runs_result_is_the_worst_of_its_workflows(results, whole):
    assert overall_result(run(*(workflow("w", result=each) for each in results))) == whole


def test_events_of_a_run_have_its_id(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    done = project.run("main")
    lines = (project.path / ".nox/ci/runs/last/events.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["run"] == record_of(project).id == Path(done.first("run.start")["folder"]).name
