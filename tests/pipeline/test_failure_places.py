"""What the end of a failed run names, by real runs in a process of their own."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ci.events import RunFinished
from ci.options.table import Options
from ci.pipeline.failure_places import FailurePlaces, shown_path

ROOT = Path(__file__).parents[2]
CONFIG = """\
version: 2.1
jobs:
  bad:
    docker: [{image: cimg/base:2024.01}]
    steps:
      - run: echo first
      - run:
          name: Break
          command: |
            mkdir results
            echo '<testsuite><testcase name="t">' > results/a.xml
            echo '<failure message="the token is hunter2hunter2"/></testcase></testsuite>' >> results/a.xml
            seq 1 2000 | sed 's/^/line /'
            exit 3
      - store_test_results: {path: results}
  good:
    docker: [{image: cimg/base:2024.01}]
    steps: [run: seq 1 2000]
workflows:
  w: {jobs: [bad, good]}
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / ".circleci"
    folder.mkdir()
    (folder / "config.yml").write_text(CONFIG)
    return tmp_path


def run(project, *argv):
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ |= {"PYTHONPATH": str(ROOT), "PWD": str(project)}
    command = [sys.executable, "-m", "ci", *argv]
    return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, timeout=120)


def test_the_block_of_a_failed_run_is_on_the_last_screen_and_its_log_and_command_are_right(project):
    secret = "TOKEN=hunter2hunter2"
    lines = run(project, "run", "w", "--engine", "host", "--env", secret).stdout.splitlines()[-24:]
    start = lines.index("✗ bad: step 2 of 3 'Break'" if "✗" in "".join(lines) else "x bad: step 2 of 3 'Break'")
    place, test, *output, more, again, whole = lines[start + 1 :]
    assert place == "  .circleci/config.yml:7:9: exit status 3"
    assert "the token is" in test
    assert "hunter2" not in "\n".join(lines)
    assert output == ["    line 1998", "    line 1999", "    line 2000"]
    assert more.startswith("  1,997 lines more in .nox/ci/runs/")
    file, _, number = more.split(" in ")[1].rpartition(":")
    assert (project / file).read_text().splitlines()[int(number) - 1].startswith("== 2. Break")
    typed = shlex.split(again.removeprefix("  run it again: "))
    assert typed == ["python", "-m", "ci", "run", "w", "-j", "bad", "--engine", "host", "--env", "TOKEN=..."]
    shown, again = whole.removeprefix("  whole output: ").split("; what failed, again: ")
    typed_log = shlex.split(shown)
    assert again == "python -m ci rerun"
    assert typed_log == ["python", "-m", "ci", "log"]
    assert "\nline 1\n" in run(project, *typed_log[3:]).stdout
    assert run(project, *typed[3:]).returncode == 1


def test_a_session_that_the_config_has_taken_is_named_as_it_is_registered(tmp_path):
    folder = tmp_path / ".circleci"
    folder.mkdir()
    (folder / "config.yml").write_text(CONFIG.replace("  w: {jobs", "  log: {jobs"))
    (tmp_path / "noxfile.py").write_text("import ci\n\nci.register(__file__)\n")
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PWD": str(tmp_path)}
    command = [sys.executable, "-m", "nox", "-s", "log", "--", "--engine", "host"]
    shown = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)
    last = shown.stdout.splitlines()[-1]
    assert re.fullmatch(r"  whole output: \S*nox -s ci-log; what failed, again: \S*nox -s rerun", last), last


def test_a_page_that_cannot_be_drawn_is_not_named(monkeypatch):
    end = RunFinished(0.0, "failed", 1.0)
    places = FailurePlaces(None, SimpleNamespace(run=Path("run")), Options(), None, None, 0.0)
    assert places.page(end) == "run/report.html"
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert places.page(end) is None


@pytest.mark.parametrize(("began", "named"), [(100.0, "run/report.html"), (111.0, None)])
def test_the_last_of_several_short_workflows_names_the_page_that_their_run_gets(began, named):
    """A run gets its page after 10 s, however short each workflow of it was."""
    places = FailurePlaces(None, SimpleNamespace(run=Path("run")), Options(), None, None, began)
    assert places.page(RunFinished(115.0, "success", 4.0)) == named


def test_json_has_no_block(project):
    assert all(
        line.startswith("{") for line in run(project, "run", "w", "--engine", "host", "--json").stdout.splitlines()
    )


def test_a_path_is_whole_where_the_folder_in_which_the_command_was_typed_is_gone(tmp_path, monkeypatch):
    here = tmp_path / "gone"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("PWD", str(here))
    assert shown_path(here / "report.html") == "report.html"
    here.rmdir()
    assert shown_path(here / "report.html") == str(here / "report.html")
