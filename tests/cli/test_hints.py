"""A forgotten ``--`` gets a hint, and so does a workflow's name without ``run``."""

import subprocess
import sys

import pytest

from ci.cli.hints import forgotten_dashes, our_options
from ci.system.command_names import nox_command

from ..projects import ROOT, make_project

SESSIONS = ["smoke", "smoke-build", "doctor"]
CONFIG = """
    version: 2.1
    jobs: {build: {docker: [{image: a/b}], steps: [checkout]}}
    workflows: {smoke: {jobs: [build]}}
    """
NOXFILE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import ci; ci.register(__file__)"
HINT = "Hint: options for a session go after --"
TAKES_NUMBER = {"-j": "build", "--parallel": "2"}


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("-s smoke -e py36", "nox -s smoke -- -e py36"),
        ("-s smoke -epy36", "nox -s smoke -- -epy36"),
        ("-s smoke -j build", "nox -s smoke -- -j build"),
        ("-s smoke --engine host", "nox -s smoke -- --engine host"),
        ("-s smoke --engine=host -v", "nox -s smoke -- --engine=host -v"),
        ("--engine host -s smoke", "nox -s smoke -- --engine host"),
        ("-s smoke --parallel 2", "nox -s smoke -- --parallel 2"),
        ("-s smoke -v", "nox -s smoke -- -v"),
        ("-s doctor --json", "nox -s doctor -- --json"),
    ],
)
def test_a_sessions_options_before_the_dashes_are_answered_with_where_they_belong(line, hint):
    assert forgotten_dashes(line.split(), SESSIONS).endswith(hint.replace("nox", nox_command()))


def test_every_option_of_a_run_gets_it():
    options = our_options()
    assert {"-j", "-e", "-v", "-q", "--job-param", "--allow-docker", "--share"} <= options
    for option in options:
        line = ["-s", "smoke", option, TAKES_NUMBER.get(option, "x")]
        assert forgotten_dashes(line, SESSIONS), option


@pytest.mark.parametrize(
    "line",
    [
        "-s smoke -- -e py36",
        "-s smoke -j 4",
        "-s smoke -j4",
        "-s smoke -j auto",
        "-s smoke smoke-build --parallel 2",
        "-e smoke",
        "--list",
        "-s smoke smoke-build",
        "-s smoke --reuse-venv yes",
        "-s other -v",
        "--noxfile noxfile.py -s smoke",
    ],
)
def test_noxs_own_options_get_none(line):
    assert forgotten_dashes(line.split(), SESSIONS) is None


@pytest.mark.parametrize("options", ["-e x", "--parallel 2", "--json", "--verbose", "-v"])
def test_options_that_nox_has_too_get_it_from_nox(tmp_path, options):
    assert HINT in of_nox(tmp_path, options)


@pytest.mark.parametrize("options", ["-j build", "--engine host", "--parallel", "-q"])
def test_the_others_nox_refuses_before_it_reads_the_noxfile(tmp_path, options):
    output = of_nox(tmp_path, options)
    assert HINT not in output
    assert "usage: " in output


def of_nox(folder, options: str) -> str:
    project = make_project(folder, CONFIG, **{"noxfile.py": NOXFILE})
    words = [sys.executable, "-m", "nox", "--list", "-s", "smoke", *options.split()]
    return subprocess.run(words, cwd=project.path, capture_output=True, text=True).stderr


@pytest.mark.parametrize(("word", "command"), [("smoke", "run smoke"), ("smoke-build", "run smoke -j build")])
@pytest.mark.parametrize("module", ["ci", "ci.cli.circleci_local"])
def test_a_workflow_without_run_is_answered_with_how_it_is_run(tmp_path, word, command, module):
    project = make_project(tmp_path, CONFIG)
    if module == "ci":
        done = project.ci(word)
    else:
        call = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from ci.cli.circleci_local import program; program()"
        words = [sys.executable, "-c", call, word]
        done = subprocess.run(words, cwd=project.path, capture_output=True, text=True)
    status = done.status if module == "ci" else done.returncode
    assert (status, f"Run it with: python -m ci {command}" in done.stderr) == (2, True), done.stderr


def test_another_word_gets_the_nearest_command(tmp_path):
    done = make_project(tmp_path, CONFIG).ci("valdate")
    assert (done.status, "Did you mean 'validate'?" in done.stderr) == (2, True), done.stderr
