"""Exit statuses in words."""

import pytest

from ci.report.step_status import IN_IMAGE, ON_HOST, in_words


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (1, None),
        (2, None),
        (124, "a `timeout` in the step ended it (124 is what `timeout` returns)"),
        (130, "interrupted (SIGINT, as by Ctrl-C)"),
        (137, "killed (SIGKILL): out of memory, or something killed it"),
        (139, "crashed (SIGSEGV): a program used memory that is not its own"),
        (136, "ended by the signal SIGFPE"),
        (255, None),
        (-1, None),
    ],
)
def test_an_exit_status_says_what_the_shell_or_the_system_means(status, words):
    assert in_words(status) == words


def test_126_is_a_command_that_cannot_be_executed():
    assert in_words(126).startswith("a command was found but cannot be executed")


@pytest.mark.parametrize(
    "line",
    [
        "/tmp/step-1: line 3: foo: command not found",
        "bash: foo: command not found",
        "/bin/sh: 1: foo: not found",
        "sh: foo: not found",
        "env: ‘foo’: No such file or directory",
        "/tmp/step-1: line 3: foo: No such file or directory",
    ],
)
def test_127_names_the_command_that_is_missing(line):
    assert in_words(127, ["first", line, "after"]) == f"command not found: foo ({IN_IMAGE})"


def test_127_on_the_host_says_whose_programs_steps_find():
    assert in_words(127, [], on_host=True) == f"a command was not found ({ON_HOST})"
