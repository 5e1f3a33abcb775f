"""``validate --format``: the same problems for people, programs, GitHub and code scanning."""

import json

import pytest

from ..projects import make_project

WRONG = """\
version: 2.1
jobs:
  build:
    docker: [{image: 'cimg/base:stable'}]
    steps: [{run: {command: x, workingdirectory: y}}]
workflows: {w: {jobs: [biuld, build]}}
"""
RIGHT = WRONG.replace("biuld, ", "").replace(", workingdirectory: y", "")
ANNOTATIONS = """\
::error file=.circleci/config.yml,line=6,col=24,title=CircleCI config::Cannot find a definition for job named biuld\
%0AError calling job: 'biuld' at .circleci/config.yml:6:24\
%0AError calling workflow: 'w' at .circleci/config.yml:6:13%0Adid you mean 'build'?
::warning file=.circleci/config.yml,line=5,col=32,title=CircleCI config::\
the key 'workingdirectory' means nothing in step run\
%0AError calling job: 'build' at .circleci/config.yml:6:31\
%0AError calling workflow: 'w' at .circleci/config.yml:6:13%0Adid you mean 'working_directory'?
"""


def test_for_github_each_problem_is_an_annotation_at_its_place(tmp_path):
    done = make_project(tmp_path, WRONG).ci("validate", "--format", "github")
    assert (done.status, done.stdout, done.stderr) == (2, ANNOTATIONS, "")


def test_for_github_a_project_below_the_top_of_the_checkout_names_its_files_from_there(tmp_path):
    project = make_project(tmp_path / "sub", WRONG)
    done = project.ci("validate", "--format", "github", GITHUB_WORKSPACE=str(tmp_path))
    assert done.stdout.startswith("::error file=sub/.circleci/config.yml,line=6,col=24,")


@pytest.mark.parametrize("format", ["text", "github"])
def test_a_config_without_problems_is_one_line(tmp_path, format):
    done = make_project(tmp_path, RIGHT).ci("validate", "--format", format)
    assert (done.status, done.stdout, done.stderr) == (0, ".circleci/config.yml is valid.\n", "")


def test_sarif_has_all_problems_and_the_same_exit_status(tmp_path):
    project = make_project(tmp_path, WRONG)
    done = project.ci("validate", "--format", "sarif")
    assert (done.status, done.stderr) == (2, "")
    results = json.loads(done.stdout)["runs"][0]["results"]
    assert [(each["level"], each["locations"][0]["physicalLocation"]["region"]) for each in results] == [
        ("error", {"startLine": 6, "startColumn": 24}),
        ("warning", {"startLine": 5, "startColumn": 32}),
    ]
    project.write(".circleci/config.yml", RIGHT)
    done = project.ci("validate", "--format", "sarif")
    assert (done.status, json.loads(done.stdout)["runs"][0]["results"]) == (0, [])


def test_json_is_the_same_by_both_of_its_options(tmp_path):
    project = make_project(tmp_path, WRONG)
    assert project.ci("validate", "--json") == project.ci("validate", "--format", "json")


def test_an_unknown_format_is_an_error_that_lists_what_there_is(tmp_path):
    done = make_project(tmp_path, RIGHT).ci("validate", "--format", "xml")
    assert (done.status, done.stdout) == (2, "")
    assert "--format" in done.stderr
    assert "'sarif'" in done.stderr
