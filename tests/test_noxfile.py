"""The nox sessions: which there are, and how they end."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .projects import ROOT, call, make_project

NOX = [sys.executable, "-m", "nox", "-f", str(ROOT / "noxfile.py"), "--script-mode", "none"]
TWO_JOBS = """
    version: 2.1
    jobs:
      first:
        docker: [{image: 'cimg/base:stable'}]
        steps: [run: 'echo from the first']
      second:
        docker: [{image: 'cimg/base:stable'}]
        steps: [run: 'echo from the second']
      bad:
        docker: [{image: 'cimg/base:stable'}]
        steps: [run: 'exit 3']
    workflows:
      good:
        jobs:
          - first
          - second: {requires: [first]}
      broken:
        jobs: [bad]
    """


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project", TWO_JOBS)


def nox(project, *words, **environ):
    return call([*NOX, *words], project.path, environ={"CI_PROJECT": str(project.path), **environ})


def sessions_in(listing):
    rows = re.findall(r"^[-*] (.+?) \[(.*?)\] -> (.*)$", listing, re.MULTILINE)
    return {name: {"tags": tags.split(","), "description": description} for name, tags, description in rows}


def listed(project):
    return sessions_in(nox(project, "--list").stdout)


def test_there_is_a_session_for_each_workflow_and_each_job_with_a_line_of_description(project):
    sessions = listed(project)
    assert {"good", "good-first", "good-second", "broken", "broken-bad"} <= sessions.keys()
    assert sessions["good"]["description"] == "Workflow good: first, second."
    assert sessions["good-second"]["description"] == "Job second of good on cimg/base:stable after first."
    assert sessions["good-second"]["tags"] == ["ci", "job"]
    assert sessions["good"]["tags"] == ["ci", "workflow"]
    assert sessions["tests"]["tags"] == ["dev"]


def test_this_repositorys_own_sessions_are_those_of_torchserves_ci():
    words = [sys.executable, "-m", "nox", "--script-mode", "none", "--list"]
    names = set(sessions_in(call(words, ROOT, environ={"CI_PROJECT": ""}).stdout))
    jobs = {
        "smoke": ["build", "modelarchiver", "python-tests"],
        "nightly": ["build", "modelarchiver", "python-tests", "api-tests"],
        "weekly": ["build", "benchmark"],
    }
    wanted = set(jobs) | {f"{workflow}-{job}" for workflow, found in jobs.items() for job in found}
    assert wanted <= names
    assert not {name for name in names - wanted if name.split("-")[0] in jobs}


def test_nox_alone_lists_and_runs_nothing(project):
    result = nox(project)
    assert result.status == 0
    assert "from the" not in result.stdout
    assert "good-first" in result.stdout


def test_a_job_session_runs_its_parents_first(project):
    result = nox(project, "-s", "good-second")
    assert result.status == 0
    assert result.stdout.index("from the first") < result.stdout.index("from the second")


def test_a_workflow_session_takes_the_options_behind_the_dashes(project):
    result = nox(project, "-s", "good", "--", "-j", "second", "--no-parents")
    assert "from the second" in result.stdout
    assert "from the first" not in result.stdout


def test_a_failed_job_is_noxs_exit_status_1_and_the_other_sessions_go_on(project):
    result = nox(project, "-s", "broken", "good")
    assert result.status == 1
    assert "from the second" in result.stdout


@pytest.mark.parametrize("words", [["-j", "thrid"], ["-e", "nowhere"], ["--nonsense"]])
def test_bad_input_is_exit_status_2_where_one_session_was_asked_for(project, words):
    assert nox(project, "-s", "good", "--", *words).status == 2


def test_bad_input_in_one_of_two_sessions_lets_the_other_run(project):
    result = nox(project, "-s", "good", "broken", "--", "-j", "first")
    assert result.status == 1
    assert "from the first" in result.stdout


def test_help_behind_the_dashes_lists_the_options(project):
    result = nox(project, "-s", "good", "--", "--help")
    assert result.status == 0
    assert "--executor" in result.stdout


def test_a_forgotten_pair_of_dashes_gets_a_hint(project):
    assert "nox -s good -- -e cimg/base:stable" in nox(project, "-s", "good", "-e", "cimg/base:stable").stderr


def test_sessions_run_in_parallel_processes_of_nox_each_with_its_parents(project):
    result = nox(project, "-j", "2", "-s", "good-first", "good-second")
    assert result.status == 0
    assert result.stdout.count("from the first") >= 2


def test_a_session_starts_no_python_for_the_runner_itself(project, tmp_path):
    """The runner is called in nox's own process: the only Python started is a job's supervisor."""
    trace = tmp_path / "trace"
    trace.mkdir()
    (trace / "sitecustomize.py").write_text(
        "import os, sys\nopen(os.environ['TRACE'], 'a').write(' '.join(sys.orig_argv) + '\\n')\n"
    )
    log = tmp_path / "started"
    environ = {"PYTHONPATH": f"{trace}{os.pathsep}{ROOT}", "TRACE": str(log)}
    result = call([*NOX, "-s", "good"], project.path, environ={"CI_PROJECT": str(project.path), **environ})
    assert result.status == 0
    started = log.read_text().splitlines()
    assert len(started) == 1, started
    assert "nox" in started[0]


def test_a_config_of_one_job_called_build_has_the_workflow_workflow(tmp_path):
    project = make_project(tmp_path, "version: 2.1\njobs: {build: {docker: [{image: a/b}], steps: [checkout]}}\n")
    assert {"workflow", "workflow-build"} <= listed(project).keys()


def test_approval_and_no_op_jobs_have_no_session(tmp_path):
    config = """
        version: 2.1
        jobs: {gate: {type: no-op}, build: {docker: [{image: a/b}], steps: [checkout]}}
        workflows: {w: {jobs: [hold: {type: approval}, gate, build]}}
        """
    names = listed(make_project(tmp_path, config)).keys()
    assert "w-build" in names
    assert not names & {"w-hold", "w-gate"}


def test_a_matrix_is_one_session_and_its_members_are_chosen_by_name_or_executor(tmp_path):
    config = """
        version: 2.1
        executors: {old: {docker: [{image: a/old}]}, new: {docker: [{image: a/new}]}}
        jobs:
          test:
            parameters: {e: {type: executor}}
            executor: << parameters.e >>
            steps: [run: 'echo ran $CIRCLE_JOB']
        workflows: {w: {jobs: [test: {name: test-<< matrix.e >>, matrix: {parameters: {e: [old, new]}}}]}}
        """
    project = make_project(tmp_path, config)
    assert [name for name in listed(project) if name.startswith("w")] == ["w", "w-test"]
    result = nox(project, "-s", "w-test", "--", "-e", "new")
    assert "ran test-new" in result.stdout
    assert "ran test-old" not in result.stdout


def test_a_config_session_of_a_utilitys_name_wins_and_the_utility_is_called_ci_name(tmp_path):
    config = """
        version: 2.1
        jobs: {j: {docker: [{image: a/b}], steps: [run: 'echo mine']}}
        workflows: {validate: {jobs: [j]}, tests: {jobs: [j]}}
        """
    sessions = listed(make_project(tmp_path, config))
    assert sessions["validate"]["tags"] == ["ci", "workflow"]
    assert sessions["ci-validate"]["tags"] == ["ci"]
    assert sessions["tests"]["tags"] == ["ci", "workflow"]
    assert sessions["ci-tests"]["tags"] == ["dev"]


BROKEN = """
    version: 2.1
    jobs: {a: {docker: [{image: a/b}], steps: [nonsense]}}
    workflows: {w: {jobs: [a]}}
    """


def test_a_config_that_does_not_compile_says_so_once_and_keeps_its_sessions(tmp_path):
    project = make_project(tmp_path, BROKEN)
    result = nox(project, "--list")
    assert result.status == 0
    assert result.stderr.count(".circleci/config.yml:3:") == 1
    assert re.search(r"^- w\b", result.stdout, re.MULTILINE)
    assert re.search(r"^- validate\b", result.stdout, re.MULTILINE)
    assert nox(project, "-s", "w").status == 2
    assert "Traceback" not in result.stderr + result.stdout


def test_a_folder_without_config_has_the_utilities_and_says_what_is_missing(tmp_path):
    result = call([*NOX, "--list"], tmp_path, environ={"CI_PROJECT": str(tmp_path)})
    assert result.status == 0
    assert "there is no .circleci/config.yml" in result.stderr
    assert re.search(r"^- validate\b", result.stdout, re.MULTILINE)


def test_the_noxfiles_script_block_has_the_packages_of_pyproject():
    noxfile, pyproject = ((ROOT / name).read_text() for name in ("noxfile.py", "pyproject.toml"))
    block = re.findall(r'^#   "(.+)",$', noxfile.split("# ///")[1], re.MULTILINE)
    listed_there = pyproject.split("\ndependencies = [")[1].split("\n]")[0]
    assert block == re.findall(r'^  "(.+?)",', listed_there, re.MULTILINE)


def test_nox_script_mode_finds_the_block_valid():
    done = subprocess.run(
        [sys.executable, "-c", "import nox; print(nox.project.load_toml('noxfile.py')['dependencies'])"],
        cwd=Path(ROOT),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "nox" in done.stdout
