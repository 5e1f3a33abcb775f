"""``runs`` and ``log`` on real runs: what they show, by which names, and what is wrong with what is broken."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from ..projects import ROOT, Project, make_project
from ..windows import rest_of

CONFIG = """
version: 2.1
parameters: {broken: {type: boolean, default: true}}
jobs:
  build:
    docker: [{image: cimg/base:stable}]
    steps: [run: {name: Compile, command: echo compiled}]
  test:
    docker: [{image: cimg/base:stable}]
    steps:
      - run: {name: Prepare, command: echo prepared}
      - run: {name: Check, command: "echo the cause; ! << pipeline.parameters.broken >>"}
      - run: {name: Tidy, command: echo tidied, when: always}
workflows: {main: {jobs: [build, test: {requires: [build]}]}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Project:
    """A project with two runs: one that failed, then one that passed."""
    project = make_project(tmp_path_factory.mktemp("log") / "project", CONFIG)
    assert project.run("main").status == 1
    assert project.run("main", "--param", "broken=false").status == 0
    return project


@pytest.fixture
def project(made, tmp_path) -> Project:
    """A copy of it, to be broken."""
    shutil.copytree(made.path, tmp_path / "copy", symlinks=True)
    return Project(tmp_path / "copy")


def ids(project: Project) -> list[str]:
    return [each["id"] for each in json.loads(project.ci("runs", "--json").stdout)]


def test_runs_lists_them_newest_first(made):
    lines = made.ci("runs").stdout.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [["last", "✓", "passed"], ["-1", "✗", "failed"]]
    assert lines[2].endswith("test")


def test_runs_as_json_is_one_document_with_the_names_that_log_takes(made):
    found = json.loads(made.ci("runs", "--json").stdout)
    assert [(each["name"], each["result"], each["failed_jobs"]) for each in found] == [
        ("last", "success", []),
        ("-1", "failed", ["test"]),
    ]


def test_log_shows_the_failed_step_alone(made):
    done = made.ci("log", "-1")
    assert done.status == 0
    assert "the cause" in done.stdout
    assert "prepared" not in done.stdout
    assert "tidied" not in done.stdout
    title, begin, *_ = done.stdout.splitlines()
    assert title.endswith("test: step 2 of 3 'Check'")
    assert begin == "== 2. Check (.circleci/config.yml:12:9)"


def test_log_of_a_run_that_passed_says_so(made):
    done = made.ci("log")
    assert (done.status, done.stdout.strip().partition(": ")[2]) == (
        0, "no step failed; `log last JOB` shows a job's log",
    )  # fmt: skip


def test_log_of_a_job_shows_all_of_it_and_of_a_step_that_step(made):
    whole = made.ci("log", "test").stdout
    assert [word in whole for word in ("prepared", "the cause", "tidied")] == [True] * 3
    assert "tidied" in made.ci("log", "-1", "test", "--step", "3").stdout
    assert "the cause" not in made.ci("log", "-1", "test", "--step", "3").stdout


def test_a_run_is_named_by_its_id_or_the_beginning_of_it(made):
    [_, failed] = ids(made)
    for name in (failed, failed[:-1]):
        assert "the cause" in made.ci("log", name).stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-5",), "there is no run -5: 2 are kept"),
        (("tset",), "has no job 'tset'"),
        (("last", "test", "--step", "9"), "has run no step 9"),
        (("--step", "1"), "no step failed|--step needs the name of a job"),
        (("a", "b"), "there is no run 'a'"),
    ],
)
def test_what_is_not_there_is_bad_input(made, words, message):
    done = made.ci("log", *words)
    assert done.status == 2, done.stdout
    assert re.search(message, done.stderr)


def test_a_run_folder_from_before_records_is_listed_and_its_logs_are_shown_by_their_names(project):
    (project.path / ".nox/ci/runs" / ids(project)[1] / "run.json").unlink()
    assert "no record" in project.ci("runs").stdout
    done = project.ci("log", "-1")
    assert done.status == 2
    assert "it has no record" in done.stderr
    assert "build.log, test.log" in done.stderr
    assert "the cause" in project.ci("log", "-1", "test").stdout


