"""GitHub's workflow commands: what we say stays one command, and what a job says is none."""

import re

import pytest

from ci.errors import Position
from ci.report.workflow_commands import annotation, no_command, no_command_in, repository_path, workflow_command

PLACE = Position(".circleci/config.yml", 12, 9)


def obeyed(text: str) -> list[str]:
    """The lines that GitHub's runner takes for commands: ``ActionCommand.TryParseV2`` and ``TryParse``."""
    lines = re.split(r"[\r\n]", text)
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.parametrize(
    ("message", "written"),
    [
        ("a plain one", "a plain one"),
        ("100 %", "100 %25"),
        ("%0A is no line end", "%250A is no line end"),
        ("two\nlines\r\n", "two%0Alines%0D%0A"),
        ("::set-output name=a::b", "::set-output name=a::b"),
    ],
)
def test_the_data_of_a_command_is_escaped_as_the_toolkit_does(message, written):
    assert workflow_command("error", message) == f"::error::{written}"


def test_the_properties_of_a_command_are_escaped_too_and_empty_ones_left_out():
    line = workflow_command("error", "no", file="a,b:c%.py", line=3, title="", col=None)
    assert line == "::error file=a%2Cb%3Ac%25.py,line=3::no"


def test_an_annotation_has_the_place_and_the_title():
    line = annotation("warning", "look", PLACE, "job build: step 2")
    assert line == "::warning file=.circleci/config.yml,line=12,col=9,title=job build%3A step 2::look"
    assert annotation("error", "look", None, "title") == "::error title=title::look"


@pytest.mark.parametrize("line", ["plain", "  two blanks", "a :: b", "std::string", "C:: x", "## [a]", "# heading", ""])
def test_a_line_that_is_no_command_stays_as_it_is(line):
    assert no_command(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "::add-path::/tmp",
        "    ::set-env name=A::b",
        "\t\u00a0\u3000::stop-commands::x",
        "progress\r::error::x",
        "\r\n::error::x",
        "##[add-matcher]/tmp/m.json",
        "behind text ##[error]x",
        "###[group]x",
        "######[group]x",
    ],
)
def test_a_line_of_a_job_is_never_a_command(line):
    assert obeyed(line) != []
    assert obeyed(no_command(line)) == []


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\ufeff", "\0", "\x1b", "\u2060"])
@pytest.mark.parametrize(
    "shape", ["{0}::add-path::/x", ":{0}:add-path::/x", " {0} ::error::x", "#{0}#[error]x", "##{0}[error]x"]
)
def test_characters_that_a_comparison_passes_over_hide_no_command(shape, hidden):
    """.NET's StartsWith and IndexOf compare as the machine's language does: some characters weigh nothing there."""
    written = no_command(shape.format(hidden)).replace(hidden, "")
    assert obeyed(written) == []


def test_what_was_written_can_still_be_read():
    assert no_command("  ::error::x") == "  | ::error::x"
    assert no_command("a ##[error]x") == "a # # [error]x"


def test_a_line_of_a_log_keeps_its_end_and_its_bytes():
    assert no_command_in(b"::error::\xff\r\n") == b"| ::error::\xff\r\n"
    assert no_command_in(b"plain \xff\n") == b"plain \xff\n"
    assert no_command_in(b"") == b""


def test_a_path_is_named_from_the_top_of_githubs_checkout(tmp_path):
    project = tmp_path / "sub" / "project"
    project.mkdir(parents=True)
    (project / "config.yml").write_text("")
    there = {"GITHUB_WORKSPACE": str(tmp_path)}
    assert repository_path("config.yml", str(project), there) == "sub/project/config.yml"
    assert repository_path("config.yml", str(project), {}) == "config.yml"
    assert repository_path("no such file", str(project), there) == "no such file"
    assert repository_path(str(project / "config.yml"), "", {"GITHUB_WORKSPACE": str(tmp_path / "other")}) == str(
        project / "config.yml"
    )
