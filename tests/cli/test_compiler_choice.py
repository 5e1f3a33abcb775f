"""Which commands refuse what CircleCI's current compiler refuses, which warn of it, and who chooses."""

import json
from textwrap import dedent

import pytest

from ci.cli.main import main
from ci.errors import ConfigError
from ci.options.table import Options
from ci.pipeline.dynamic_config import compile_continuation
from ci.project.project import find_project

OLD = """
    version: 2
    jobs:
      build:
        docker: [{image: cimg/base:2024.01}]
        steps: [run: "cat <<EOF\\nhello\\nEOF"]
    """
TYPO = """
    version: 2.1
    jobs:
      build:
        docker: [{image: cimg/base:2024.01}]
        steps: [run: {command: "true", workingdirectory: src}]
    """
REFUSED = "version 2: CircleCI's compiler refuses it since 21 September 2026"


@pytest.fixture
def ask(tmp_path, capsys, monkeypatch):
    """Run a command in a project with a config; returns its status, output and errors."""
    monkeypatch.delenv("NOX_CIRCLECI_COMPILER", raising=False)

    def run(config, *argv, settings=""):
        (tmp_path / ".circleci").mkdir(exist_ok=True)
        (tmp_path / ".circleci" / "config.yml").write_text(dedent(config).lstrip())
        (tmp_path / "pyproject.toml").write_text(settings)
        status = main(argv, tmp_path)
        return status, *capsys.readouterr()

    return run


@pytest.mark.parametrize("command", ["validate", "process"])
@pytest.mark.parametrize("option", [(), ("--next",), ("-n",), ("--compiler", "current")], ids=str)
def test_validate_and_process_refuse_version_2_with_its_place_and_the_rewrite(ask, command, option):
    status, output, errors = ask(OLD, command, *option)
    assert (status, output) == (2, "")
    assert f".circleci/config.yml:1:10: {REFUSED}" in errors
    assert "write version: 2.1" in errors


@pytest.mark.parametrize("command", ["validate", "process", "list", "graph"])
def test_the_classic_compiler_says_nothing_of_it(ask, command):
    status, _, errors = ask(OLD, command, "--compiler", "classic")
    assert (status, errors) == (0, "")


@pytest.mark.parametrize("command", ["list", "graph"])
def test_list_and_graph_warn_and_go_on(ask, command):
    status, output, errors = ask(OLD, command)
    assert status == 0
    assert "build" in output
    assert f"warning: .circleci/config.yml:1:10: {REFUSED}" in errors


def test_run_warns_and_goes_on_and_with_strict_does_not(ask):
    status, output, errors = ask(OLD, "run", "workflow", "--dry-run", "--engine", "host")
    assert status == 0
    assert "build" in output
    assert f"warning: .circleci/config.yml:1:10: {REFUSED}" in errors
    status, _, errors = ask(OLD, "run", "workflow", "--dry-run", "--engine", "host", "--strict")
    assert status == 2
    assert REFUSED in errors
    assert "warning" not in errors


def test_a_variable_and_the_settings_choose_the_compiler_and_the_option_stands_over_them(ask, monkeypatch):
    classic = '[tool.nox-circleci]\ncompiler = "classic"\n'
    assert ask(OLD, "validate", settings=classic)[0] == 0
    assert ask(OLD, "validate", "--next", settings=classic)[0] == 2
    monkeypatch.setenv("NOX_CIRCLECI_COMPILER", "current")
    assert ask(OLD, "validate", settings=classic)[0] == 2
    monkeypatch.setenv("NOX_CIRCLECI_COMPILER", "clasic")
    status, _, errors = ask(OLD, "validate")
    assert status == 2
    assert "NOX_CIRCLECI_COMPILER: invalid choice: 'clasic'" in errors
    monkeypatch.delenv("NOX_CIRCLECI_COMPILER")
    status, _, errors = ask(OLD, "validate", settings=classic.replace('classic"', 'clasic"'))
    assert status == 2
    assert "pyproject.toml:2:1: compiler: invalid choice: 'clasic'" in errors


def test_validate_prints_warnings_apart_and_strict_makes_them_errors(ask):
    status, output, errors = ask(TYPO, "validate")
    assert (status, output) == (0, ".circleci/config.yml is valid, with 1 warning.\n")
    assert errors.startswith("warning: .circleci/config.yml:5:36: the key 'workingdirectory' means nothing in step run")
    status, output, errors = ask(TYPO, "validate", "--strict")
    assert (status, output) == (2, "")
    assert errors.startswith(".circleci/config.yml:5:36: the key 'workingdirectory'")


def test_as_json_strict_makes_the_warnings_errors_too(ask):
    status, output, _ = ask(TYPO, "validate", "--json")
    document = json.loads(output)
    assert (status, document["valid"], document["errors"], len(document["warnings"])) == (0, True, [], 1)
    status, output, _ = ask(TYPO, "validate", "--json", "--strict")
    document = json.loads(output)
    assert (status, document["valid"], len(document["errors"]), document["warnings"]) == (2, False, 1, [])


def test_a_run_shows_ten_warnings_and_counts_the_others(ask):
    steps = "\n".join(f"          - run: {{command: 'true', k{number}: x}}" for number in range(12))
    config = f"""
    version: 2.1
    jobs:
      build:
        docker: [{{image: cimg/base:2024.01}}]
        steps:
{steps}
    """
    _, _, errors = ask(config, "list")
    assert errors.count("means nothing in step run") == 10
    assert "warning: 2 more, which `python -m ci validate` prints" in errors


def test_warnings_are_printed_beside_errors_as_well(ask):
    broken = TYPO.replace('"true", workingdirectory', "[], workingdirectory")
    status, _, errors = ask(broken, "validate")
    assert status == 2
    assert errors.startswith("warning: .circleci/config.yml:5:32: the key 'workingdirectory' means nothing in step run")
    assert "\n.circleci/config.yml:5:28: the command of a run step must be text" in errors
    status, output, _ = ask(broken, "validate", "--json")
    document = json.loads(output)
    assert (status, len(document["errors"]), len(document["warnings"])) == (2, 1, 1)


def test_a_dry_run_says_which_image_variables_its_steps_do_not_see(ask):
    config = """
    version: 2.1
    jobs:
      build:
        docker: [{image: cimg/base:2024.01, environment: {TOKEN: a}}]
        steps: [run: echo $TOKEN]
    """
    status, _, errors = ask(config, "run", "workflow", "--dry-run", "--engine", "host")
    assert status == 0
    assert "warning: .circleci/config.yml:4:55: steps use $TOKEN, but an image's environment reaches no step" in errors


def test_a_continuation_goes_by_the_classic_rules_and_says_nothing(ask, tmp_path):
    ask(TYPO, "list")
    compiled = compile_continuation(find_project(tmp_path), dedent(OLD).lstrip(), {}, Options())
    assert [workflow.name for workflow in compiled.workflows] == ["workflow"]
    assert compiled.warnings == ()


def test_a_continuations_warnings_are_printed_and_strict_makes_them_errors(ask, tmp_path, capsys):
    ask(TYPO, "list")
    project, text = find_project(tmp_path), dedent(TYPO).lstrip()
    compile_continuation(project, text, {}, Options())
    expected = "continuation.yml:5:36: the key 'workingdirectory' means nothing in step run"
    assert f"warning: {expected}" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="workingdirectory"):
        compile_continuation(project, text, {}, Options(strict=True))
