"""``shell`` in a paused job: the step's own shell, with all that the step has, for a person or for a script."""

import json
import os
import signal
import subprocess
import sys

import pytest

from ..engine_params import ENGINES
from ..patience import alive, eventually
from ..projects import ROOT, make_project
from ..windows import window

CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        environment: {QUOTED: "a 'b' \\"c\\" $d", TEXT: "one\\ntwo", COLUMNS: "120", OUTRANKED: job}
        steps:
          - checkout
          - run:
              name: Hand on
              command: "echo 'export HANDED=on PATH=/more:$PATH; greet() { echo hello $1; }' >> $BASH_ENV"
          - run:
              {name: Other, shell: /bin/sh -e, working_directory: ~/other, environment: {OUTRANKED: other},
               command: env -0 > ~/3.env}
          - run:
              {name: Test, environment: {OUTRANKED: step, OWN: "1"}, command: env -0 > ~/4.env; test -e ok}
          - run: {name: Speak, shell: python3, command: print(1)}
          - run: {name: Login, shell: bash -leo pipefail -c, command: echo}
    workflows: {w: {jobs: [build]}}
    """
PAUSED = "build stays paused at step 4 of 6 'Test'"
PROMPT = "(build) ~/project"
OF_THE_TERMINAL = {"TERM", "LINES", "COLUMNS"}
"""The variables that docs/after-a-failure.md names as different on a terminal."""


class PausedJob:
    """A project with a paused job."""

    def __init__(self, folder, engine):
        self.project, self.engine = make_project(folder, CONFIG), engine
        (folder / "secrets").write_text("FROM_FILE=file-secret\n")
        secrets = ("--env", "TOKEN=hunter22-x", "--env-file", "secrets")
        words = ("run", "w", "--engine", engine, "--pause", "--pause-limit", "10m", *secrets)
        assert self.project.ci(*words).status == 77

    def script(self, text, *words):
        """What a shell returns that reads a text."""
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        args = [sys.executable, "-m", "ci", "shell", *words]
        return subprocess.run(
            args, input=text, cwd=self.project.path, env=environ, capture_output=True, text=True, timeout=60
        )

    def piped(self):
        """A shell that reads a pipe and writes to one; use as a context."""
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", "ci", "shell", "build"]
        pipe = subprocess.PIPE
        return subprocess.Popen(words, cwd=self.project.path, env=environ, stdin=pipe, stdout=pipe, text=True)

    def variables(self, file):
        """The variables that ``env -0`` has written to a file of the job."""
        text = self.script(f"cat {file}").stdout
        return dict(each.split("=", 1) for each in text.split("\0") if each)

    def typed(self, *words):
        return window(self.project.path, *words, columns=100, rows=30)

    @property
    def owner(self):
        return int((self.project.path / ".nox/ci/runs/last/owner").read_text().split()[0])

    def is_paused(self):
        return bool(json.loads(self.project.ci("paused", "--json").stdout))

    def end(self):
        if self.is_paused():
            os.kill(self.owner, signal.SIGTERM)


@pytest.fixture(scope="module", params=ENGINES)
def paused(request, tmp_path_factory):
    """One paused job for all tests that leave it as it is."""
    made = PausedJob(tmp_path_factory.mktemp("paused") / "p", request.param)
    yield made
    made.end()


@pytest.fixture
def own(tmp_path):
    made = PausedJob(tmp_path / "p", "host")
    yield made
    made.end()


@pytest.mark.parametrize("step", [3, 4])
def test_a_scripts_variables_are_the_steps(paused, step):
    done = paused.script("env -0 > ~/script.env", "build", "--step", str(step))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    expected = paused.variables(f"~/{step}.env")
    assert expected["TOKEN"] == "hunter22-x"
    assert expected["FROM_FILE"] == "file-secret"
    assert expected["TEXT"] == "one\ntwo"
    assert expected.get("HANDED") == ("on" if step == 4 else None), "only bash reads $BASH_ENV"
    assert paused.variables("~/script.env") == expected


@pytest.mark.parametrize("step", [3, 4])
def test_on_a_terminal_the_variables_are_the_steps_but_for_those_of_the_terminal(paused, step):
    with paused.typed("shell", "build", "--step", str(step)) as seen:
        assert eventually(lambda: seen.lines[-1].endswith(("$", "#")))
        seen.type("env -0 > ~/typed.env; exit\n")
        assert seen.end() == 0
    expected, found = paused.variables(f"~/{step}.env"), paused.variables("~/typed.env")
    assert {name for name in expected.keys() | found if expected.get(name) != found.get(name)} <= OF_THE_TERMINAL
    assert found["TERM"] == "xterm-256color"


def test_a_person_has_the_terminal_the_functions_and_the_keys_and_the_job_stays_paused(paused):
    with paused.typed("shell") as seen:
        assert eventually(lambda: seen.shows(PROMPT))
        assert seen.shows("a shell in build as in step 4 of 6 'Test', in /home/circleci/project")
        assert seen.shows("it has the job's secrets, and what it prints is not masked: FROM_FILE, TOKEN")
        seen.type("stty size; greet you; tty; set -o | grep errexit\n")
        assert eventually(lambda: seen.shows("hello you") and seen.shows("30 100") and seen.shows("/dev/pts/"))
        assert eventually(lambda: any(line.split() == ["errexit", "off"] for line in seen.lines))
        seen.resize(70, 20)
        seen.type("until [ $(stty size | tr -d ' ') = 2070 ]; do sleep 0.1; done; echo re''sized; sleep 300\n")
        assert eventually(lambda: seen.shows("resized"))
        assert eventually(lambda: paused.script("pgrep -x sleep").returncode == 0)
        seen.type("\x03")
        assert eventually(lambda: seen.lines[-1].startswith(PROMPT))
        seen.type("exit 7\n")
        assert seen.end() == 7
        assert seen.echoes
        assert seen.shows(PAUSED)
    assert paused.is_paused()


def test_the_status_is_the_shells_and_its_options_are_the_steps(paused):
    done = paused.script("greet you; echo wrong >&2; pwd; false; echo never")
    assert done.returncode == 1
    assert done.stdout == "hello you\n/home/circleci/project\n"
    assert "wrong\n" in done.stderr
    assert PAUSED in done.stderr
    assert paused.script("kill -TERM $$").returncode == 143


def test_several_shells_are_open_at_once(paused):
    with paused.piped() as first:
        first.stdin.write("echo open; cat > ~/said\n")
        first.stdin.flush()
        assert first.stdout.readline() == "open\n"
        assert paused.script("echo second").stdout == "second\n"
        first.communicate("heard\n", timeout=60)
    assert first.returncode == 0
    assert paused.script("cat ~/said").stdout == "heard\n"


def test_the_secrets_are_in_no_list_of_processes(paused):
    with paused.typed("shell", "build") as seen:
        assert eventually(lambda: seen.shows(PROMPT))
        listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        assert " shell build" in listed
        assert "file-secret" not in listed
        seen.type("exit\n")
        seen.end()


def test_a_shell_ends_with_the_program_that_has_asked_for_it(paused):
    with paused.typed("shell", "build") as seen:
        assert eventually(lambda: seen.shows(PROMPT))
        seen.type("sleep 301\n")
        assert eventually(lambda: paused.script("pgrep -fx 'sleep 301'").returncode == 0)
        seen.process.kill()
        seen.end()
        assert eventually(lambda: paused.script("pgrep -fx 'sleep 301' || echo none").stdout == "none\n")
    assert paused.is_paused()


def test_a_script_that_is_interrupted_ends(paused):
    with paused.piped() as client:
        client.stdin.write("echo open; exec sleep 302\n")
        client.stdin.flush()
        assert client.stdout.readline() == "open\n"
        client.send_signal(signal.SIGINT)
        assert client.wait(60) == 130
    assert eventually(lambda: paused.script("pgrep -fx 'sleep 302' || echo none").stdout == "none\n")


def test_a_step_whose_shell_is_none_to_type_in_gets_the_default_one(paused):
    with paused.typed("shell", "build", "--step", "5") as seen:
        assert eventually(lambda: seen.shows(PROMPT))
        assert seen.shows("the step's own shell, python3, is not one to type in: this is /bin/bash")
        seen.type("exit\n")
        assert seen.end() == 0
    assert paused.script("print(6 * 7)", "build", "--step", "5").stdout == "42\n"


def test_a_shell_that_takes_text_reads_its_input(paused):
    done = paused.script("shopt -q login_shell && set -o | grep pipefail", "--step", "6")
    assert done.stdout.split() == ["pipefail", "on"]


def test_what_cannot_be_opened_is_one_clear_line(paused):
    done = paused.script("", "build", "--step", "7")
    assert (done.returncode, "build has 6 steps: there is no step 7" in done.stderr) == (2, True)
    done = paused.script("", "deploy")
    assert (done.returncode, "job 'deploy' is not paused" in done.stderr) == (2, True)


def test_resume_opens_a_shell_and_the_job_stays_paused(paused):
    with paused.typed("resume", "--shell") as seen:
        assert eventually(lambda: seen.shows(PROMPT))
        seen.type("exit 3\n")
        assert seen.end() == 77
    assert paused.is_paused()


def test_an_end_by_a_signal_leaves_the_terminal_as_it_was(own):
    with own.typed("shell") as seen:
        assert eventually(lambda: seen.shows(PROMPT) and not seen.echoes)
        seen.process.send_signal(signal.SIGTERM)
        assert seen.end() == 130
        assert seen.echoes
    assert own.is_paused()


def test_a_shell_ends_with_the_run_that_is_killed(own):
    owner = own.owner
    with own.typed("shell") as seen:
        assert eventually(lambda: seen.shows(PROMPT))
        os.kill(owner, signal.SIGKILL)
        assert seen.end() == 1
        assert seen.echoes
        assert seen.shows("error: the process of the run was killed; what it had started ends with it")
    assert eventually(lambda: not alive(owner))


def test_a_shell_ends_with_its_job(own):
    with own.typed("shell") as seen:
        assert eventually(lambda: seen.shows(PROMPT))
        assert own.project.ci("resume", "--give-up").status == 1
        assert seen.end() in (1, 129, 137)
        assert seen.echoes
        assert seen.shows("the job is paused no more") or seen.shows("error: the job has ended")


def test_the_prompt_opens_a_shell_and_comes_back(tmp_path):
    project = make_project(tmp_path / "p", CONFIG)
    with window(project.path, "run", "w", "--engine", "host", "--pause", columns=100, rows=30) as seen:
        assert eventually(lambda: seen.lines[-1] == "build>")
        seen.type("sh\n")
        assert eventually(lambda: seen.lines[-1].startswith(PROMPT))
        goes_on = 'trap "echo re""sumed" CONT; echo be""gun; while :; do sleep 0.1; done'
        seen.type(f"touch ok; sh -c '{goes_on}'\n")
        assert eventually(lambda: "begun" in seen.lines), "a shell that reads or forks pays no heed to Ctrl-Z"
        seen.type("\x1a")
        assert eventually(lambda: seen.shows("Stopped"))
        seen.type("fg\n")
        assert eventually(lambda: "resumed" in seen.lines)
        seen.type("\x03")
        assert eventually(lambda: seen.lines[-1].startswith(PROMPT))
        seen.type("exit\n")
        assert eventually(lambda: seen.lines[-1] == "build>")
        seen.type("r\n")
        assert seen.end() == 0
        assert any("a shell was open in it" in line for line in seen.everything)
