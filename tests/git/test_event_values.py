"""The pipeline values of an event.

What CircleCI's documentation says (circleci/circleci-docs, read in November 2026):

- ``pipeline.event.name`` is one of ``custom_webhook``, ``api``, ``push``, ``pull_request``, ``schedule``; ``.action``
  is the same but for pull requests: reference/variables, "Trigger and event information".
- ``pipeline.trigger.type`` is one of ``github_app``, ``github_server``, ``github_oauth``, ``bitbucket_cloud``,
  ``bitbucket_dc``, ``schedule``, ``webhook``, ``api``; GitLab has none: the same table.
- ``pipeline.trigger_source`` is deprecated since 1 August 2026, without a list of its values. Examples have ``webhook``
  (a push), ``scheduled_pipeline`` and ``api``: configuration reference, "Expression-based job filters" and
  "Expressions", the guide "Schedule triggers with multiple workflows".
- ``pipeline.schedule.name`` is empty if the pipeline was not triggered by a schedule: the same table.
- ``pull_request.head.ref`` is the branch with the changes, ``base.ref`` the one that receives them: the guide "GitHub
  trigger event options".
"""

from __future__ import annotations

from typing import Any

import pytest

from ci.git.event_values import EventValues
from ci.git.reading import GitReading
from ci.workflow.pipeline_event import PipelineEvent

from ..projects import make_project

CONFIG = "version: 2.1\njobs: {}\n"


def values(folder, trigger: str = "", schedule: str = "", **chosen: Any) -> EventValues:
    return EventValues(GitReading(folder), PipelineEvent.of(trigger, schedule), **chosen)


@pytest.mark.parametrize(
    ("trigger", "schedule", "name", "action", "kind", "source"),
    [
        ("", "", "push", "push", "github_app", "webhook"),
        ("push", "", "push", "push", "github_app", "webhook"),
        ("pull_request", "", "pull_request", "opened", "github_app", "webhook"),
        ("pull_request:labeled", "", "pull_request", "labeled", "github_app", "webhook"),
        ("api", "", "api", "api", "api", "api"),
        ("custom_webhook", "", "custom_webhook", "custom_webhook", "webhook", "webhook"),
        ("schedule", "", "schedule", "schedule", "schedule", "scheduled_pipeline"),
        ("", "daily", "schedule", "schedule", "schedule", "scheduled_pipeline"),
    ],
)
def test_an_event_has_its_documented_values(tmp_path, trigger, schedule, name, action, kind, source):
    found = values(tmp_path, trigger, schedule)
    assert (found["event.name"], found["event.action"]) == (name, action)
    assert (found["trigger.type"], found["trigger_source"]) == (kind, source)
    assert (found["schedule.name"], bool(found["schedule.id"])) == (schedule, name == "schedule")


@pytest.mark.parametrize(
    ("remote", "kind"),
    [
        ("git@github.com:me/box.git", "github_app"),
        ("git@bitbucket.org:me/box.git", "bitbucket_cloud"),
        ("git@gitlab.com:me/box.git", ""),
    ],
)
def test_the_type_of_a_push_follows_the_remote(tmp_path, remote, kind):
    project = make_project(tmp_path, CONFIG)
    project.git("remote", "add", "origin", remote)
    assert values(tmp_path)["trigger.type"] == kind
    assert values(tmp_path, "api")["trigger.type"] == "api"


def test_a_pull_request_leads_from_the_branch_to_the_default_one(tmp_path):
    project = make_project(tmp_path, CONFIG)
    project.git("checkout", "-qb", "feature")
    found = values(tmp_path, "pull_request")
    prefix = "event.github.pull_request"
    assert (found[f"{prefix}.head.ref"], found[f"{prefix}.base.ref"]) == ("feature", "main")
    assert values(tmp_path, "pull_request", branch="other")[f"{prefix}.head.ref"] == "other"
    assert f"{prefix}.head.ref" not in dict(values(tmp_path))


def test_the_values_of_git_stand_behind_it(tmp_path):
    make_project(tmp_path, CONFIG)
    found = values(tmp_path, tag="v1")
    assert (found["git.tag"], found["git.branch"]) == ("v1", "")
    assert {"event.name", "trigger.type", "git.revision"} <= set(found)
    assert len(found) == len(set(found))
