"""``plan``: what CircleCI would run for an event, what decides, and how to run the rest."""

from __future__ import annotations

import json
import sys
from textwrap import dedent

import pytest

from ci.escapes import visible_name

from ..projects import ROOT, call, make_project

CONFIG = """\
    version: 2.1
    jobs:
      test:
        parameters: {version: {type: string}}
        docker: [{image: cimg/base:stable}]
        steps: [checkout]
      deploy: {docker: [{image: cimg/base:stable}], steps: [checkout]}
    workflows:
      commit:
        jobs:
          - test: {matrix: {parameters: {version: ["3.9", "3.11"]}}}
          - hold: {type: approval, requires: [test]}
          - deploy: {context: prod, requires: [hold], filters: {branches: {only: main}}}
      nightly:
        triggers: [{schedule: {cron: "0 0 * * *", filters: {branches: {only: main}}}}]
        jobs: [deploy]
    """
FILE = ".circleci/config.yml"
DEPLOY = f"{FILE}:13:{dedent(CONFIG).splitlines()[12].index('main}') + 1}"


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "p", CONFIG)


def test_a_push_of_the_current_branch_is_planned(project):
    done = project.ci("plan")
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout == dedent(f"""\
        a push of branch main starts 1 of 2 workflows
        ▶ commit  it has no condition  {FILE}:9:3
            ✓ test (3.9, 3.11)  it has no filter  {FILE}:11:9
            ⏸ hold              waits for --approve hold; after test; it has no filter  {FILE}:12:9
            ✓ deploy            after hold; context prod; its branch filter lets 'main' run (only: main)  {DEPLOY}
        ○ nightly  its schedule alone starts it (cron 0 0 * * *)  {FILE}:15:34
            to run it: python -m ci run nightly --schedule nightly
        """)


def test_a_job_whose_context_has_values_here_waits_for_a_yes(project):
    project.write(".circleci/contexts/prod.env", "TARGET=production\n").chmod(0o600)
    done = project.ci("plan")
    assert "    ✓ deploy            waits for --yes; after hold; context prod (values here); " in done.stdout
    jobs = json.loads(project.ci("plan", "--json").stdout)["workflows"][0]["jobs"]
    assert [each["contexts_here"] for each in jobs] == [[], [], [], ["prod"]]


def test_a_context_whose_file_a_run_refuses_has_values_in_the_plan_and_does_not_end_it(project):
    project.write(".circleci/contexts/prod.env", "TARGET=production\n").chmod(0o644)
    done = project.ci("plan")
    assert (done.status, "context prod (values here)" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "head"),
    [
        (("--branch", "dev"), "a push of branch dev starts 1 of 2 workflows"),
        (("--tag", "v1"), "a push of tag v1 starts none of 2 workflows"),
        (("--schedule", "nightly"), "schedule 'nightly' on branch main starts 1 of 2 workflows"),
        (("--trigger", "schedule"), "a schedule without a name on branch main starts 1 of 2 workflows"),
        (("--trigger", "api"), "the API on branch main starts 1 of 2 workflows"),
        (("--trigger", "pull_request:labeled"), "a pull request (labeled) from branch main starts 1 of 2 workflows"),
        (("--trigger", "custom_webhook"), "a custom webhook on branch main starts 1 of 2 workflows"),
    ],
)
def test_the_first_line_names_the_event(project, words, head):
    done = project.ci("plan", *words)
    assert done.status == 0, done.stderr
    assert done.stdout.splitlines()[0] == head


def test_one_json_document_stands_alone_on_standard_output(project):
    found = json.loads(project.ci("plan", "--branch", "dev", "--json").stdout)
    assert (found["schema"], found["event"], found["branch"], found["tag"]) == (1, "push", "dev", "")
    commit, nightly = found["workflows"]
    assert [(each["name"], each["runs"], each["matrix"]) for each in commit["jobs"]] == [
        ("test-3.9", True, {"version": "3.9"}),
        ("test-3.11", True, {"version": "3.11"}),
        ("hold", True, {}),
        ("deploy", False, {}),
    ]
    deploy = commit["jobs"][3]
    assert deploy["reason"] == "its branch filter does not let 'dev' run (only: main)"
    assert (deploy["decided_at"], deploy["to_run"]) == (DEPLOY, ["--branch", "main"])
    assert (nightly["starts"], nightly["to_run"]) == (False, ["--branch", "main", "--schedule", "nightly"])
    assert [each["runs"] for each in nightly["jobs"]] == [False]


def test_without_a_branch_one_is_asked_for(project):
    project.git("checkout", "-q", "--detach")
    done = project.ci("plan")
    assert done.status == 2
    assert done.stderr == "no branch is checked out\n    Choose one: --branch NAME, or --tag NAME.\n"
    project.git("tag", "v1")
    assert project.ci("plan").stdout.startswith("a push of tag v1 starts")


def test_a_tag_of_the_current_commit_is_not_pushed_with_the_branch(project):
    project.git("tag", "v1")
    assert json.loads(project.ci("plan", "--json").stdout)["tag"] == ""


def test_a_folder_without_a_repository_is_planned_for_main(tmp_path):
    made = make_project(tmp_path / "p", CONFIG, repository=False)
    assert made.ci("plan").stdout.startswith("a push of branch main")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--trigger", "comit"), "'comit' triggers nothing: it is one of push, pull_request, api, schedule"),
        (("--trigger", "push:opened"), "only pull_request has an action"),
        (("--trigger", "pull_request:opend"), "one of opened, synchronize"),
        (("--trigger", "push", "--schedule", "x"), "is a schedule's name, and --trigger push is no schedule"),
        (("commit",), "unknown argument 'commit'"),
    ],
)
def test_what_is_no_event_is_an_error(project, words, message):
    done = project.ci("plan", *words)
    assert done.status == 2
    assert message in done.stderr


def test_names_of_a_config_do_not_reach_the_terminal_as_they_are(tmp_path):
    name = "commit\x1b[2J"
    made = make_project(tmp_path / "p", CONFIG.replace("commit:", '"commit\\e[2J":'))
    done = made.ci("plan")
    assert "\x1b" not in done.stdout
    assert visible_name(name) in done.stdout


def test_a_setup_config_says_that_more_follows(tmp_path):
    made = make_project(tmp_path / "p", CONFIG.replace("version: 2.1", "version: 2.1\n    setup: true"))
    assert made.ci("plan").stdout.endswith("then the workflows of the config that its setup job continues with\n")
    assert json.loads(made.ci("plan", "--json").stdout)["setup"] is True


def test_readme_shows_what_it_says_of_this_repository():
    shown = (ROOT / "README.md").read_text(encoding="utf-8").partition("<!-- plan -->")[2].split("```")[1]
    command, output = shown.removeprefix("console\n$ python -m ci ").split("\n", 1)
    done = call([sys.executable, "-m", "ci", *command.split()], ROOT, environ={"CI_PROJECT": str(ROOT)})
    own = f"CI_PROJECT={ROOT} "
    assert done.stdout.replace(own, "") == output
