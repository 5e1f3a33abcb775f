"""Dynamic configuration: a setup workflow runs, then the workflows of the config that it continues with.

https://circleci.com/docs/guides/orchestrate/dynamic-config/
"""

from __future__ import annotations

import json
import os
import shutil

import pytest

from ci.record.json_reader import read_record

from ..engine_params import ENGINES
from ..projects import make_project

pytestmark = pytest.mark.skipif(not shutil.which("curl") or not shutil.which("openssl"), reason="no curl or openssl")
SETUP = """
version: 2.1
setup: true
parameters: {shared: {type: string, default: of-setup}}
jobs:
  decide:
    docker: [{image: nox-circleci/base}]
    steps:
      - checkout
      - run: test "<< pipeline.parameters.shared >>" = "${WANTED:-of-setup}"
      - run:
          name: Continue
          command: |
            python3 - >body.json <<'END'
            import json, os, pathlib
            print(json.dumps({
                "continuation-key": os.environ["CIRCLE_CONTINUATION_KEY"],
                "configuration": pathlib.Path(".circleci/then.yml").read_text(),
                "parameters": json.loads(os.environ.get("GIVEN") or '{"deploy": true, "who": "setup"}'),
            }))
            END
            for n in $(seq ${TIMES:-1}); do
              curl -sS --fail-with-body -H 'Content-Type: application/json' -d @body.json \\
                https://circleci.com/api/v2/pipeline/continue || exit 9
            done
workflows: {setup: {jobs: [decide]}}
""".replace("<<'END'", "\\<<'END'")
THEN = """
version: 2.1
parameters:
  deploy: {type: boolean, default: false}
  who: {type: string, default: nobody}
  shared: {type: string, default: of-then}
jobs:
  build:
    docker: [{image: nox-circleci/base}]
    steps:
      - run: echo "<< pipeline.parameters.who >> << pipeline.parameters.shared >> ${CIRCLE_CONTINUATION_KEY:-none}"
workflows:
  test: {jobs: [build]}
  deploy: {when: << pipeline.parameters.deploy >>, jobs: [build: {name: ship}]}
  never: {unless: << pipeline.parameters.deploy >>, jobs: [build: {name: no}]}
"""


NOTHING = SETUP.split("      - run:\n          name: Continue")[0] + "workflows: {setup: {jobs: [decide]}}\n"


def project(folder, then: str = THEN):
    return make_project(folder / "project", SETUP, **{".circleci/then.yml": then})


@pytest.mark.parametrize("engine", ENGINES)
def test_the_setup_workflow_runs_and_then_every_workflow_that_it_continues_with(tmp_path, engine):
    done = project(tmp_path).ci("run", "setup", "--engine", engine)
    assert done.status == 0, done.stdout + done.stderr
    assert "workflow setup: 1 job" in done.stdout
    assert "workflow test: 1 job" in done.stdout
    assert "workflow deploy: 1 job" in done.stdout
    assert "workflow never" not in done.stdout
    assert "setup of-then none" in done.stdout  # each config has its own defaults, the key is the setup jobs' alone


def test_the_workflows_of_one_pipeline_are_one_run(tmp_path):
    made = project(tmp_path, THEN.replace("{name: ship}", "{name: decide}"))
    assert made.ci("run", "setup", "--engine", "host").status == 0
    [run] = [each for each in (made.path / ".nox/ci/runs").iterdir() if not each.is_symlink()]
    record = read_record((run / "run.json").read_text())
    assert [(each.name, each.folder, each.result) for each in record.workflows] == [
        ("setup", ".", "success"),
        ("test", "workflows/test", "success"),
        ("deploy", "workflows/deploy", "success"),
    ]
    assert record.result == "success"
    logs = [(run / each.jobs[0].nodes[0].log).read_text() for each in record.workflows]
    assert "Accepted" in logs[0]
    assert "setup of-then" in logs[2]  # of another job with the name of the setup workflow's
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    assert [each["run"] for each in events if each["event"] == "run.start"] == [run.name] * 3


def test_a_pipeline_whose_continuation_is_wrong_has_failed(tmp_path):
    made = project(tmp_path, "version: 2.1\njobs: 7\n")
    assert made.ci("run", "setup", "--engine", "host").status == 2
    record = read_record((made.path / ".nox/ci/runs/last/run.json").read_text())
    assert (record.result, record.workflows[0].result) == ("failed", "success")


@pytest.mark.docker
def test_a_job_reaches_the_endpoint_where_the_gateway_is_not_this_machines(tmp_path):
    real = os.environ.get("NOX_CIRCLECI_DOCKER") or "docker"
    gateway = f"[ $1-$2 = network-inspect ] && echo 198.51.100.1 || exec {real}"  # as with an engine without rights
    (tmp_path / f"far-{real}").write_text(f'#!/bin/sh\n{gateway} "$@"\n')
    (tmp_path / f"far-{real}").chmod(0o755)
    done = project(tmp_path).ci("run", "setup", "--engine", "docker", NOX_CIRCLECI_DOCKER=f"{tmp_path}/far-{real}")
    assert done.status == 0, done.stdout + done.stderr
    assert "workflow test: 1 job" in done.stdout


