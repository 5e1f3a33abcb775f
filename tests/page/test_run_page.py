"""The page of a run as its user gets it: which runs leave one, what it shows, what happens without Jinja2."""

from __future__ import annotations

import re
import sys

import pytest

from ci.pipeline.run_report import wants_page

from ..projects import make_project

CONFIG = """
    version: 2.1
    jobs:
      good:
        docker: [{image: cimg/base:2024.01}]
        steps: [run: {name: Greet, command: echo hello}]
      bad:
        docker: [{image: cimg/base:2024.01}]
        steps:
          - run: {name: Break, command: 'echo "the token is $TOKEN"; exit 3'}
    workflows:
      passes: {jobs: [good]}
      fails: {jobs: [good, bad: {requires: [good]}]}
    """


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("page") / "project", CONFIG)


def page(project):
    return project.path / ".nox/ci/runs/last/report.html"


@pytest.mark.parametrize(
    ("result", "seconds", "choice", "wanted"),
    [
        ("failed", 0.1, "auto", True),
        ("success", 10.0, "auto", False),
        ("success", 10.1, "auto", True),
        ("on_hold", 1, "auto", False),
        ("canceled", 99, "auto", False),
        ("success", 0.1, "always", True),
        ("failed", 99, "never", False),
        ("failed", 1, None, True),
    ],
)
def test_a_run_gets_a_page_if_it_failed_or_took_more_than_10_s_or_if_its_user_wants_one(
    result, seconds, choice, wanted
):
    assert wants_page(result, seconds, choice) is wanted


def test_a_failed_run_names_its_page_which_shows_the_failure_and_no_secret(project):
    ended = project.ci("run", "fails", "--engine", "host", "--env", "TOKEN=hunter2hunter2")
    assert ended.status == 1
    named = re.search(r"^  Report: (\S+/report\.html)$", ended.stdout, re.MULTILINE)
    text = (project.path / named[1]).read_text(encoding="utf-8")
    assert "fails failed" in text
    assert "exit status 3" in text
    assert "the token is" in text
    assert "hunter2" not in text


def test_a_short_run_that_passed_has_no_page_until_it_is_asked_for(project):
    ended = project.ci("run", "passes", "--engine", "host")
    assert (ended.status, "Report:" in ended.stdout, page(project).exists()) == (0, False, False)
    shown = project.ci("report")
    assert (shown.status, shown.stdout) == (0, f"{page(project).resolve()}\n")
    assert "passes passed" in page(project).read_text(encoding="utf-8")


def test_report_always_draws_the_page_at_the_end(project):
    assert project.ci("run", "passes", "--engine", "host", "--report").status == 0
    assert page(project).exists()


def test_without_jinja2_a_run_ends_as_it_has_and_says_what_is_missing(project):
    (project.path / "absent").mkdir(exist_ok=True)
    (project.path / "absent" / "jinja2.py").write_text("raise ModuleNotFoundError('no jinja2')")
    without = {"PYTHONPATH": f"{project.path / 'absent'}:{sys.path[0]}"}
    ended = project.run("fails", "--report", **without)
    assert ended.status == 1
    assert "report.html was not written: the report needs Jinja2, which is not installed here" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "message"), [("-99", "there is no run -99"), ("nothing", "there is no run 'nothing'")]
)
def test_a_run_that_is_not_kept_is_an_error(project, name, message):
    shown = project.ci("report", name)
    assert (shown.status, message in shown.stderr) == (2, True)
