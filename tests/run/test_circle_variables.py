"""The variables that CircleCI defines. https://circleci.com/docs/reference/variables/"""

from pathlib import Path

from ci.errors import Position
from ci.run.circle_variables import Pipeline, defined
from ci.runtime.task import Origin
from ci.workflow.model import Job

JOB = Job("build", Position("config.yml", 1, 1), (), "docker", working_directory="~/code")
VALUES = {
    "git.repo_url": "https://example.com/owner/project",
    "git.repo_owner": "owner",
    "git.repo_name": "project",
}


def variables(origin, node=0, nodes=1, values=VALUES):
    pipeline = Pipeline.of(7, values, "ann")
    return dict(defined(pipeline, origin, JOB, "build-py3", 7001, node, nodes))


def origin(branch="", tag="", revision="0123abc"):
    return Origin(Path("/somewhere/name"), repository=True, revision=revision, branch=branch, tag=tag)


def test_a_job_knows_its_name_its_nodes_and_its_revision():
    found = variables(origin("main"), node=1, nodes=3)
    assert found["CI"] == found["CIRCLECI"] == "true"
    assert found["CIRCLE_JOB"] == "build-py3"
    assert (found["CIRCLE_NODE_INDEX"], found["CIRCLE_NODE_TOTAL"]) == ("1", "3")
    assert found["CIRCLE_SHA1"] == "0123abc"
    assert found["CIRCLE_WORKING_DIRECTORY"] == "~/code"  # as written, with its ~
    assert found["CIRCLE_PROJECT_USERNAME"] == "owner"
    assert found["CIRCLE_PROJECT_REPONAME"] == "project"


def test_a_branch_build_has_no_tag_and_a_tag_build_no_branch():
    assert "CIRCLE_TAG" not in variables(origin(branch="main"))
    found = variables(origin(tag="v1"))
    assert found["CIRCLE_TAG"] == "v1"
    assert "CIRCLE_BRANCH" not in found


def test_what_has_no_value_here_is_not_set():
    found = variables(origin("main"), values={})
    assert "CIRCLE_REPOSITORY_URL" not in found
    assert "CIRCLE_PULL_REQUEST" not in found
    assert found["CIRCLE_PROJECT_REPONAME"] == "name"
    assert "" not in found.values()


def test_projects_ids_stay_and_workflows_ids_change_from_run_to_run():
    one, other = variables(origin("main")), variables(origin("main"))
    assert one["CIRCLE_PROJECT_ID"] == other["CIRCLE_PROJECT_ID"]
    assert one["CIRCLE_WORKFLOW_ID"] != other["CIRCLE_WORKFLOW_ID"]