@pytest.mark.parametrize("words", [("deploy", "--pause-before", "1"), ("setup", "--pause-before", "ship:1")])
def test_a_job_of_the_continuation_stops_at_the_step_that_is_named(tmp_path, words):
    made = project(tmp_path)
    done = made.ci("run", *words, "--engine", "host")
    assert done.status == 77, done.stdout + done.stderr
    assert "decide is paused" not in done.stdout
    assert "ship is paused before step 1" in done.stdout
    assert made.ci("resume", "--give-up").status == 1


def test_a_step_that_neither_the_setup_workflow_nor_its_continuation_has_is_refused(tmp_path):
    done = project(tmp_path).ci("run", "setup", "--pause-before", "nobody:1", "--engine", "host")
    assert done.status == 2
    assert "--pause-before nobody:1: no job of this run has such a step" in done.stderr


def test_a_workflow_of_the_continuation_runs_behind_the_setup_workflow(tmp_path):
    done = project(tmp_path).ci("run", "deploy", "-j", "ship", "--engine", "host")
    assert done.status == 0, done.stdout + done.stderr
    assert "workflow setup: 1 job" in done.stdout
    assert "✓ ship" in done.stdout
    assert "workflow test" not in done.stdout


def test_a_workflow_that_the_continuation_has_not_is_an_error_with_the_nearest(tmp_path):
    done = project(tmp_path).ci("run", "deploi", "--engine", "host")
    assert done.status == 2
    assert "there is no workflow 'deploi'" in done.stderr
    assert "deploy" in done.stderr


def test_parameters_of_the_user_reach_both_configs(tmp_path):
    done = project(tmp_path).ci("run", "setup", "--engine", "host", "--param", "shared=mine", "--env", "WANTED=mine")
    assert done.status == 0, done.stdout + done.stderr
    assert "workflow test: 1 job" in done.stdout
    assert done.stdout.count("mine") == 0 or "***" in done.stdout


def test_a_parameter_that_the_user_gives_too_is_a_conflict(tmp_path):
    words = ("--engine", "host", "--param", "shared=mine", "--env", "WANTED=mine", "--env", 'GIVEN={"shared": "x"}')
    done = project(tmp_path).ci("run", "setup", *words)
    assert done.status == 1
    assert "Conflicting pipeline parameters." in done.stdout


def test_a_parameter_that_the_continuation_does_not_declare_is_an_error(tmp_path):
    done = project(tmp_path).ci("run", "setup", "--engine", "host", "--env", 'GIVEN={"wrong": 1}')
    assert done.status == 2
    assert "Unexpected argument(s): wrong" in done.stderr


def test_a_pipeline_is_continued_once(tmp_path):
    done = project(tmp_path).ci("run", "setup", "--engine", "host", "--env", "TIMES=2")
    assert done.status == 1
    assert "continued already" in done.stdout


def test_a_continuation_that_is_a_setup_config_is_refused(tmp_path):
    again = THEN.replace("version: 2.1", "version: 2.1\nsetup: true")
    done = project(tmp_path, again).ci("run", "setup", "--engine", "host")
    assert done.status == 2
    assert "cannot be continued with another setup configuration" in done.stderr


def test_a_continuation_that_does_not_compile_is_reported_with_its_place(tmp_path):
    done = project(tmp_path, THEN.replace("- run:", "- rum:")).ci("run", "setup", "--engine", "host")
    assert done.status == 2
    assert "continuation.yml:" in done.stderr


def test_a_key_of_another_pipeline_is_refused(tmp_path):
    made = project(tmp_path)
    made.write(".circleci/config.yml", SETUP.replace('os.environ["CIRCLE_CONTINUATION_KEY"]', '"another"'))
    done = made.ci("run", "setup", "--engine", "host")
    assert done.status == 1
    assert "not this pipeline" in done.stdout


def test_the_key_is_masked(tmp_path):
    made = project(tmp_path)
    made.write(".circleci/config.yml", SETUP.replace("- checkout\n", "- checkout\n      - run: env | grep N_KEY=\n"))
    done = made.ci("run", "setup", "--engine", "host")
    assert "CIRCLE_CONTINUATION_KEY=***" in done.stdout


def test_a_setup_workflow_that_continues_with_nothing_says_so(tmp_path):
    made = make_project(tmp_path, NOTHING)
    done = made.ci("run", "setup", "--engine", "host")
    assert done.status == 0
    assert "has not continued the pipeline" in done.stderr


def test_a_setup_workflow_whose_jobs_are_filtered_out_has_not_passed(tmp_path):
    config = SETUP.replace("jobs: [decide]", "jobs: [decide: {filters: {branches: {only: never}}}]")
    made = make_project(tmp_path, config)
    done = made.ci("run", "setup", "--engine", "host")
    assert done.status == 1
    assert "decide is left out: " in done.stdout
    assert "has not continued" not in done.stderr


def test_a_workflow_of_the_continuation_whose_jobs_are_filtered_out_is_reported_and_fails_nothing(tmp_path):
    then = THEN.replace("build: {name: ship}", "build: {name: ship, filters: {branches: {only: never}}}")
    done = project(tmp_path, then).ci("run", "setup", "--engine", "host")
    assert done.status == 0, done.stdout + done.stderr
    assert "workflow deploy: filters leave out all of its jobs" in done.stderr
    assert "workflow test: 1 job" in done.stdout
