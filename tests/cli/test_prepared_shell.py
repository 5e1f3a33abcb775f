"""``shell JOB --prepare``: the job runs up to a step, and ends with the shell that opens there."""

import json
import os
import subprocess
import sys
from shutil import which

import pytest

from ..engine_params import ENGINES
from ..patience import eventually
from ..projects import ROOT, make_project
from ..windows import window

CONFIG = """\
    version: 2.1
    jobs:
      base:
        docker: [{image: nox-circleci/base}]
        steps:
          - run: mkdir out && echo based > out/note
          - persist_to_workspace: {root: out, paths: [.]}
      build:
        docker: [{image: nox-circleci/base}]
        steps:
          - attach_workspace: {at: .}
          - run: {name: First, environment: {OWN: first}, command: "env -0 > ~/first.env; echo first >> ~/ran"}
          - run: {name: Test, environment: {OWN: test}, command: "env -0 > ~/test.env; echo test >> ~/ran"}
          - run: {name: Tell, when: on_fail, command: echo told >> ~/ran}
      bad:
        docker: [{image: nox-circleci/base}]
        steps: [checkout, {run: "test -z \\"$(cat bad)\\""}, {run: echo later}]
      after: &extra {docker: [{image: a/b}], steps: [run: echo]}
      extra: *extra
    workflows:
      w: {jobs: [base, {build: {requires: [base]}}, bad, {after: {requires: [bad]}}, {extra: {requires: [build]}}]}
      two: {jobs: [extra]}
    """
PROGRAM = os.environ.get("NOX_CIRCLECI_DOCKER", "docker")
ENDS = "the job ends with the shell"


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "p", CONFIG, bad="bad\n")


def script(project, text, *words, engine="host"):
    args = [sys.executable, "-m", "ci", "shell", *words, "--prepare", "--engine", engine]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(args, input=text, cwd=project.path, env=environ, capture_output=True, text=True, timeout=120)


def left_behind(project):
    """The containers and processes that name the project's run, and its paused jobs."""
    run = os.readlink(project.path / ".nox/ci/runs/last")
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    words = [PROGRAM, "ps", "-aq", "--filter", f"label=nox-circleci.run={run}"]
    containers = subprocess.run(words, capture_output=True, text=True).stdout if which(PROGRAM) else ""
    if kubectl := os.environ.get("NOX_CIRCLECI_KUBECTL"):
        pods = json.loads(
            subprocess.run([kubectl, "get", "pods", "-o", "json"], capture_output=True, check=True).stdout
        )
        mine = [
            each["metadata"] for each in pods["items"] if each["metadata"]["annotations"]["nox-circleci/run"] == run
        ]
        containers += "".join(each["name"] for each in mine if "deletionTimestamp" not in each)
    return [line for line in listed.splitlines() if run in line], containers, project.ci("paused").stdout


@pytest.mark.parametrize("engine", ENGINES)
def test_a_script_runs_after_the_last_step_of_a_job_that_passes_and_nothing_is_left(project, engine):
    text = "cat note ~/ran; env -0 > ~/own.env; cmp ~/test.env ~/own.env; exit 9"
    done = script(project, text, "build", engine=engine)
    assert (done.returncode, done.stdout) == (9, "based\nfirst\ntest\n"), done.stderr
    assert "a shell in build as in step 3 of 4 'Test'" in done.stderr
    assert ENDS in done.stderr
    assert left_behind(project) == ([], "", "no job is paused\n")


def test_the_shell_opens_before_the_step_that_is_named(project):
    done = script(project, "cat ~/ran; echo $OWN", "build", "--step", "3")
    assert (done.returncode, done.stdout) == (0, "first\ntest\n")


def test_the_shell_opens_where_a_step_fails(project):
    done = script(project, "cat bad", "bad", "--no-parents")
    assert (done.returncode, done.stdout) == (0, "bad\n")
    assert "a shell in bad as in step 2 of 3" in done.stderr
    assert "later" not in done.stderr


def test_a_step_without_a_name_is_shown_by_its_first_line(tmp_path):
    steps = '[{run: "echo one\\necho two\\n"}]'
    config = (
        f"version: 2.1\njobs: {{j: {{docker: [{{image: a/b}}], steps: {steps}}}}}\nworkflows: {{w: {{jobs: [j]}}}}\n"
    )
    done = script(make_project(tmp_path, config), "true", "j")
    assert "a shell in j as in step 1 of 1 'echo one...', in " in done.stderr


def test_a_person_has_it_on_the_terminal(project):
    with window(project.path, "shell", "build", "--prepare", "--engine", "host", columns=100, rows=40) as seen:
        assert eventually(lambda: seen.lines[-1].startswith("(build) ~/project"))
        assert seen.shows(ENDS)
        seen.type("cat ~/ran; sh -c 'echo be''gun; exec sleep 300'\n")
        assert eventually(lambda: "begun" in seen.lines), "a shell that forks loses a Ctrl-C"
        assert seen.shows("test")
        seen.type("\x03")
        seen.type("exit 6\n")
        assert seen.end() == 6
        assert seen.echoes
    assert left_behind(project)[0] == []


def test_the_run_may_end_before_there_is_a_shell(project):
    done = script(project, "echo never", "after")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: no shell was opened: the run ended before the end of after" in done.stderr


def test_a_workflow_is_named_where_several_have_the_job(project):
    refused = script(project, "", "extra")
    assert (refused.returncode, "several workflows have a job 'extra': w and two" in refused.stderr) == (2, True)
    done = script(project, "echo here", "extra", "--workflow", "two")
    assert (done.returncode, done.stdout) == (0, "here\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--prepare",), "--prepare needs the name of a job before it"),
        (("build", "--prepare", "--stp", "3"), "unknown option '--stp'"),
        (("build", "--prepare", "--step", "9"), "build:9: no job of this run has such a step"),
        (("nothing", "--prepare"), "no workflow has a job 'nothing'"),
        (("build", "--engine", "host"), "unknown option '--engine'"),
        (("build",), "shell JOB --prepare` runs a job up to a step"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(project, words, message):
    done = project.ci("shell", *words)
    assert done.status == 2
    assert message in done.stderr
