"""Below the options ``--help`` has examples that can be typed, exit statuses, and where a value came from."""

import shlex
import sys

import pytest

from ci.cli.main import main
from ci.options.commands import ARGUMENTS
from ci.options.given import parse_run
from ci.options.help_text import EXAMPLES
from ci.options.parser import command_parser
from ci.options.settings import ProjectSettings

from ..projects import make_project

CONFIG = "version: 2.1\njobs: {build: {docker: [{image: a/b}], steps: [checkout]}}\nworkflows: {w: {jobs: [build]}}\n"


@pytest.mark.parametrize(("command", "words"), [(name, words) for name, found in EXAMPLES.items() for words in found])
def test_every_example_is_a_command_line_that_its_command_takes(command, words):
    typed = shlex.split(words)
    if command == "rerun":
        typed = [word for word in typed if word not in ("-1", "build", "--all")]
    if command in ("run", "rerun"):
        parse_run(typed, ProjectSettings(), {})
    else:
        command_parser(command, "described").parse(typed)


@pytest.mark.parametrize("command", ["run", *ARGUMENTS])
def test_every_help_has_the_exit_statuses(command, capsys):
    with pytest.raises(SystemExit):
        sys.exit(main([*command.split(), "--help"]))
    shown = capsys.readouterr().out
    assert "exit status:\n  0 " in shown
    assert "  2 " in shown
    assert "  130 interrupted" in shown
    assert ("examples:\n" in shown) == (command in EXAMPLES)


def test_help_shows_what_is_set_where_but_no_secret(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    settings = '[tool.nox-circleci]\nreport = "never"\nengine = "host"\nenv = ["MODE=hunter22"]\n'
    project.write("pyproject.toml", settings)
    (tmp_path / "nox-circleci").mkdir()
    (tmp_path / "nox-circleci/config.toml").write_text("quiet = true\n")
    environ = {"NOX_CIRCLECI_PULL": "always", "XDG_CONFIG_HOME": str(tmp_path)}
    done = project.ci("run", "w", "--help", **environ)
    assert done.status == 0, done.stderr
    for line in (
        "  --pull always   (NOX_CIRCLECI_PULL)",
        "  --report never   (pyproject.toml:2:1)",
        "  --engine host   (pyproject.toml:3:1, after trust)",
        "  --env MODE=...   (pyproject.toml:4:1, after trust)",
        f"  --quiet true   ({tmp_path}/nox-circleci/config.toml:1:1)",
    ):
        assert line in done.stdout.splitlines(), done.stdout
    assert "hunter22" not in done.stdout
    assert "set now:" not in project.ci("runs", "--help", **environ).stdout


@pytest.mark.parametrize("command", ["list", "validate", "process", "graph", "plan", "serve"])
def test_the_help_of_a_command_that_compiles_shows_what_is_set_of_its_own_options(command, tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    project.write("pyproject.toml", '[tool.nox-circleci]\ncompiler = "classic"\nreport = "never"\n')
    shown = project.ci(command, "--help").stdout.splitlines()
    assert "  --compiler classic   (pyproject.toml:2:1)" in shown
    assert not any("--report" in line for line in shown)


def test_help_is_shown_beside_a_settings_file_that_is_wrong(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    project.write("pyproject.toml", "[tool.nox-circleci\n")
    done = project.ci("plan", "--help", NOX_CIRCLECI_COMPILER="classic")
    assert (done.status, done.stderr) == (0, "")
    assert "  --compiler classic   (NOX_CIRCLECI_COMPILER)" in done.stdout.splitlines()
