"""``graph``: the workflows' jobs as text, as boxes on a terminal, or for a program that draws."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import termios
from struct import pack

import pytest

from ..projects import ROOT, make_project
from ..windows import rest_of

CONFIG = """
    version: 2.1
    jobs:
      test: {parameters: {v: {type: string}}, docker: [{image: cimg/base:stable}], steps: [checkout]}
      ship: {docker: [{image: cimg/base:stable}], steps: [checkout]}
    workflows:
      commit: {jobs: [test: {matrix: {parameters: {v: ["1", "2"]}}}, ship: {requires: [test]}]}
      nightly: {triggers: [{schedule: {cron: "0 0 * * *", filters: {branches: {only: main}}}}], jobs: [ship]}
    """


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "p", CONFIG)


TEXT = """\
commit
  test (1, 2)  on cimg/base:stable
    ship       on cimg/base:stable; after test

nightly  (not on a push: cron 0 0 * * *)
  ship  on cimg/base:stable
"""


def test_text_is_the_form_without_a_terminal(project):
    assert project.ci("graph").stdout == TEXT
    assert project.ci("graph", "nightly", "--format", "text").stdout == TEXT.partition("\n\n")[2]


@pytest.mark.parametrize(
    ("form", "beginning"), [("mermaid", "flowchart LR\n"), ("dot", "digraph "), ("svg", "<svg "), ("json", "{\n")]
)
def test_each_form_stands_alone_on_standard_output(project, form, beginning):
    done = project.ci("graph", "--format", form)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.startswith(beginning)
    assert "nightly" in done.stdout


def test_json_is_the_same_by_both_options(project):
    both = [project.ci("graph", *words).stdout for words in (("--json",), ("--format", "json"))]
    assert both[0] == both[1]
    assert len(json.loads(both[0])["workflows"]) == 2


def test_an_unknown_form_is_an_error(project):
    done = project.ci("graph", "--format", "png")
    assert (done.status, "invalid choice: 'png'" in done.stderr) == (2, True)


def on_terminal(project, columns, *words):
    """What the command shows on a terminal of that width."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, columns)) if hasattr(termios, "tcsetwinsize") else resize(theirs, columns)
    command = [sys.executable, "-m", "ci", "graph", *words]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "TERM": "xterm"}
    subprocess.run(command, cwd=project.path, env=environ, stdout=theirs, stdin=theirs, timeout=60)
    os.close(theirs)
    return rest_of(ours).decode().replace("\r\n", "\n")


def resize(terminal, columns):
    import fcntl

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, pack("HHHH", 50, columns, 0, 0))


def test_on_a_terminal_boxes_are_drawn_where_they_fit(project):
    assert "│ test (1, 2) │" in on_terminal(project, 80)
    assert "▶│ ship │" in on_terminal(project, 80)
    assert on_terminal(project, 9) == TEXT
    assert on_terminal(project, 80, "--format", "text") == TEXT
