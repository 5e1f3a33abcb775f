"""Where the value of ``--env NAME`` comes from, and what is never shown of it."""

import os
import pty
import subprocess
import sys
import threading

import pytest

from ci.errors import UsageError
from ci.run.secret_sources import SecretSources

from ..projects import ROOT, make_project

CONFIG = """
    version: 2.1
    jobs:
      a: {docker: [{image: a/b}], steps: [run: 'echo "[$TOKEN]" | tee value; rev value']}
      b: {docker: [{image: a/b}], steps: [run: 'test -n "$TOKEN"']}
    workflows:
      w: {jobs: [a, b]}
    """
SECRET = "hunter22-hunter22"
REVERSED = f"[{SECRET}]"[::-1]


class User:
    """A project and a user who has a home, and a command that prints the secret and counts how often it ran."""

    def __init__(self, folder):
        self.project = make_project(folder / "project", CONFIG)
        self.settings = folder / "config/nox-circleci/config.toml"
        self.settings.parent.mkdir(parents=True)
        self.calls = folder / "calls"
        self.command = folder / "print-secret"
        self.has_command(f"echo {SECRET}")
        self.environ = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state")}

    def has_command(self, text):
        self.command.write_text(f"#!/bin/sh\necho called >> {self.calls}\n{text}\n")
        self.command.chmod(0o755)

    def run(self, *words, given="", **environ):
        variables = {**os.environ, "PYTHONPATH": str(ROOT), **self.environ, **environ}
        command = [sys.executable, "-m", "ci", *words]
        return subprocess.run(
            command, cwd=self.project.path, env=variables, input=given, capture_output=True, text=True, timeout=120
        )


@pytest.fixture
def user(tmp_path):
    return User(tmp_path)


def run_w(user, *words, **more):
    return user.run("run", "w", "--engine", "host", *words, **more)


def test_the_users_variable_is_given_and_masked(user):
    done = run_w(user, "--env", "TOKEN", TOKEN=SECRET)
    assert (done.returncode, REVERSED in done.stdout, SECRET in done.stdout) == (0, True, False), done.stdout


def test_without_a_variable_and_a_terminal_it_is_bad_input_that_names_it(user):
    done = run_w(user, "--env", "TOKEN")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "--env TOKEN: TOKEN is not set, and there is no terminal to ask on",
    )


def test_a_dry_run_looks_nothing_up(user):
    user.settings.write_text(f'[env-commands]\nTOKEN = "{user.command}"\n')
    assert run_w(user, "--env", "TOKEN", "--env-file", "-", "--dry-run").returncode == 0
    assert not user.calls.exists()


def test_a_person_is_asked_and_the_answer_is_not_shown(user):
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "ci", "run", "w", "--engine", "host", "--env", "TOKEN"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **user.environ}
    process = subprocess.Popen(
        command, cwd=user.project.path, env=variables, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    screen = b""
    watchdog = threading.Timer(100, process.kill)
    watchdog.start()
    try:
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:
                break
            if not more:
                break
            if b"TOKEN: " in screen + more and b"TOKEN: " not in screen:
                os.write(master, f"{SECRET}\n".encode())
            screen += more
        status = process.wait()
    finally:
        watchdog.cancel()
        os.close(master)
    shown = screen.decode()
    assert (status, REVERSED in shown, SECRET in shown) == (0, True, False), shown


def test_a_file_of_variables_can_be_standard_input(user):
    done = run_w(user, "--env-file", "-", given=f"TOKEN={SECRET}\n")
    assert (done.returncode, REVERSED in done.stdout, SECRET in done.stdout) == (0, True, False), done.stdout
    wrong = run_w(user, "--env-file", "-", given="TOKEN\n")
    assert (wrong.returncode, "standard input:1:1: a line must be NAME=VALUE" in wrong.stderr) == (2, True), (
        wrong.stderr
    )


def test_standard_input_reaches_a_run_whose_jobs_can_be_paused(user):
    done = run_w(user, "--pause", "--env-file", "-", given=f"TOKEN={SECRET}\n")
    assert (done.returncode, REVERSED in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_command_of_the_users_settings_prints_the_value_once_a_run(user):
    user.settings.write_text(f'[env-commands]\nTOKEN = "{user.command} --field token"\n')
    done = run_w(user, "--env", "TOKEN")
    assert (done.returncode, REVERSED in done.stdout, SECRET in done.stdout) == (0, True, False), done.stdout
    assert user.calls.read_text() == "called\n"


def test_a_command_of_the_users_runs_no_file_of_the_project(user):
    user.settings.write_text(f'[env-commands]\nTOKEN = "{sys.executable} -m secret_keeper get token"\n')
    user.project.write("secret_keeper.py", f"print('the project'); open({str(user.calls)!r}, 'w')")
    done = run_w(user, "--env", "TOKEN", PYTHONPATH=str(ROOT))
    assert (done.returncode, user.calls.exists()) == (2, False), done.stderr
    assert "its command" in done.stderr


def test_no_job_gets_what_a_command_prints_unasked(user):
    user.settings.write_text(f'[env-commands]\nTOKEN = "{user.command}"\n')
    assert "[]" in run_w(user).stdout
    assert not user.calls.exists()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"echo {SECRET}; echo {SECRET} >&2; exit 3", "has failed: exit status 3"),
        ("true", "has printed nothing"),
    ],
)
def test_a_command_that_fails_is_one_line_without_its_output(user, text, what):
    user.has_command(text)
    user.settings.write_text(f'[env-commands]\nTOKEN = "{user.command}"\n')
    done = run_w(user, "--env", "TOKEN")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"--env TOKEN: its command {str(user.command)!r} {what}"
    assert SECRET not in done.stdout + done.stderr


def test_a_command_that_is_not_there_is_named():
    with pytest.raises(UsageError, match="its command 'no-such-program' has failed: it was not found"):
        SecretSources(commands={"A": "no-such-program x"}).value("A")


def test_tokens_of_the_runner_are_never_taken_from_the_environment():
    with pytest.raises(UsageError, match="no job gets it from your environment"):
        SecretSources({"CIRCLE_TOKEN": SECRET}).value("CIRCLE_TOKEN")


def test_a_command_of_the_projects_counts_after_consent_alone(user):
    user.project.write("pyproject.toml", f'[tool.nox-circleci.env-commands]\nTOKEN = "{user.command}"\n')
    refused = run_w(user, "--env", "TOKEN")
    assert (refused.returncode, f"env-commands = TOKEN={user.command}" in refused.stderr) == (2, True), refused.stderr
    assert not user.calls.exists()
    assert run_w(user, "--env", "TOKEN", TOKEN=SECRET).returncode == 0
    assert not user.calls.exists(), "it is not asked for where the variable is set"
    assert user.run("trust").returncode == 0
    assert run_w(user, "--env", "TOKEN").returncode == 0
    assert user.calls.read_text() == "called\n"


def test_a_command_of_the_users_own_wins_over_the_projects(user):
    user.project.write("pyproject.toml", '[tool.nox-circleci.env-commands]\nTOKEN = "false"\n')
    user.settings.write_text(f'[env-commands]\nTOKEN = "{user.command}"\n')
    assert run_w(user, "--env", "TOKEN").returncode == 0


def test_the_command_that_runs_it_again_names_the_variable_alone(user):
    user.project.write(".circleci/config.yml", CONFIG.replace("test -n", "exit 1 #"))
    done = run_w(user, "--env", "TOKEN", TOKEN=SECRET)
    assert "run w -j b --engine host --env TOKEN" in done.stdout, done.stdout
    assert "TOKEN=..." not in done.stdout
