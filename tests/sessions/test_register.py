"""What a noxfile calls: where the project is looked for, and what is returned."""

import sys

import pytest

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
