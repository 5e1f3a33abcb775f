"""Standard input, output and errors that are closed, broken or full: an exit status, and no traceback."""

import os
import select
import signal
import subprocess
import sys

import pytest

from ..patience import eventually
from ..projects import ROOT, make_project

CONFIG = """
version: 2.1
jobs:
  build: {docker: [{image: a/b}], steps: [run: "for each in 1 2 3 4 5; do seq 3000; sleep 0.05; done; cat; echo end"]}
  other: {docker: [{image: a/b}], parallelism: 2, steps: [run: echo other]}
workflows: {w: {jobs: [build, other]}}
"""
COMMANDS = ["list", "process", "validate", "graph", "run w --engine host", "run w --engine host --json",
            "run w --engine host --parallel", "run w --engine host --dry-run", "clean", "process -",
            "nonsense", "--help"]  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("streams"), CONFIG)


def shell(project, line):
    """A line of bash, with the program as ``$ci``; its exit status, and what came of errors."""
    variables = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": str(project.path),
        "ci": f"{sys.executable} -m ci",
    }
    return subprocess.run(
        ["bash", "-c", line], cwd=project.path, env=variables, capture_output=True, text=True, timeout=120, input=""
    )


@pytest.mark.parametrize("closed", [">&-", "<&-", "<&- >&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", COMMANDS)
def test_a_closed_stream_is_an_empty_or_an_unread_one(project, words, closed):
    opened = shell(project, f"$ci {words} </dev/null >/dev/null")
    done = shell(project, f"$ci {words} {closed}")
    assert done.returncode == opened.returncode, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", COMMANDS)
def test_nobody_who_reads_is_a_failure_without_a_word(project, words):
    done = shell(project, f"set -o pipefail; ($ci {words}; echo $? >status) | true; cat status")
    assert int(done.stdout) in (0, 1, 2)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("words", COMMANDS[:8])
def test_output_that_is_full_is_a_failure_in_a_line(project, words):
    done = shell(project, f"$ci {words} >/dev/full")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_run_whose_reader_has_gone_leaves_nothing(project, tmp_path):
    shell(project, f"TMPDIR={tmp_path} $ci run w --engine host | head -3")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_the_runs_never_gets_the_number_of_a_closed_stream(project):
    done = shell(
        project, "$ci clean >&- 2>&-; $ci run w --engine host <&- >&- 2>&-; head -c 10 .nox/ci/runs/2*/log/build.log"
    )
    assert done.stdout.startswith("# on this") or done.stdout.startswith("# ")


def is_full(pipe):
    """Whether a pipe takes nothing more: it may hold far less than its size of many short writes."""
    return not select.select([], [pipe], [], 0)[1]


@pytest.mark.parametrize("words", ["", "--json"])
def test_a_run_ends_on_sigterm_although_nobody_reads_its_output(project, words):
    project.write("long/.circleci/config.yml", CONFIG.replace("seq 3000", "seq 300000"))
    args = [sys.executable, "-m", "ci", "run", "w", "--engine", "host", *words.split()]
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(project.path)}
    reading, writing = os.pipe()
    try:
        with subprocess.Popen(args, cwd=project.path / "long", env=environ, stdout=writing) as running:
            assert eventually(lambda: is_full(writing)), "nobody reads it"
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 130
    finally:
        os.close(reading)
        os.close(writing)
