"""The page of a run as its user gets it: which runs leave one, what it shows, what happens without Jinja2."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys

import pytest

from ci.cli.report import has_desktop
from ci.dataclass import replace
from ci.page.run_page import recorded
from ci.pipeline.closing_reports import draw_reports
from ci.pipeline.run_report import wants_page
from ci.run.folder import RunFolder

from ..projects import make_project

CONFIG = """
    version: 2.1
    jobs:
      good:
        docker: [{image: cimg/base:2024.01}]
        steps: [run: {name: Greet, command: echo hello}]
      bad:
        docker: [{image: cimg/base:2024.01}]
        steps:
          - run: {name: Break, command: 'echo "the token is $TOKEN"; exit 3'}
    workflows:
      passes: {jobs: [good]}
      fails: {jobs: [good, bad: {requires: [good]}]}
    """


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("page") / "project", CONFIG)


def page(project):
    return project.path / ".nox/ci/runs/last/report.html"


@pytest.mark.parametrize(
    ("result", "seconds", "choice", "wanted"),
    [
        ("failed", 0.1, "auto", True),
        ("success", 10.0, "auto", False),
        ("success", 10.1, "auto", True),
        ("on_hold", 1, "auto", False),
        ("canceled", 99, "auto", False),
        ("success", 0.1, "always", True),
        ("failed", 99, "never", False),
        ("failed", 1, None, True),
    ],
)
def test_a_run_gets_a_page_if_it_failed_or_took_more_than_10_s_or_if_its_user_wants_one(
    result, seconds, choice, wanted
):
    assert wants_page(result, seconds, choice) is wanted


def test_a_failed_run_names_its_page_which_shows_the_failure_and_no_secret(project):
    ended = project.ci("run", "fails", "--engine", "host", "--env", "TOKEN=hunter2hunter2")
    assert ended.status == 1
    named = re.search(r"^  Report: (\S+/report\.html)$", ended.stdout, re.MULTILINE)
    text = (project.path / named[1]).read_text(encoding="utf-8")
    assert "fails failed" in text
    assert "exit status 3" in text
    assert "the token is" in text
    assert "hunter2" not in text


def short_run(project, **environ):
    """A run that has passed and taken less than what gives it a page; on a busy machine one may take longer."""
    while True:
        ended = project.ci("run", "passes", "--engine", "host", **environ)
        if json.loads((page(project).parent / "run.json").read_text())["seconds"] < 10:
            return ended


def test_a_short_run_that_passed_has_no_page_until_it_is_asked_for(project):
    ended = short_run(project)
    assert (ended.status, "Report:" in ended.stdout, page(project).exists()) == (0, False, False)
    shown = project.ci("report")
    assert (shown.status, shown.stdout) == (0, f"{page(project).resolve()}\n")
    assert "passes passed" in page(project).read_text(encoding="utf-8")


def test_report_always_draws_the_page_at_the_end(project):
    assert project.ci("run", "passes", "--engine", "host", "--report").status == 0
    assert page(project).exists()


def test_without_jinja2_a_run_ends_as_it_has_and_says_what_is_missing(project):
    (project.path / "absent").mkdir(exist_ok=True)
    (project.path / "absent" / "jinja2.py").write_text("raise ModuleNotFoundError('no jinja2')")
    without = {"PYTHONPATH": f"{project.path / 'absent'}:{sys.path[0]}"}
    ended = project.run("fails", "--report", **without)
    assert ended.status == 1
    missing = "report.html was not written: the report needs Jinja2, which is not installed here; python -m pip install"
    assert missing in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "message"), [("-99", "there is no run -99"), ("nothing", "there is no run 'nothing'")]
)
def test_a_run_that_is_not_kept_is_an_error(project, name, message):
    project.run("fails")
    shown = project.ci("report", name)
    assert (shown.status, message in shown.stderr) == (2, True)


def test_a_short_run_that_passed_loads_nothing_of_the_page(project):
    ended = short_run(project, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines() if line.startswith("import time:")}
    assert "ci.pipeline.run_report" in loaded
    assert not {name for name in loaded if name.startswith(("jinja2", "markupsafe", "ci.page"))}


def kept(project):
    """A run's folder of which a test may break something."""
    assert project.ci("run", "fails", "--engine", "host", "--report", "never").status == 1
    return page(project).parent.resolve()


