"""docs/editors.md: what it tells editors to look for is what the program prints."""

import json
import re

from .projects import ROOT, make_project

WRONG = """
version: 2.1
jobs:
  build:
    docker: [{image: 'cimg/base:stable'}]
    steps: [{run: {command: "exit 3", workingdirectory: y}}]
workflows: {w: {jobs: [biuld, build]}}
"""


def pattern(label: str) -> dict:
    """The pattern of the problem matcher of a task of VS Code."""
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    tasks = json.loads(re.search(r"```json\n(.*?)```", page, re.DOTALL)[1])["tasks"]
    return next(task["problemMatcher"]["pattern"] for task in tasks if task["label"] == label)


def problems(label: str, output: str) -> list[tuple]:
    """What VS Code finds in the lines of an output: severity if there is one, file, line, column, message."""
    places = pattern(label)
    keys = [key for key in ("severity", "file", "line", "column", "message") if key in places]
    found = [re.match(places["regexp"], line) for line in output.splitlines()]
    return [tuple(each[places[key]] for key in keys) for each in found if each]


def test_the_problem_matcher_of_validate_finds_each_error_and_each_warning_once(tmp_path):
    done = make_project(tmp_path, WRONG).ci("validate")
    assert problems("CircleCI: validate", done.stderr) == [
        ("warning", ".circleci/config.yml", "6", "39", "the key 'workingdirectory' means nothing in step run"),
        (None, ".circleci/config.yml", "7", "24", "Cannot find a definition for job named biuld"),
    ]


def test_the_problem_matcher_of_a_run_finds_each_failure_once_at_its_step(tmp_path):
    config = WRONG.replace("biuld, ", "").replace(", workingdirectory: y", "")
    done = make_project(tmp_path, config).ci("run", "w", "--engine", "host", "--output", "plain", "-q")
    found = problems("CircleCI: run a workflow", done.stdout)
    assert (".circleci/config.yml", "6", "13", "exit status 3") in found
    assert {each[:3] for each in found} == {(".circleci/config.yml", "6", "13")}
