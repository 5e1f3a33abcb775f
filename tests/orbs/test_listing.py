"""``orbs list``: what is here, which versions, who uses them, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

from ..projects import make_project

CONFIG = """\
version: 2.1
orbs:
  tool: acme/tool@1
  gone: acme/gone@3
  own: {orbs: {base: acme/base@2.0.0}, commands: {go: {steps: [base/go]}}}
jobs: {build: {docker: [{image: a}], steps: [tool/go, own/go]}}
"""
TOOL = "version: 2.1\norbs: {base: acme/base@2}\ncommands: {go: {steps: [base/go]}}\n"
BASE = "version: 2.1\ncommands: {go: {steps: [run: base]}}\n"


def test_each_orb_is_a_line_with_its_place_and_users(tmp_path: Path) -> None:
    orbs = {f".circleci/orbs/acme/tool@{version}.yml": TOOL for version in ("1.0.0", "1.2.0")}
    project = make_project(tmp_path / "project", CONFIG, **orbs)
    home = make_project(tmp_path / "home", CONFIG, **{".circleci/orbs/acme/base@2.0.0.yml": BASE})
    done = project.ci("orbs", "list", HOME=str(home.path))
    assert done.status == 0, done.stderr
    assert [" ".join(line.split()) for line in done.stdout.splitlines()] == [
        "acme/tool@1.0.0 .circleci/orbs/acme/tool@1.0.0.yml",
        "acme/tool@1.2.0 .circleci/orbs/acme/tool@1.2.0.yml; used by .circleci/config.yml as acme/tool@1",
        "acme/base@2.0.0 ~/.circleci/orbs/acme/base@2.0.0.yml; used by .circleci/config.yml,"
        " acme/tool@1.2.0 as acme/base@2",
        "acme/gone@3 missing; used by .circleci/config.yml",
    ]
    rows = json.loads(project.ci("orbs", "list", "--json", HOME=str(home.path)).stdout)
    assert [each["orb"] for each in rows if each["missing"]] == ["acme/gone@3"]


def test_without_a_project_the_user_s_own_are_listed(tmp_path: Path) -> None:
    home = make_project(tmp_path / "home", CONFIG, **{".circleci/orbs/acme/base@2.0.0.yml": BASE})
    (tmp_path / "empty").mkdir()
    project = make_project(tmp_path / "project", CONFIG)
    (project.path / ".circleci/config.yml").unlink()
    done = project.ci("orbs", "list", HOME=str(home.path))
    assert done.stdout == "acme/base@2.0.0  ~/.circleci/orbs/acme/base@2.0.0.yml\n"
    assert "there are no orbs here" in project.ci("orbs", "list", HOME=str(tmp_path / "empty")).stdout


def test_a_command_that_is_not_there_is_an_error_with_the_nearest(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", CONFIG)
    done = project.ci("orbs", "fecth")
    assert done.status == 2
    assert "fetch" in done.stderr
    assert project.ci("orbs").status == 2
    assert "export" in project.ci("orbs", "--help").stdout
