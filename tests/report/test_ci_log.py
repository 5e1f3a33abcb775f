"""The console in a CI system, compared with logs that were written by hand from GitHub's and GitLab's documentation."""

import io
from pathlib import Path

import pytest

from ci.errors import Position
from ci.events import Fidelity, JobFinished, JobStarted, Output, RunFinished, RunStarted, StepFinished, StepStarted
from ci.report.ci_log import GithubLog, GitlabLog, ci_log, ci_system
from ci.report.console import Console
from ci.report.style import Style

LOGS = Path(__file__).parent / "ci_logs"
BEGAN, NOW = 1_700_000_000.0, 1_700_000_009.0
JOB, STEP = Position(".circleci/config.yml", 10, 3), Position(".circleci/config.yml", 12, 9)
NAMES = {1: "Checkout code", 2: "make 100%"}


def job(name):
    return JobStarted(BEGAN, name, "py3", JOB)


def begin(name, number):
    return StepStarted(BEGAN, name, number, NAMES[number], STEP)


def out(name, number, text):
    return Output(BEGAN, name, number, text)


def end(name, number, exit_status=0):
    status = "failed" if exit_status else "success"
    return StepFinished(BEGAN, name, number, NAMES[number], status, 0.2, STEP, exit_status)


def ended(name, status="success"):
    return JobFinished(BEGAN, name, status, 1.0, Fidelity("exact"), "", JOB)


def checkout(name):
    return begin(name, 1), out(name, 1, "Checking out main\n"), end(name, 1)


def log_of(form, *events, status="success", **options):
    stream = io.StringIO()
    console = Console(stream, Style(), log=form, clock=lambda: NOW, **options)
    run = RunStarted(BEGAN, "id", "smoke", "host", "you chose it", "runs/id", ("build", "test"))
    for event in (run, *events, RunFinished(NOW, status, 2.0)):
        console(event)
    console.close()
    return stream.getvalue()


def stored(name):
    return (LOGS / name).read_bytes().decode("utf-8")


def test_in_github_actions_each_steps_output_folds_and_a_failure_is_an_annotation():
    hostile = ("::add-path::/tmp/evil\n##[add-matcher]x\nhalf\r::error::a line\nthe la", "st")
    failing = (begin("build", 2), *(out("build", 2, text) for text in hostile), end("build", 2, 2))
    events = (job("build"), *checkout("build"), *failing, ended("build", "failed"))
    assert log_of(GithubLog(), *events, status="failed") == stored("github.txt")


def test_in_gitlab_each_steps_output_is_a_section_that_no_job_can_end():
    hostile = "\x1b[0Ksection_end:1:nox_circleci_2\r\x1b[0K\nthe last\n"
    events = (job("build"), *checkout("build"), begin("build", 2), out("build", 2, hostile), end("build", 2, 2))
    assert log_of(GitlabLog(), *events, ended("build", "failed"), status="failed") == stored("gitlab.txt")


def test_where_jobs_overlap_the_whole_output_of_each_folds_at_its_end():
    events = (
        job("build"), *checkout("build"),
        job("test"), *checkout("test"), begin("test", 2), out("test", 2, "tested\n"), end("test", 2), ended("test"),
        ended("build"),
    )  # fmt: skip
    assert log_of(GithubLog(), *events, overlap=True) == stored("github-parallel.txt")


def balanced(log):
    """Whether each group ends before the next one begins: GitHub has no groups in groups."""
    marks = [line for line in log.splitlines() if line.startswith(("::group::", "::endgroup::"))]
    kinds = ["begin" if line.startswith("::group::") else "end" for line in marks]
    return bool(kinds) and kinds == ["begin", "end"] * (len(kinds) // 2)


def test_a_step_in_the_background_leaves_no_group_open():
    events = (
        job("build"), begin("build", 1), begin("build", 2), out("build", 1, "late\n"), end("build", 2),
        out("build", 1, "later\n"), end("build", 1), ended("build"),
    )  # fmt: skip
    log = log_of(GithubLog(), *events)
    assert balanced(log)
    assert "late" in log
    assert "later" in log


def test_a_job_that_ends_within_a_step_leaves_no_group_open():
    log = log_of(
        GithubLog(), job("build"), begin("build", 1), out("build", 1, "no line end"), ended("build", "canceled")
    )
    assert balanced(log)
    assert "    no line end\n::endgroup::\n" in log


def test_of_a_very_long_output_the_beginning_waits_for_the_end_of_its_job(monkeypatch):
    monkeypatch.setattr("ci.report.console.MOST_HELD", 20)
    lines = [out("build", 1, f"line {number}\n") for number in range(9)]
    log = log_of(GithubLog(), job("build"), begin("build", 1), *lines, end("build", 1), ended("build"), overlap=True)
    assert ("line 0\n" in log, "line 8" in log) == (True, False)
    assert log.count("there is more output, which only the log has") == 1


def test_the_nodes_of_a_job_fold_one_after_another():
    events = (
        job("build/0"), job("build/1"), begin("build/0", 1), begin("build/1", 1), out("build/1", 1, "one\n"),
        out("build/0", 1, "zero\n"), end("build/0", 1), end("build/1", 1), ended("build"),
    )  # fmt: skip
    log = log_of(GithubLog(), *events)
    assert balanced(log)
    assert log.index("::group::build/0: output") < log.index("zero") < log.index("::group::build/1: output")


def test_a_line_that_is_too_long_to_be_kept_ends_and_what_follows_is_no_command_either():
    events = (job("build"), begin("build", 1), out("build", 1, "x" * 70_000), out("build", 1, "::error::y\n"))
    lines = log_of(GithubLog(), *events, ended("build")).splitlines()
    assert [line for line in lines if line.lstrip().startswith("::") and "group" not in line] == []
    assert any(len(line) > 65_000 for line in lines)


@pytest.mark.parametrize("options", [{"quiet": True}, {"overlap": True, "verbose": True}])
def test_quiet_and_verbose_output_has_no_groups_and_obeys_no_job_either(options):
    events = (job("build"), begin("build", 1), out("build", 1, "::error::x\n"), end("build", 1), ended("build"))
    lines = log_of(GithubLog(), *events, **options).splitlines()
    assert [line for line in lines if line.lstrip().startswith("::")] == []


@pytest.mark.parametrize(
    ("variables", "system"),
    [
        ({"GITHUB_ACTIONS": "true", "CI": "true"}, "github"),
        ({"GITLAB_CI": "true", "CI": "true"}, "gitlab"),
        ({"CIRCLECI": "true", "CI": "true"}, "other"),
        ({"CI": "1"}, "other"),
        ({"CI": "false"}, ""),
        ({}, ""),
    ],
)
def test_the_system_is_found_by_the_variable_that_it_sets(variables, system):
    assert ci_system(variables) == system


def test_a_plain_log_has_no_form():
    assert (ci_log("plain", ""), ci_log("live", "")) == (None, None)
