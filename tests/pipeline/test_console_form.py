"""In which form a run is shown: what was asked for, else what the environment and the terminal say."""

import io

import pytest

from ci.options.table import Options
from ci.pipeline.console_form import console_form, output_name, step_summary_file
from ci.report.ci_log import GithubLog, GitlabLog

GITHUB, GITLAB, CIRCLECI = {"GITHUB_ACTIONS": "true"}, {"GITLAB_CI": "true"}, {"CIRCLECI": "true"}
TERMINAL = {"TERM": "xterm"}


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def form(output="auto", stream=None, environ=TERMINAL, **options):
    return console_form(Options(output=output, **options), "/project", stream or io.StringIO(), environ)


@pytest.mark.parametrize(("environ", "kind"), [(GITHUB, GithubLog), (GITLAB, GitlabLog)])
def test_github_and_gitlab_are_found_out_and_get_colours(environ, kind):
    found = form(environ=environ)
    assert (type(found.log), found.live, found.style.color) == (kind, False, True)
    assert form(environ={**environ, "NO_COLOR": "1"}).style.color is False


@pytest.mark.parametrize("environ", [CIRCLECI, {"CI": "true"}])
def test_another_ci_system_gets_lines_even_on_its_terminal(environ):
    found = form(stream=Terminal(), environ={**environ, **TERMINAL})
    assert (found.log, found.live) == (None, False)


@pytest.mark.parametrize("environ", [GITHUB, GITLAB, CIRCLECI, TERMINAL])
@pytest.mark.parametrize(("output", "kind"), [("github", GithubLog), ("gitlab", GitlabLog), ("plain", type(None))])
def test_what_was_asked_for_counts_wherever_it_runs(environ, output, kind):
    found = form(output, Terminal(), environ)
    assert (type(found.log), found.live) == (kind, False)


@pytest.mark.parametrize(("output", "environ"), [("auto", TERMINAL), ("live", {**CIRCLECI, **TERMINAL})])
def test_a_terminal_has_what_runs_drawn(output, environ):
    assert form(output, Terminal(), environ).live


def test_no_live_view_without_a_terminal_and_only_who_asked_for_it_is_told():
    assert form().hint is None
    found = form("live")
    assert (found.live, "not a terminal" in found.hint) == (False, True)


def test_quiet_draws_nothing():
    assert not form(stream=Terminal(), quiet=True).live


def test_the_name_is_auto_where_the_terminal_decides():
    assert [output_name("auto", each) for each in ({}, {"CI": "false"}, CIRCLECI, GITHUB)] == [
        "auto", "auto", "plain", "github",
    ]  # fmt: skip


def test_a_step_summary_is_for_github_alone():
    file = {"GITHUB_STEP_SUMMARY": "/tmp/summary.md"}
    assert step_summary_file({"output": "auto"}, {**GITHUB, **file}) == "/tmp/summary.md"
    assert step_summary_file({"output": "github"}, file) == "/tmp/summary.md"
    assert step_summary_file({"output": "plain"}, {**GITHUB, **file}) == ""
    assert step_summary_file({"output": "auto"}, file) == ""
    assert step_summary_file({"output": "auto", "json": True}, {**GITHUB, **file}) == ""
