"""What a noxfile calls: where the project is looked for, and what is returned."""

import re
import sys

import pytest

from ci.pipeline.session_list import Session
from ci.sessions.own_sessions import beside
from ci.sessions.register import Sessions

from ..projects import ROOT, call, make_project

CONFIG = """
    version: 2.1
    jobs: {build: {docker: [{image: a/b}], steps: [run: 'true']}}
    workflows: {tests: {jobs: [build]}}
    """
NOXFILE = """
    import nox
    import ci
    from pathlib import Path

    sessions = ci.register(%s)
    print("registered:", *sessions)
    assert len(sessions) == 16 and "tests-build" in sessions and "lint" not in sessions

    @nox.session(name=sessions.name("tests"), venv_backend="none", default=False)
    def tests(session):
        print("own tests ran")

    @nox.session(name=sessions.name("lint"), venv_backend="none", default=False)
    def lint(session):
        print("own lint ran")
    """


def nox(project, *words):
    return call([sys.executable, "-m", "nox", *words], project.path)


@pytest.mark.parametrize("place", ["__file__", "Path(__file__)", "Path(__file__).parent", "'.'"])
def test_a_noxfile_or_its_folder_has_the_sessions_of_its_project(tmp_path, place):
    result = nox(make_project(tmp_path, CONFIG, **{"noxfile.py": NOXFILE % place}), "--list")
    assert result.status == 0, result.stderr
    utilities = "validate process graph plan runs log report rerun paused resume shell doctor images clean"
    assert f"registered: tests tests-build {utilities}\n" in result.stdout


def test_a_session_of_the_noxfiles_own_gets_the_name_that_the_config_has_left(tmp_path):
    result = nox(make_project(tmp_path, CONFIG, **{"noxfile.py": NOXFILE % "__file__"}), "-s", "ci-tests", "lint")
    assert (result.status, "own tests ran" in result.stdout, "own lint ran" in result.stdout) == (0, True, True)


@pytest.mark.parametrize("session", ["rerun", "shell"])
def test_a_session_takes_words_before_its_options(tmp_path, session):
    project = make_project(tmp_path, CONFIG, **{"noxfile.py": NOXFILE % "__file__"})
    result = nox(project, "-s", session, "--", "build")
    assert "unknown argument" not in result.stderr
    assert {"rerun": "no run is kept here", "shell": "no job is paused"}[session] in result.stderr


OWN = """

@nox.session(name="tests", venv_backend="none", default=False)
def tests(session):
    print("own tests ran")


@nox.session(name="log", venv_backend="none", default=False)
def log(session):
    print("own log ran")
"""
BEFORE = f"import ci\nimport nox\n{OWN}\n\nci.register(__file__)\n"
AFTER = f"import ci\nimport nox\n\nci.register(__file__)\n{OWN}"


def test_a_session_of_the_noxfiles_own_before_register_keeps_its_name_and_the_configs_gets_another(tmp_path):
    project = make_project(tmp_path, CONFIG, **{"noxfile.py": BEFORE})
    listed = nox(project, "--list")
    names = re.findall(r"^- (\S+)", re.sub(r"\x1b\[[0-9;]*m", "", listed.stdout), re.MULTILINE)
    assert {"tests", "ci-tests", "tests-build", "log", "ci-log"} <= set(names), listed.stdout
    line = "'tests' is your noxfile's own session; that of the CircleCI config is 'ci-tests'"
    assert (listed.stderr.count(line), "already been registered" in listed.stderr) == (1, False), listed.stderr
    assert "own tests ran" in nox(project, "-s", "tests").stdout
    ran = nox(project, "-s", "ci-tests", "--", "--engine", "host")
    assert (ran.status, line in ran.stderr) == (0, True), ran.stderr
    assert line not in nox(project, "-s", "validate").stderr


def test_a_failed_run_of_a_renamed_session_names_it(tmp_path):
    project = make_project(tmp_path, CONFIG.replace("'true'", "exit 3"), **{"noxfile.py": BEFORE})
    failed = nox(project, "-s", "ci-tests", "--", "--engine", "host")
    assert "nox -s ci-tests -- -j build --engine host" in failed.stdout, failed.stdout
    assert "nox -s ci-log" in failed.stdout, failed.stdout


def test_a_session_of_the_noxfiles_own_after_register_is_told_to_move_that_to_the_end(tmp_path):
    listed = nox(make_project(tmp_path, CONFIG, **{"noxfile.py": AFTER}), "--list")
    assert listed.status == 0
    assert listed.stderr.count("move register() to the end of the noxfile") == 2, listed.stderr


def test_of_many_sessions_of_one_name_each_gets_its_own():
    sessions = [Session(name, "", (name,), ()) for name in ("a", "ci-a", "b")]
    assert [each.name for each in beside(sessions, ("a", "c"))] == ["ci-ci-a", "ci-a", "b"]


def test_a_place_that_does_not_exist_is_one_line_and_a_hint(tmp_path):
    result = nox(make_project(tmp_path, CONFIG, **{"noxfile.py": NOXFILE % "'no/such'"}), "--list")
    assert result.status == 2
    assert result.stderr.splitlines()[0] == "register: there is no file or folder 'no/such'"
    assert "register(__file__)" in result.stderr
    assert "Traceback" not in result.stderr


def test_sessions_are_those_of_the_config_then_the_utilities():
    sessions = Sessions(("smoke", "smoke-build"), ("doctor",))
    assert (list(sessions), len(sessions)) == (["smoke", "smoke-build", "doctor"], 3)
    assert (sessions.name("smoke"), sessions.name("tests")) == ("ci-smoke", "tests")


def test_one_place_reads_what_is_private_to_nox():
    files = [path.name for path in (ROOT / "ci").rglob("*.py") if "_runner" in path.read_text(encoding="utf-8")]
    assert files == ["register.py"]