def test_a_page_is_drawn_again_only_if_the_run_has_gone_on_since(project):
    folder = kept(project)
    assert project.ci("report").status == 0
    (folder / "report.html").write_text("drawn before")
    assert project.ci("report").status == 0
    assert (folder / "report.html").read_text() == "drawn before"
    os.utime(folder / "report.html", (1, 1))
    assert project.ci("report").status == 0
    assert "fails failed" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_page_beside_a_record_that_is_not_the_users_own_is_drawn_again(project):
    folder = kept(project)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "seal": ""}))
    (folder / "report.html").write_text("<script>brought along</script>")
    os.utime(folder / "report.html", (2e9, 2e9))
    assert project.ci("report").status == 0
    assert "brought along" not in (folder / "report.html").read_text(encoding="utf-8")


def test_report_never_draws_no_page(project):
    assert not (kept(project) / "report.html").exists()


def test_a_run_that_was_killed_has_a_page_of_what_it_had(project):
    folder = kept(project)
    record = (folder / "run.json").read_text().replace('"result": "failed"', '"result": "running"')
    (folder / "run.json").write_text(record)
    with open(folder / "events.jsonl", "r+b") as events:
        events.truncate(events.seek(0, 2) - 30)
    assert project.ci("report").status == 0
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "fails did not end" in text
    assert "the token is" in text


def test_a_run_whose_events_and_logs_are_gone_has_a_page_without_output(project):
    folder = kept(project)
    (folder / "events.jsonl").unlink()
    shutil.rmtree(folder / "log")
    assert project.ci("report").status == 0
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "exit status 3" in text
    assert "the token is" not in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "has no run.json: the run was made by an older version, or it has just begun"),
        ('{"version": 1, "id"', "run.json cannot be read: it is no JSON"),
        ('{"version": 99}', "run.json cannot be read: it has version 99, and this program reads version 1"),
        ('{"version": 1, "id": 7}', "run.json cannot be read: id cannot be 7"),
        ("\udcff", "run.json cannot be read"),
    ],
)
def test_a_record_that_is_gone_half_written_or_newer_is_one_clear_line(project, text, message):
    record = kept(project) / "run.json"
    record.unlink()
    if text is not None:
        record.write_bytes(text.encode("utf-8", "surrogateescape"))
    shown = project.ci("report")
    assert (shown.status, message in shown.stderr, "Traceback" in shown.stderr) == (2, True, False), shown.stderr


def test_a_page_that_cannot_be_written_changes_nothing_else(project, capsys):
    folder = kept(project)
    run = RunFolder(folder.name, folder, folder, folder.parents[1], folder)
    (folder / "report.html.new").mkdir()
    draw_reports(run, replace(recorded(folder), options={"report": "always"}), str)
    assert re.fullmatch(r"\S+/report\.html was not written: .*Is a directory\n", capsys.readouterr().err)
    assert (folder / "junit.xml").exists()


@pytest.mark.parametrize(
    ("environ", "platform", "desktop"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({"DISPLAY": "localhost:10", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, "linux", False),
        ({"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_only_on_a_desktop(environ, platform, desktop):
    assert has_desktop(environ, platform) is desktop


def test_events_of_a_newer_version_are_a_clear_line(project):
    project.run("fails")
    events = project.path / ".nox/ci/runs/last/events.jsonl"
    events.write_text(events.read_text().replace('"schema": 1', '"schema": 2'))
    events.with_name("report.html").unlink(missing_ok=True)
    shown = project.ci("report")
    assert "the events are of schema 2, and this program reads schema 1" in shown.stderr
    assert "Traceback" not in shown.stderr
