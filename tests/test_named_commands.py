"""A command that a message names is one that its reader has: in a clone, where the wheel is installed, under nox."""

import re
import sys

import pytest

from .named_commands import bare_commands, help_words, named_commands
from .projects import call, make_project

CONFIG = """
    version: 2.1
    jobs: {build: {docker: [{image: a/b}], steps: [run: exit 3]}}
    workflows: {main: {jobs: [build]}}
    """
NOXFILE = "import ci\n\nci.register(__file__)\n"


def test_the_sources_name_the_commands_that_this_test_is_about():
    found = {words.split()[0] for words in named_commands()}
    assert {"runs", "log", "rerun", "resume", "paused", "trust", "clean", "doctor", "images"} <= found


def test_no_text_names_a_command_without_asking_how_its_reader_types_it():
    assert bare_commands() == []


@pytest.mark.parametrize("words", sorted(named_commands()))
def test_a_clone_has_every_command_that_is_named_with_its_options(words, capsys):
    from ci.cli.main import main

    with pytest.raises(SystemExit) as ended:
        sys.exit(main(help_words(words)))
    shown = capsys.readouterr().out
    assert ended.value.code == 0, named_commands()[words]
    missing = [word for word in words.split() if word.startswith("-") and not re.search(rf"{word}\b", shown)]
    assert missing == [], named_commands()[words]


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path, CONFIG, **{"noxfile.py": NOXFILE})


def nox(project, *words, **environ):
    return call([sys.executable, "-m", "nox", *words], project.path, environ=environ)


def test_under_nox_the_commands_that_are_sessions_are_named_as_such(project):
    failed = nox(project, "-s", "main", "--", "--engine", "host")
    hints = re.findall(r"(\S*nox -s (?:log|rerun))\b", failed.stdout)
    assert len(hints) == 2, failed.stdout
    missing = nox(project, "-s", "log", "--", "-9")
    assert re.search(r"`\S*nox -s runs` lists them", missing.stderr), missing.stderr
    wrong = nox(project, "-s", "runs", "--", "--jsno")
    assert re.search(r"nox -s runs -- --help lists the options", wrong.stderr), wrong.stderr


def test_under_nox_what_is_no_session_is_named_with_the_program(project):
    with_orb = CONFIG.replace("jobs: {build", "orbs: {node: circleci/node@5.2}\n    jobs: {build")
    project.write(".circleci/config.yml", with_orb)
    checked = nox(project, "-s", "validate")
    assert re.search(r"`\S*python\S* -m ci orbs fetch`", checked.stderr), checked.stderr


def test_a_command_that_is_named_goes_to_the_same_noxfile_and_project(project, tmp_path):
    (project.path / "noxfile.py").rename(project.path / "other.py")
    failed = nox(project, "-f", "other.py", "-s", "main", "--", "--engine", "host")
    assert re.search(r"nox -f other.py -s log", failed.stdout), failed.stdout
    project.path.joinpath("elsewhere").mkdir()
    done = call([sys.executable, "-m", "ci", "log", "-9"], project.path / "elsewhere", environ={"CI_PROJECT": ".."})
    assert re.search(r"`CI_PROJECT=\.\. \S+ -m ci runs` lists them", done.stderr), done.stderr
