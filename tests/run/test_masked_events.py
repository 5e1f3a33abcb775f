"""No report of a run holds a secret, whichever part of the program wrote the text."""

import json
import re

import pytest

from ci.errors import Position
from ci.events import Fidelity, JobFinished, JobStarted, Notice, Output, RunStarted, StepFinished, StepStarted
from ci.run.masked_events import masked
from ci.runtime.masking.stream import Masker

from ..projects import make_project

HERE = Position("config.yml", 1, 1)
SECRET = "hunter22-correct"


def test_every_text_of_every_event_is_masked_and_names_of_jobs_stay():
    seen = []
    emit = masked(seen.append, Masker([SECRET]))
    emit(RunStarted(1.0, "id", "w", "host", f"because of {SECRET}", "folder", ("build",)))
    emit(JobStarted(1.0, "build", "py3", HERE, (f"with {SECRET}", "as it is")))
    emit(StepStarted(1.0, "build", 1, f"echo {SECRET}", HERE))
    emit(StepFinished(1.0, "build", 1, f"echo {SECRET}", "failed", 1.0, HERE, 1, f"no {SECRET}"))
    emit(Notice(1.0, f"a service printed {SECRET}", "build"))
    emit(JobFinished(1.0, "build", "failed", 1.0, Fidelity("emulated", (f"no {SECRET}",)), f"no {SECRET}"))
    emit(Output(1.0, "build", 1, "masked as a stream"))
    assert SECRET not in repr(seen)
    assert repr(seen).count("****") == 8
    assert seen[-1].text == "masked as a stream"


CONFIG = f"""\
version: 2.1
jobs:
  build:
    docker: [{{image: a/b}}]
    environment: {{COPY: {SECRET}}}
    steps:
      - run: {{name: "say {SECRET}", command: "echo $TOKEN; echo $TOKEN >&2; env; printf %s $TOKEN | base64; false"}}
      - save_cache: {{when: always, key: "v1-{{{{ checksum \\"{SECRET}\\" }}}}", paths: [a]}}
      - store_artifacts: {{when: always, path: "no/{SECRET}"}}
      - store_test_results: {{when: always, path: "no/{SECRET}"}}
workflows:
  w: {{jobs: [build]}}
"""


def everything_written(project):
    """All that a run leaves: its logs and reports, and the names of its files."""
    state = project.path / ".nox/ci"
    files = [path for path in state.rglob("*") if path.is_file()]
    return "\n".join([*(str(path) for path in files), *(path.read_text("utf-8", "replace") for path in files)])


def test_a_run_leaves_no_secret_in_its_reports_nor_on_the_screen(tmp_path):
    project = make_project(tmp_path, CONFIG)
    for words in (("--json",), (), ("-v",), ("-q",)):
        done = project.ci("run", "w", "--engine", "host", "--env", f"TOKEN={SECRET}", *words)
        assert done.status == 1
        assert "****" in done.stdout
        assert SECRET not in done.stdout + done.stderr
    assert SECRET not in everything_written(project)


def test_a_passed_variable_with_the_name_of_a_secret_is_masked_and_others_are_not(tmp_path):
    text = CONFIG.replace("echo $TOKEN;", "echo $MY_TOKEN $MY_PLACE;").replace(SECRET, "x")
    project = make_project(tmp_path, text)
    words = ("run", "w", "--engine", "host", "--pass-env", "MY_TOKEN", "--pass-env", "MY_PLACE", "--json")
    done = project.ci(*words, MY_TOKEN="hunter22-passed", MY_PLACE="somewhere-else")
    shown = "".join(json.loads(line).get("text", "") for line in done.stdout.splitlines())
    assert "**** somewhere-else" in shown
    assert "hunter22-passed" not in done.stdout + everything_written(project)


CACHE = """\
version: 2.1
jobs:
  save:
    docker: [{image: a/b}]
    steps:
      - run: echo kept >kept
      - save_cache: {key: "v1-{{ .Environment.TOKEN }}-x", paths: [kept]}
  restore:
    docker: [{image: a/b}]
    steps:
      - restore_cache: {keys: [%s]}
      - run: cat kept
workflows:
  w: {jobs: [save, restore: {requires: [save]}]}
"""
PREFIXES = {
    "v1-": "success",
    "v1-{{ .Environment.TOKEN }}": "success",
    "v1-{{ .Environment.TOKEN }}-": "success",
    "v1-{{ .Environment.OTHER }}": "failed",
    "v1-hunter22": "failed",
}


@pytest.mark.parametrize(("prefix", "status"), PREFIXES.items())
def test_a_cache_whose_key_has_a_secret_is_found_by_its_beginnings_and_does_not_show_it(tmp_path, prefix, status):
    project = make_project(tmp_path, CACHE % json.dumps(prefix))
    words = ("w", "--env", f"TOKEN={SECRET}", "--env", "OTHER=another-secret")
    done = project.run(*words)
    assert done.jobs() == {"save": "success", "restore": status}
    assert SECRET not in done.stdout + everything_written(project)
    entry = next(project.path.glob(".nox/ci/cache/*/*/entry.json"))
    assert re.fullmatch("v1-[0-9a-f]{24}-x", json.loads(entry.read_text())["key"])
