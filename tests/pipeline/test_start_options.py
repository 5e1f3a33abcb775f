"""By which options that would run which an event leaves out: each is found by compiling the config, and so is true."""

from __future__ import annotations

from textwrap import dedent

import pytest

from ci.options.table import Options
from ci.pipeline.planned_event import planned_event
from ci.pipeline.start_options import TRIES, start_options
from ci.project.project import find_project
from ci.workflow.pipeline_event import PipelineEvent

from ..projects import make_project

CONFIG = """
    version: 2.1
    parameters:
      docs: {type: boolean, default: false}
      level: {type: enum, enum: [smoke, full], default: smoke}
    jobs: {test: {machine: true, steps: [checkout]}}
    workflows:
      commit:
        jobs:
          - test: {filters: {tags: {only: [v1, v2]}}}
          - test: {name: release, filters: {branches: {ignore: /.*/}, tags: {only: /^v\\d+/}}}
          - test: {name: full, filters: pipeline.parameters.level == "full"}
          - test: {name: off, filters: pipeline.git.branch == "main" and pipeline.git.branch == "dev"}
          - test: {name: elsewhere, filters: {branches: {ignore: main}}}
      docs: {when: << pipeline.parameters.docs >>, jobs: [test]}
      both:
        when: {and: [<< pipeline.parameters.docs >>, {equal: [dev, << pipeline.git.branch >>]}]}
        jobs: [test]
      nightly:
        triggers: [{schedule: {cron: "0 0 * * *", filters: {branches: {only: beta}}}}]
        jobs: [test]
      weekly:
        when: pipeline.trigger_source == "scheduled_pipeline" and pipeline.schedule.name == "weekly"
        jobs: [test]
      labeled: {when: pipeline.event.action == "labeled", jobs: [test]}
    """


def words(folder, **typed):
    project, options = find_project(folder), Options(**typed)
    found = start_options(project, options, planned_event(project, options))
    return {f"{workflow}/{job}".rstrip("/"): " ".join(each) for (workflow, job), each in found.items()}


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "p", CONFIG)


def test_a_push_says_for_each_workflow_and_job_what_would_run_it(project):
    assert words(project.path) == {
        "commit/release": "--tag v1",
        "commit/full": "--param level=full",
        "commit/elsewhere": "--branch another-branch",
        "docs": "--param docs=true",
        "both": "--branch dev --param docs=true",
        "nightly": "--branch beta --schedule nightly",
        "weekly": "--schedule weekly",
        "labeled": "--trigger pull_request:labeled",
    }


def test_what_was_typed_stays_but_for_what_it_replaces(project):
    found = words(project.path, tag="v1", params=("level=smoke",))
    assert found["docs"] == "--branch main --param level=smoke --param docs=true"
    assert words(project.path, branch="dev")["both"] == "--branch dev --param docs=true"


def test_what_another_event_has_left_out_is_started_by_a_push(project):
    found = words(project.path, schedule="nightly", branch="beta")
    assert found["commit"] == "--branch beta --trigger push"


def test_what_is_said_is_true(project):
    for name, each in words(project.path).items():
        workflow, _, job = name.partition("/")
        done = project.ci(
            "run", workflow, *(["-j", job] if job else []), *each.split(), "--dry-run", "--engine", "host"
        )
        assert done.status == 0, done.stdout + done.stderr


def test_the_config_is_compiled_a_limited_number_of_times(tmp_path, monkeypatch):
    names = [f"p{number}" for number in range(TRIES)]
    declared = "".join(f"  {name}: {{type: boolean, default: false}}\n" for name in names)
    when = " and ".join(f"pipeline.parameters.{name}" for name in names)
    config = dedent(CONFIG).replace("jobs:", f"{declared}jobs:", 1) + f"  many: {{when: {when}, jobs: [test]}}\n"
    folder = make_project(tmp_path / "p", config).path
    tried: list[PipelineEvent] = []
    from ci.pipeline import start_options as module

    monkeypatch.setattr(module, "_started", lambda *each: tried.append(each) or set())
    assert words(folder) == {}
    assert len(tried) <= TRIES
