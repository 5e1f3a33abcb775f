"""``circleci-local execute`` takes host, where a job could change this machine, only after a yes of the user's."""

import codecs
import os
import pty
import select
import subprocess
import sys
import time

import pytest

from ..projects import ROOT, make_project

CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: example.invalid/nobody/has:this}]
        steps:
          - run: {name: Say, command: echo ran here}
          - run: {name: Install, command: "true || sudo rm -rf /usr/local/nothing-of-ours"}
    workflows: {w: {jobs: [build]}}
    """
PROGRAM = "from ci.cli.circleci_local import program; program()"
NO_ENGINE = {
    "NOX_CIRCLECI_DOCKER": "no-such-engine",
    "CIRCLECI_CLI_HOST": "http://127.0.0.1:9",
    "NOX_CIRCLECI_ENGINE": "",
}
EXPOSED = {**NO_ENGINE, "NOX_CIRCLECI_ISOLATION": "folder"}


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project", CONFIG)


def execute(project, *words, **environ):
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **EXPOSED, **environ}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "execute", *words],
        cwd=project.path,
        env=variables,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


def answered(project, *answers):
    """The exit status and all output of ``execute`` at a terminal, at which those lines are typed when it asks."""
    reader, writer = pty.openpty()
    words, variables = [sys.executable, "-c", PROGRAM, "execute"], {**os.environ, "PYTHONPATH": str(ROOT), **EXPOSED}
    running = subprocess.Popen(words, cwd=project.path, env=variables, stdin=writer, stdout=writer, stderr=writer)
    os.close(writer)
    decode = codecs.getincrementaldecoder("utf-8")().decode
    shown, waiting, until = "", list(answers), time.monotonic() + 120
    while time.monotonic() < until:
        if not select.select([reader], [], [], 1)[0]:
            continue
        try:
            shown += decode(os.read(reader, 4096))
        except OSError:  # Linux says so at the end
            break
        if waiting and shown.count("[y/n] ") > len(answers) - len(waiting):
            os.write(reader, f"{waiting.pop(0)}\n".encode())
    os.close(reader)
    return running.wait(60), shown


def test_without_a_terminal_nothing_runs_and_the_message_says_what_would_allow_it(project):
    status, output, error = execute(project)
    assert (status, "ran here" in output) == (2, False)
    assert "would run on this machine and could change it (no container engine: there is no no-such-engine" in error
    assert "step 2 'Install' uses sudo, runs rm -rf /usr/local/nothing-of-ours" in error
    assert "--engine host" in error


@pytest.mark.parametrize(
    ("words", "environ"),
    [(("--engine", "host"), {}), ((), {"NOX_CIRCLECI_ENGINE": "host"})],
    ids=["option", "variable"],
)
def test_the_users_own_words_are_a_yes(project, words, environ):
    status, output, error = execute(project, *words, **environ)
    assert (status, "ran here" in output) == (0, True), error


def test_the_option_counts_before_the_variable(project):
    status, _, error = execute(project, "--engine", "auto", NOX_CIRCLECI_ENGINE="host")
    assert (status, "could change it" in error) == (2, True)


def test_the_projects_own_settings_are_no_yes(project):
    project.write("pyproject.toml", '[tool.nox-circleci]\nengine = "host"\n')
    status, output, error = execute(project, NOX_CIRCLECI_TRUST="1")
    assert (status, "ran here" in output) == (2, False)
    assert "could change it" in error


def test_the_users_own_settings_are_a_yes_but_not_for_what_the_project_sets(project, tmp_path):
    (tmp_path / "nox-circleci").mkdir()
    (tmp_path / "nox-circleci/config.toml").write_text('engine = "host"\n')
    assert execute(project, XDG_CONFIG_HOME=str(tmp_path))[0] == 0
    project.write("pyproject.toml", '[tool.nox-circleci]\nengine = "host"\n')
    assert execute(project, XDG_CONFIG_HOME=str(tmp_path))[0] == 2


@pytest.mark.parametrize(("answers", "status"), [(("y",), 0), (("n",), 2), (("what", "yes"), 0)])
def test_a_question_at_a_terminal_is_answered(project, answers, status):
    ended, shown = answered(project, *answers)
    assert ended == status, shown
    assert ("ran here" in shown) == (status == 0)
    assert "uses sudo" in shown


@pytest.mark.docker
def test_a_build_that_fails_takes_no_host_that_nobody_was_asked_about(project):
    project.write("pyproject.toml", '[tool.nox-circleci.images]\n"example.invalid/nobody/has:this" = "Dockerfile"\n')
    project.write("Dockerfile", "FROM nox-circleci/base\nUSER 0\nRUN exit 9\n")
    status, output, error = execute(project, NOX_CIRCLECI_DOCKER=os.environ.get("NOX_CIRCLECI_DOCKER", "docker"))
    assert (status, "ran here" in output) == (1, False), error
    assert "RUN exit 9 ended with exit status 9: example.invalid/nobody/has:this was not built" in output


def test_a_dry_run_needs_no_yes_and_shows_the_risks(project):
    status, output, error = execute(project, "--dry-run")
    assert status == 0, error
    assert "jobs can change this machine); nothing is run" in output.splitlines()[0]
    assert "step 2 'Install' uses sudo, runs rm -rf /usr/local/nothing-of-ours" in output


def test_auto_goes_on_elsewhere_and_its_first_line_says_that_jobs_can_change_this_machine(project):
    done = project.ci("run", "w", **EXPOSED)
    assert done.status == 0, done.stdout
    assert "engine host (no container engine: " in done.stdout.splitlines()[0]
    assert done.stdout.splitlines()[0].endswith("; jobs can change this machine)")
