"""The reports of a run that has ended: always written, and no run is lost if one cannot be."""

from __future__ import annotations

from xml.etree import ElementTree

from ci.events import TestCounts
from ci.pipeline import closing_reports
from ci.pipeline.closing_reports import draw_reports
from ci.run.folder import RunFolder

from ..projects import make_project
from ..record.records import FULL, job, run, step, workflow

CONFIG = """
version: 2.1
jobs:
  test:
    docker: [{image: cimg/base:stable}]
    steps:
      - run: |
          mkdir r
          case="<testcase classname='c' name='of $TOKEN'><failure message='it was $TOKEN'/></testcase>"
          echo "<testsuite>$case</testsuite>" >r/r.xml
          exit 3
      - store_test_results: {path: r}
workflows: {main: {jobs: [test]}}
"""


def folder_in(path) -> RunFolder:
    return RunFolder("id", path, path, path, path)


def same(text: str) -> str:
    return text


def test_every_run_has_a_junit_file_with_its_failing_tests_and_no_secret(tmp_path):
    project = make_project(tmp_path / "project", CONFIG)
    assert project.run("main", "--env", "TOKEN=hunter22-hunter22").status == 1
    file = project.path / ".nox/ci/runs/last/junit.xml"
    root = ElementTree.parse(file).getroot()
    assert [(case.get("name"), [child.get("message") for child in case]) for case in root.iter("testcase")] == [
        (next(root.iter("testcase")).get("name"), ["exit status 3"]),
        ("2. Uploading test results", []),
        ("of ****", ["it was ****"]),
    ]
    assert "hunter22" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_report_that_cannot_be_written_is_one_line(tmp_path, capsys):
    draw_reports(folder_in(tmp_path / "gone"), FULL, same)
    assert capsys.readouterr().err == f"{tmp_path / 'gone' / 'junit.xml'} was not written: No such file or directory\n"


def test_a_report_that_fails_in_any_other_way_is_one_line_without_secrets(tmp_path, capsys, monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError("hunter22")

    monkeypatch.setitem(closing_reports.REPORTS, "junit.xml", broken)
    draw_reports(folder_in(tmp_path), FULL, lambda text: text.replace("hunter22", "****"))
    assert capsys.readouterr().err == f"{tmp_path / 'junit.xml'} was not written: ZeroDivisionError: ****\n"


def test_results_that_are_gone_are_no_tests(tmp_path):
    failed = job("a", "failed", step(1, "failed"), tests=TestCounts(1, 1), results_folder="test-results/a")
    draw_reports(folder_in(tmp_path), run(workflow("w", failed)), same)
    assert len(list(ElementTree.parse(tmp_path / "junit.xml").iter("testcase"))) == 1
