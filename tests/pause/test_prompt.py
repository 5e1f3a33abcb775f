"""The prompt for a paused job: what can be answered, and a real terminal that a person types on."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time

import pytest

from ci.pause.prompt import Prompt, menu, parse
from ci.runtime.stops import Decision, Held, Stop
from tests.patience import eventually
from tests.projects import ROOT, make_project

STOP = Stop("build", "build", 2, "Test", 3, "failed", "exit status 1")


@pytest.mark.parametrize(
    ("answer", "decision"),
    [
        ("r", Decision("retry")),
        ("retry\n", Decision("retry")),
        ("r 1", Decision("from", 1)),
        ("R3\n", Decision("from", 3)),
        ("from 2", Decision("from", 2)),
        ("s", Decision("skip")),
        ("c", Decision("continue")),
        ("q", Decision("give-up", reason="given up")),
        ("give up", Decision("give-up", reason="given up")),
        ("r 0", None),
        ("r 4", None),
        ("yes", None),
        ("", None),
        ("?", None),
    ],
)
def test_what_an_answer_means(answer, decision):
    assert parse(answer, STOP) == decision


@pytest.mark.parametrize(
    ("moment", "words"),
    [("failed", ["retry step 2", "go on as failed"]), ("before", ["run step 2"]), ("after", ["run again step 2"])],
)
def test_the_menu_speaks_of_the_moment(moment, words):
    text = menu(Stop("build", "build", 2, "Test", 3, moment))
    assert all(word in text for word in words)
    assert max(map(len, text.splitlines())) < 80


def test_paused_jobs_are_asked_about_in_the_order_in_which_the_screen_has_their_questions(monkeypatch):
    typed, keyboard = os.pipe()
    prompt, asking, answered = Prompt(), set(), []

    def pause(label):
        def decided():
            asking.add(label)
            time.sleep(0.3 if label == "second" else 0)  # it looks seldom whether it is its turn
            return False

        prompt(Stop(label, label, 2, "Test", 3, "failed"), Held(lambda: (), lambda request, streams: None), decided)
        answered.append(label)

    labels = ["first", "second", "third"]
    with open(typed) as stdin, open(keyboard, "w") as keys:
        monkeypatch.setattr(sys, "stdin", stdin)
        threads = [threading.Thread(target=pause, args=[label], daemon=True) for label in labels]
        for label, thread in zip(labels, threads, strict=True):
            thread.start()
            assert eventually(lambda label=label: label in asking)
        for number in range(1, 4):
            keys.write("r\n")
            keys.flush()
            assert eventually(lambda number=number: len(answered) == number)
    assert answered == labels


CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: cimg/base:current}]
        steps:
          - checkout
          - run: {name: Count, command: echo once >> ~/count}
          - run: {name: Test, command: test -e ok}
          - run: {name: After, command: "echo counted $(wc -l < ~/count)"}
    workflows: {w: {jobs: [build]}}
    """
PROMPT = "build> "


class Terminal:
    """A run on a terminal of its own."""

    def __init__(self, project):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(project.path)
            environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "NO_COLOR": "1"}
            words = [sys.executable, "-m", "ci", "run", "w", "--engine", "host", "--pause"]
            os.execve(sys.executable, words, environ)
        self.text = ""

    def until(self, text, seconds=60):
        """Read until that text has come since the last time; return what came."""
        end = time.monotonic() + seconds
        while text not in self.text and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    break
        head, found, self.text = self.text.partition(text)
        assert found, head
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", head)

    def type(self, text):
        os.write(self.master, text.encode())

    def status(self):
        while True:
            try:
                if not os.read(self.master, 65536):
                    break
            except OSError:
                break
        os.close(self.master)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def terminal(tmp_path):
    project = make_project(tmp_path / "p", CONFIG)
    made = Terminal(project)
    made.project = project
    return made


def test_edited_files_are_brought_in_and_the_step_is_retried(terminal):
    assert "build is paused at step 3 of 4 'Test': exit status 1" in terminal.until(PROMPT)
    terminal.type("r\n")
    terminal.until(PROMPT)
    terminal.project.write("ok", "")
    terminal.type("e\n")
    seen = terminal.until("counted 1")
    assert "M ok" in seen
    assert terminal.status() == 0


def test_an_unclear_answer_shows_what_can_be_answered(terminal):
    terminal.until(PROMPT)
    terminal.type("what\n")
    assert "s  skip step 3" in terminal.until(PROMPT)
    terminal.type("s\n")
    terminal.until("counted 1")
    assert terminal.status() == 0


@pytest.mark.parametrize(("typed", "status"), [("q\n", 1), ("\x04", 1), ("\x03", 130)], ids=["q", "Ctrl-D", "Ctrl-C"])
def test_the_job_is_given_up_cleanly(terminal, typed, status):
    terminal.until(PROMPT)
    terminal.type(typed)
    assert terminal.status() == status


def test_another_terminal_may_decide(terminal):
    terminal.until(PROMPT)
    done = terminal.project.ci("resume", "--skip")
    assert (done.status, done.stdout) == (0, "it goes on in the terminal of its run\n")
    terminal.until("counted 1")
    assert terminal.status() == 0


def test_a_paused_job_does_not_outlive_a_run_on_a_terminal(terminal):
    terminal.until(PROMPT)
    os.kill(terminal.pid, signal.SIGKILL)
    terminal.status()
    done = terminal.project.ci("paused")
    assert done.stdout == "no job is paused\n"
    left = subprocess.run(["pgrep", "-f", str(terminal.project.path)], capture_output=True, text=True, check=False)
    assert left.stdout == ""
