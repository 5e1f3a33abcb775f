"""The table of options: one declaration reaches everything that knows of options."""

import shutil
import subprocess
import sys

import pytest

from ci.cli.main import main
from ci.cli.orbs import COMMANDS as ORBS
from ci.engines.choose import ENGINES as REGISTERED
from ci.options.command_list import COMMANDS
from ci.options.commands import ARGUMENTS
from ci.options.groups import ENGINES, GROUPS
from ci.options.settings import SETTINGS
from ci.options.table import table

from ..projects import ROOT

COLOUR = """\
    colour: str = option(
        "--colour", layered=True, group=OUTPUT, commands=COMPILING, choices=("red", "blue"), default="red",
        help="a made-up option", consent=Consent("everything turns blue", harmless="red"),
    )  # fmt: skip
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package with one more field in the table, and nothing else changed; returns how to run it."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "ci", folder / "ci", ignore=shutil.ignore_patterns("__pycache__"))
    module = folder / "ci" / "options" / "table.py"
    before, after = module.read_text(encoding="utf-8").split('    noxfile: str = option("--noxfile"')
    module.write_text(f'{before}{COLOUR}    noxfile: str = option("--noxfile"{after}', encoding="utf-8")

    def run(*argv):
        return subprocess.run([sys.executable, *argv], cwd=folder, capture_output=True, text=True)

    return run


def chosen(copy, *argv, settings="", **environ):
    """Return the colour and what needs consent, as the copy resolves them."""
    code = f"""
from pathlib import Path
from ci.options.given import parse_run
from ci.options.command_list import COMMANDS
from ci.options.commands import ARGUMENTS
from ci.options.settings import read_settings
Path("pyproject.toml").write_text({settings!r})
options = parse_run({list(argv)!r}, read_settings(Path(), {{}}), {environ!r})
print(options.colour, *options.permissions)
"""
    done = copy("-c", code)
    return done.stdout.strip() or done.stderr


def test_a_new_option_reaches_the_command_line_and_help(copy):
    assert chosen(copy) == "red"
    assert chosen(copy, "--colour", "blue") == "blue"
    assert "invalid choice: 'green'" in chosen(copy, "--colour", "green")
    for command in ("run", "graph", "process"):
        assert "--colour {red,blue}" in copy("-m", "ci", command, "--help").stdout
    assert "--colour" not in copy("-m", "ci", "clean", "--help").stdout


def test_a_new_option_reaches_its_variable_and_setting_with_their_checks(copy):
    assert chosen(copy, NOX_CIRCLECI_COLOUR="blue") == "blue"
    assert "NOX_CIRCLECI_COLOUR: invalid choice: 'green'" in chosen(copy, NOX_CIRCLECI_COLOUR="green")
    assert chosen(copy, settings='[tool.nox-circleci]\ncolour = "red"\n') == "red"
    wrong = chosen(copy, settings="[tool.nox-circleci]\ncolour = []\n")
    assert "pyproject.toml:2:1: [tool.nox-circleci] colour must be a string, a number, true or false" in wrong


def test_a_new_option_that_needs_consent_is_asked_for(copy):
    assert chosen(copy, settings='[tool.nox-circleci]\ncolour = "blue"\n') == "red colour = blue"


def test_a_new_option_reaches_the_reference_and_the_hint_for_forgotten_dashes(copy):
    row = r"| `--colour red\|blue` | `NOX_CIRCLECI_COLOUR` | `colour` (trust) | a made-up option |"
    assert row in copy("-m", "ci.options.reference").stdout
    code = "from ci.cli.hints import forgotten_dashes; print(forgotten_dashes(['-s', 'w', '--colour', 'red'], ['w']))"
    assert copy("-c", code).stdout.strip().endswith("-s w -- --colour red")


def test_no_flag_field_variable_or_key_is_declared_twice():
    every = (*table(), *SETTINGS)
    for values in (
        [flag for each in every for flag in each.flags],
        [each.field for each in every],
        [each.variable for each in every if each.variable],
        [each.key for each in every if each.key],
    ):
        assert len(values) == len(set(values))


@pytest.mark.parametrize("option", table(), ids=lambda each: each.name)
def test_every_option_has_a_help_a_group_and_a_value_that_help_can_name(option):
    if option.name == "noxfile":  # passed by our own sessions
        return
    assert option.help
    assert option.group in GROUPS
    assert option.is_switch or option.metavar or option.choices
    assert set(option.commands) <= {"run", *ARGUMENTS}


def test_the_engines_of_the_option_are_those_that_there_are():
    assert set(ENGINES) == {"auto", *REGISTERED}


def test_a_command_has_its_own_options_alone():
    assert {each.name for each in table("graph")} == {
        "param", "pipeline-parameters", "config", "branch", "tag", "trigger", "schedule", "compiler",
    }  # fmt: skip
    assert [each.name for each in table("serve")] == ["compiler"]


def test_every_command_has_a_declaration_of_its_arguments():
    groups = {"orbs": [f"orbs {name}" for name in ORBS], "orb": [], "config": []}  # both run other commands
    named = {each for name in COMMANDS for each in groups.get(name, [name])}
    assert {"run", "execute", *ARGUMENTS} == named


@pytest.mark.parametrize("command", ARGUMENTS)
def test_help_of_a_command_lists_its_arguments_and_the_options_of_a_run_that_it_has(command, capsys):
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"], ROOT)
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: python -m ci {command} ")
    for each in (*ARGUMENTS[command], *table(command)):
        assert all(flag in shown for flag in each.flags if each.help)
        assert " ".join(each.help.split()) in " ".join(shown.split())


def test_a_command_takes_one_of_what_excludes_each_other(capsys):
    assert main(["trust", "--show", "--revoke"], ROOT) == 2
    assert "not allowed with argument" in capsys.readouterr().err