@pytest.mark.parametrize("text", ["", '{"version": 1, "id": "x"', '{"version": 7}', "[]", "\udc80"])
def test_a_half_written_record_or_one_of_another_version_is_a_clear_line(project, text):
    record = project.path / ".nox/ci/runs" / ids(project)[1] / "run.json"
    record.write_bytes(text.encode("utf-8", "surrogateescape"))
    for words in (("runs",), ("runs", "--json"), ("log", "-1")):
        done = project.ci(*words)
        assert "Traceback" not in done.stdout + done.stderr
        assert "cannot be read" in done.stdout + done.stderr


def test_a_log_that_is_gone_is_a_clear_line(project):
    (project.path / ".nox/ci/runs" / ids(project)[1] / "log/test.log").unlink()
    done = project.ci("log", "-1")
    assert (done.status, "is gone" in done.stderr) == (2, True)


def test_a_project_without_runs_is_told_so(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    assert project.ci("runs").stdout.startswith("no run is kept in")
    assert project.ci("runs", "--json").stdout.strip() == "[]"
    done = project.ci("log")
    assert (done.status, done.stderr.splitlines()[0]) == (2, "no run is kept here")


def test_a_reader_that_goes_away_is_no_traceback(made):
    words = f"{sys.executable} -m ci log test | head -n 1; {sys.executable} -m ci runs | true"
    done = subprocess.run(
        ["bash", "-c", words], cwd=made.path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == ""


TWO_FAIL = """
version: 2.1
jobs:
  a: {docker: [{image: cimg/base:stable}], steps: [run: "exit 1"]}
  b:
    docker: [{image: cimg/base:stable}]
    steps: [run: echo fine, run: {name: Check, command: "echo cause of b; exit 1"}]
workflows: {main: {jobs: [a, b]}}
"""


def test_log_names_the_command_that_shows_each_other_failed_step(tmp_path):
    project = make_project(tmp_path / "project", TWO_FAIL)
    project.run("main")
    last = project.ci("log").stdout.splitlines()[-1]
    assert last == "failed too: b: step 2 of 2 'Check': python -m ci log b --step 2"
    assert "cause of b" in project.ci(*shlex.split(last.rpartition("-m ci ")[2])).stdout
    assert project.ci("log", "last").stdout.splitlines()[-1].endswith(": python -m ci log last b --step 2")


def test_log_tells_a_job_that_a_killed_run_did_not_end_from_one_that_failed(tmp_path):
    project = make_project(tmp_path / "project", TWO_FAIL)
    project.run("main")
    record = next((project.path / ".nox/ci/runs").glob("2*/run.json"))
    data = json.loads(record.read_text())
    data["result"] = data["workflows"][0]["jobs"][1]["status"] = "running"
    data["workflows"][0]["jobs"][1]["nodes"][0]["steps"] = []
    record.write_text(json.dumps(data))
    assert project.ci("log").stdout.splitlines()[-1] == "did not end: b: python -m ci log b"


def test_a_log_leaves_only_its_colours_on_a_terminal_and_is_itself_elsewhere(project):
    log = next((project.path / ".nox/ci/runs" / ids(project)[0] / "log").glob("build.log"))
    written = b"\x1b]52;c;QUJD\x07\x1b[31mred\x1b[0m\x1b[2J\n"
    log.write_bytes(written)
    main, terminal = os.openpty()
    words = [sys.executable, "-m", "ci", "log", "last", "build"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PAGER": "cat"}
    subprocess.run(words, cwd=project.path, env=environ, stdin=terminal, stdout=terminal, check=True)
    os.close(terminal)
    shown = rest_of(main)
    assert b"\x1b[31mred\x1b[0m\r\n" in shown
    assert b"52;c" not in shown
    assert written.decode() in project.ci("log", "last", "build").stdout


def test_a_log_is_no_command_to_githubs_runner_and_itself_elsewhere(tmp_path):
    hostile = CONFIG.replace("echo the cause;", "echo ::error::the cause;")
    project = make_project(tmp_path, hostile)
    assert project.run("main").status == 1
    assert "\n::error::the cause\n" in project.ci("log").stdout
    assert "\n| ::error::the cause\n" in project.ci("log", GITHUB_ACTIONS="true").stdout
