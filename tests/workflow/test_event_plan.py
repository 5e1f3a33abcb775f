"""What an event starts.

What CircleCI's documentation says (circleci/circleci-docs, read in November 2026):

- A workflow with ``triggers`` "runs on a schedule only" and "will not be run on commits": the guide "Workflows",
  "Scheduling a workflow". Its ``branches`` decide for which branches it is scheduled: configuration reference,
  "schedule-branches". The migration guide says to take ``triggers`` out for a schedule trigger, so that such a trigger
  does not start it either.
- "When a pipeline is triggered via schedule trigger each of its workflows will run", but for conditions: the guide
  "Schedule triggers with multiple workflows".
- "Workflows are always run unless there is a when or unless filter that prevents" it: configuration reference, "Using
  when in workflows". So an API trigger, a pull request and a webhook start what a push starts.
- Branch and tag filters: tests/compiler/test_filters.py. The reference: "CircleCI does not run workflows for tags
  unless you explicitly specify tag filters", for a job and for those that it requires. The same page has the example
  ``when: pipeline.git.tag starts-with "v"`` over a job without filters: the rule is followed, not the example.
"""

from __future__ import annotations

from textwrap import dedent

import pytest

from ci.compiler.compile import NoOrbs, compile_config
from ci.compiler.pipeline_values import PipelineValues
from ci.workflow.event_plan import event_plan
from ci.workflow.pipeline_event import PipelineEvent

CONFIG = dedent("""\
    version: 2.1
    parameters: {docs: {type: boolean, default: false}}
    jobs:
      test: {machine: true, steps: [checkout]}
      deploy: {machine: true, steps: [checkout]}
    workflows:
      commit:
        jobs:
          - test: {filters: {tags: {only: /v.*/}}}
          - deploy:
              requires: [test]
              filters: {branches: {only: main}, tags: {only: /v.*/}}
      plain: {jobs: [test]}
      docs:
        when: << pipeline.parameters.docs >>
        jobs: [test]
      nightly:
        triggers:
          - schedule: {cron: "0 0 * * *", filters: {branches: {only: main}}}
        jobs: [test]
      weekly:
        when: pipeline.trigger_source == "scheduled_pipeline" and pipeline.schedule.name == "weekly"
        jobs: [test]
      reviewed: {when: pipeline.event.name == "pull_request", jobs: [test]}
    """)


def planned(trigger="", schedule="", branch="main", tag="", config=CONFIG, **parameters):
    event = PipelineEvent.of(trigger, schedule)
    values = {"git.branch": branch, "git.tag": tag, "event.name": event.kind, "schedule.name": event.schedule}
    values["trigger_source"] = "scheduled_pipeline" if event.kind == "schedule" else "webhook"
    compiled = compile_config(config, "config.yml", PipelineValues(values, parameters), NoOrbs())
    return {each.workflow.name: each for each in event_plan(compiled.workflows, event)}


def started(*event, **chosen):
    return [name for name, each in planned(*event, **chosen).items() if each.starts]


def place(text, config=CONFIG, nth=0):
    """LINE of the nth place of a text in the config."""
    return [number for number, line in enumerate(config.splitlines(), 1) if text in line][nth]


@pytest.mark.parametrize(
    ("trigger", "schedule", "names"),
    [
        ("push", "", ["commit", "plain"]),
        ("api", "", ["commit", "plain"]),
        ("custom_webhook", "", ["commit", "plain"]),
        ("pull_request", "", ["commit", "plain", "reviewed"]),
        ("schedule", "", ["commit", "plain"]),
        ("", "weekly", ["commit", "plain", "weekly"]),
        ("", "other", ["commit", "plain"]),
        ("", "nightly", ["nightly"]),
    ],
)
def test_each_event_starts_what_no_condition_and_no_schedule_keeps_from_it(trigger, schedule, names):
    assert started(trigger, schedule) == names


def test_a_parameter_decides_by_the_condition_that_looks_at_it():
    assert "docs" in started(docs=True)
    found = planned()["docs"]
    assert (found.starts, found.reason) == (False, "its when is false")
    assert found.position.line == place("when: << pipeline")
    assert found.values == (("pipeline.parameters.docs", "false"),)
    assert planned(docs=True)["docs"].reason == "its condition holds"


def test_a_schedule_is_for_the_branches_that_it_names():
    found = planned("", "nightly", branch="dev")["nightly"]
    assert (found.starts, found.reason) == (False, "its schedule does not let 'dev' run (only: main)")
    assert found.position.line == place("schedule: {cron")


def test_what_a_schedule_alone_starts_says_so_and_where():
    found = planned()["nightly"]
    assert found.reason == "its schedule alone starts it (cron 0 0 * * *)"
    assert (found.position.line, found.position.column) == (
        place("cron"),
        CONFIG.splitlines()[place("cron") - 1].index('"0') + 1,
    )


def test_the_schedule_of_a_workflow_starts_no_other():
    assert planned("", "nightly")["plain"].reason == "the schedule of workflow 'nightly' starts that workflow alone"


def jobs(found):
    return {each.instance.name: (each.runs, each.reason, each.position.line) for each in found.jobs}


def test_filters_decide_for_each_job_and_are_named_with_their_place():
    assert jobs(planned(branch="dev")["commit"]) == {
        "test": (True, "it has no filter", place("- test:")),
        "deploy": (False, "its branch filter does not let 'dev' run (only: main)", place("only: main")),
    }
    assert jobs(planned()["commit"])["deploy"] == (
        True, "its branch filter lets 'main' run (only: main)", place("only: main"),
    )  # fmt: skip


def test_a_tag_starts_the_jobs_with_a_tag_filter_that_lets_it():
    found = planned(branch="", tag="v1")
    assert jobs(found["commit"])["deploy"] == (True, "its tag filter lets 'v1' run (only: /v.*/)", place("only: main"))
    assert started(branch="", tag="v1") == ["commit"]


def test_a_workflow_all_of_whose_jobs_are_left_out_is_not_started_and_says_why_for_each():
    found = planned(branch="", tag="v1")["plain"]
    assert (found.starts, found.reason) == (False, "the filters leave out all of its jobs")
    assert jobs(found) == {"test": (False, "it has no tag filter, so it does not run for tag 'v1'", place("plain:"))}


def test_a_job_is_left_out_with_all_that_it_requires_at_its_own_place():
    config = CONFIG.replace("- test: {filters: {tags: {only: /v.*/}}}", "- test")
    found = jobs(planned(branch="", tag="v1", config=config)["commit"])
    assert found["deploy"][0] is False
    assert found["deploy"][2] == place("- deploy:", config)


def test_the_jobs_of_an_inactive_workflow_are_not_known():
    assert planned()["docs"].jobs == ()
