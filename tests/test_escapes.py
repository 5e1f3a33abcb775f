"""A terminal obeys no name of a job, a step or a file, and no message: their control characters are shown."""

import os
import subprocess
import sys

import pytest

from ci.errors import Position, Problem
from ci.escapes import visible, visible_name

from .projects import ROOT, make_project

CONFIG = r"""
version: 2.1
jobs:
  build:
    docker: [{image: "a/\e[31mb"}]
    environment: {A: "\e[31m"}
    steps:
      - run: {name: "st\e]0;title\aep\u202e", command: "printf '\\033[32mgreen\\033[0m\\n'"}
      - run: {name: "fa\bil", command: "exit 3"}
      - restore_cache: {when: always, key: "k\e[2J"}
      - store_artifacts: {when: always, path: "no\e[2J"}
workflows:
  "w\e[31m":
    jobs:
      - build: {name: "bu\e[31mild\rx"}
      - hold: {type: approval, name: "ho\eld"}
      - build: {name: "n\e[8mext", requires: ["ho\eld"]}
"""
WORKFLOW = "w\x1b[31m"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 日本 　 \N{NO-BREAK SPACE}🙂", "plain ü 日本 　 \N{NO-BREAK SPACE}🙂"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b31m\x7f\x00", "\\x9b31m\\x7f\\x00"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("\rover", "\\rover"),
        ("file\udcff", "file\\udcff"),
    ],
)
def test_control_characters_are_shown_and_letters_of_all_languages_stay(text, shown):
    assert visible(text) == visible_name(text) == shown


def test_a_text_has_lines_and_a_name_has_none():
    assert visible("a\n\tb") == "a\n\tb"
    assert visible_name("a\n\tb") == "a\\n\\tb"


def test_a_problem_shows_what_its_config_holds():
    problem = Problem("bad \x1b[2J", Position("con\x1bfig.yml", 1, 1), "hint \a", (("in \b", None),))
    assert str(problem) == "con\\x1bfig.yml:1:1: bad \\x1b[2J\n    in \\x08\n    hint \\x07"


def controls(text):
    return {letter for letter in text if letter != "\n" and visible(letter) != letter}


COMMANDS = [
    ("list",),
    ("graph",),
    ("run", WORKFLOW, "--dry-run", "--engine", "host"),
    ("run", "no\x1b[31m"),
    ("validate",),
]


@pytest.mark.parametrize("words", COMMANDS)
def test_no_command_prints_a_name_as_it_is(tmp_path, words):
    done = make_project(tmp_path, CONFIG).ci(*words)
    assert controls(done.stdout + done.stderr) == set()
    assert "\\x1b[31m" in done.stdout + done.stderr or words == ("validate",)


SETTINGS = r"""
[tool.nox-circleci]
share = ["sh\u001b[31mare"]
[tool.nox-circleci.images]
"a/\u001b[31mb" = "Dockerfile"
"""


@pytest.mark.parametrize(
    "words",
    [
        ("trust",),
        ("trust", "--show"),
        ("trust", "--revoke"),
        ("run", WORKFLOW, "--engine", "host"),
        ("images", "--push"),
        ("doctor",),
        ("clean",),
        ("validate", "fi\x1b[31mle.yml"),
        ("validate", "--fix"),
    ],
)
def test_no_command_prints_what_the_project_has_chosen_as_it_is(tmp_path, words):
    files = {"pyproject.toml": SETTINGS, "Dockerfile": "FROM scratch\n", "fi\x1b[31mle.yml": CONFIG}
    project = make_project(tmp_path / "pro\x1b[31mject", CONFIG, **files)
    (project.path / "sh\x1b[31mare").mkdir()
    (project.path / ".nox/ci").mkdir(parents=True)
    (project.path / ".nox/ci/cache").symlink_to(tmp_path)
    done = project.ci(*words, XDG_STATE_HOME=str(tmp_path / "state"))
    assert controls(done.stdout + done.stderr) == set()
    assert "\\x1b[31m" in done.stdout + done.stderr or words == ("validate", "--fix")


def test_an_error_that_quotes_the_config_shows_it(tmp_path):
    done = make_project(tmp_path, CONFIG.replace("exit 3", "<< nothing.\\e[31m >>").replace("when", "wh\\een")).ci(
        "validate"
    )
    assert done.status == 2
    assert controls(done.stderr) == set()
    assert "\\x1b" in done.stderr


@pytest.mark.parametrize("more", [(), ("--parallel",), ("-v",), ("-q",)])
def test_a_run_shows_names_escaped_and_output_as_it_is(tmp_path, more):
    project = make_project(tmp_path, CONFIG)
    done = project.ci("run", WORKFLOW, "--engine", "host", *more)
    output = "\x1b[32mgreen\x1b[0m"
    assert done.status == 1
    assert controls(done.stdout.replace(output, "") + done.stderr) == set()
    assert output in done.stdout or more in (("-q",), ("--parallel",))
    assert "bu\\x1b[31mild\\rx" in done.stdout
    (log,) = project.path.glob(".nox/ci/runs/2*/log/*.log")
    written = log.read_text(encoding="utf-8")
    assert output in written
    assert controls(written.replace(output, "")) == set()
    assert "st\\x1b]0;title\\x07ep\\u202e" in written


def test_nox_lists_names_escaped_and_runs_them_so(tmp_path):
    project = make_project(tmp_path, CONFIG)
    words = [sys.executable, "-m", "nox", "-f", str(ROOT / "noxfile.py")]
    variables = {**os.environ, "CI_PROJECT": str(project.path), "NOXFORCECOLOR": "", "NO_COLOR": "1"}
    listed = subprocess.run([*words, "--list"], env=variables, capture_output=True, text=True, check=True)
    assert controls(listed.stdout) == set()
    assert "w\\x1b[31m [ci,workflow] -> Workflow w\\x1b[31m" in listed.stdout
    command = [*words, "-s", "w\\x1b[31m", "--", "--dry-run", "--engine", "host"]
    assert "bu\\x1b[31mild" in subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout
