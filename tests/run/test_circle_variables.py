"""The variables that CircleCI defines. https://circleci.com/docs/reference/variables/"""

from pathlib import Path

from ci.errors import Position
from ci.git.work_tree import WorkTree
from ci.run.circle_variables import PipelineIds, defined
from ci.workflow.model import Job

JOB = Job("build", Position("config.yml", 1, 1), (), "docker", working_directory="~/code")
VALUES = {
    "git.repo_url": "https://example.com/owner/project",
    "git.repo_owner": "owner",
    "git.repo_name": "project",
}


def variables(work_tree, node=0, nodes=1, values=VALUES):
    pipeline = PipelineIds.of(7, values, "ann")
    return dict(defined(pipeline, work_tree, JOB, "build-py3", 7001, node, nodes))


def work_tree(branch="", tag="", revision="0123abc"):
    return WorkTree(Path("/somewhere/name"), repository=True, revision=revision, branch=branch, tag=tag)


def test_a_job_knows_its_name_its_nodes_and_its_revision():
    found = variables(work_tree("main"), node=1, nodes=3)
    assert found["CI"] == found["CIRCLECI"] == "true"
    assert found["CIRCLE_JOB"] == "build-py3"
    assert (found["CIRCLE_NODE_INDEX"], found["CIRCLE_NODE_TOTAL"]) == ("1", "3")
    assert found["CIRCLE_SHA1"] == "0123abc"
    assert found["CIRCLE_WORKING_DIRECTORY"] == "~/code"  # as written, with its ~
    assert found["CIRCLE_PROJECT_USERNAME"] == "owner"
    assert found["CIRCLE_PROJECT_REPONAME"] == "project"


def test_a_branch_build_has_no_tag_and_a_tag_build_no_branch():
    assert "CIRCLE_TAG" not in variables(work_tree(branch="main"))
    found = variables(work_tree(tag="v1"))
    assert found["CIRCLE_TAG"] == "v1"
    assert "CIRCLE_BRANCH" not in found


def test_what_has_no_value_here_is_not_set():
    found = variables(work_tree("main"), values={})
    assert "CIRCLE_REPOSITORY_URL" not in found
    assert "CIRCLE_PULL_REQUEST" not in found
    assert found["CIRCLE_PROJECT_REPONAME"] == "name"
    assert "" not in found.values()


def test_projects_ids_stay_and_workflows_ids_change_from_run_to_run():
    one, other = variables(work_tree("main")), variables(work_tree("main"))
    assert one["CIRCLE_PROJECT_ID"] == other["CIRCLE_PROJECT_ID"]
    assert one["CIRCLE_WORKFLOW_ID"] != other["CIRCLE_WORKFLOW_ID"]
