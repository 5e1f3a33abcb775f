"""A config whose orbs are missing: one message each, and everything that does not hang on them goes on."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ..projects import ROOT, Project, call, make_project

CONFIG = """\
version: 2.1
orbs:
  node: circleci/node@5.2
  slack: circleci/slack@4
commands:
  notify: {steps: [slack/notify]}
jobs:
  plain: {docker: [{image: a}], steps: [run: echo hello]}
  chat: {docker: [{image: a}], steps: [notify]}
  twice: {docker: [{image: a}], steps: [notify]}
  elsewhere: {executor: node/default, steps: [checkout]}
workflows:
  all:
    jobs:
      - plain
      - chat: {requires: [plain]}
      - twice
      - elsewhere
      - node/test: {name: tested, matrix: {parameters: {version: [a, b]}}}
      - plain: {name: with-steps, pre-steps: [slack/notify]}
      - plain: {name: behind, requires: [chat]}
  free: {jobs: [plain]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "project", CONFIG)


def home(project: Project) -> str:
    return str(project.path.parent)


def test_list_and_graph_show_everything_and_one_message_per_orb(project: Project) -> None:
    listed = project.ci("list", HOME=home(project))
    assert listed.status == 0, listed.stderr
    assert listed.stderr.count("Cannot find orb") == 2
    assert ".circleci/config.yml:3:9: Cannot find orb 'circleci/node@5.2'" in listed.stderr
    assert "orbs add circleci/node https://github.com/CircleCI-Public/node-orb --version 5.2" in listed.stderr
    assert "Job chat of all after plain. [skipped: missing circleci/slack@4]" in listed.stdout
    graph = project.ci("graph", HOME=home(project))
    assert graph.status == 0, graph.stderr
    assert "elsewhere  " in graph.stdout
    assert "skipped: its orb circleci/node@5.2 is missing" in graph.stdout


def test_a_run_skips_what_hangs_on_them_and_fails(project: Project) -> None:
    done = project.run("all", HOME=home(project))
    assert done.status == 1
    skipped = ("chat", "twice", "elsewhere", "tested", "with-steps")
    jobs = done.jobs()
    assert {name: jobs[name] for name in jobs if name.startswith(skipped)} == {
        "chat": "skipped", "twice": "skipped", "elsewhere": "skipped", "with-steps": "skipped",
        **{name: "skipped" for name in jobs if name.startswith("tested")},
    }  # fmt: skip
    assert len([name for name in jobs if name.startswith("tested")]) == 2
    assert jobs["plain"] == "success"
    assert jobs["behind"] == "not_run"
    assert done.finish("twice")["reason"] == "its orb circleci/slack@4 is missing"


def test_a_run_of_what_does_not_hang_on_them_passes(project: Project) -> None:
    assert project.run("free", HOME=home(project)).status == 0
    assert project.run("all", "-j", "plain", HOME=home(project)).status == 0
    asked = project.run("all", "-j", "elsewhere", HOME=home(project))
    assert (asked.status, asked.jobs()) == (1, {"elsewhere": "skipped"})


def test_one_job_alone_is_skipped_or_runs(project: Project) -> None:
    program = "import sys; from ci.cli.circleci_local import local; sys.exit(local(sys.argv[1:]))"
    for job, status, shown in (("chat", 1, "its orb circleci/slack@4 is missing"), ("plain", 0, "hello")):
        words = [sys.executable, "-c", program, "execute", job, "--engine", "host"]
        done = call(words, project.path, environ={"HOME": home(project)})
        assert done.status == status, done.stderr
        assert shown in done.stdout


def test_sessions_are_there_and_the_message_is_printed_once(project: Project) -> None:
    noxfile = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom ci import register\nregister(__file__)\n"
    project.write("noxfile.py", noxfile)
    done = call([sys.executable, "-m", "nox", "--list"], project.path, environ={"HOME": home(project)})
    assert done.status == 0, done.stderr
    assert "all-chat" in done.stdout
    assert done.stderr.count("Cannot find orb 'circleci/slack@4'") == 1


def test_the_doctor_names_them(project: Project) -> None:
    found = json.loads(project.ci("doctor", "--json", HOME=home(project)).stdout)
    checks = found["checks"] if isinstance(found, dict) else found
    assert [each["text"] for each in checks if each["name"] == "orb"] == [
        "Cannot find orb 'circleci/node@5.2'",
        "Cannot find orb 'circleci/slack@4'",
    ]


def test_nothing_runs_with_strict(project: Project) -> None:
    done = project.run("free", "--strict", HOME=home(project))
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.count("Cannot find orb") == 2


@pytest.mark.parametrize("command", ["validate", "process"])
def test_a_config_that_uses_them_is_not_valid(project: Project, command: str) -> None:
    done = project.ci(command, HOME=home(project))
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.count("Cannot find orb") == 2


def test_other_errors_stop_all_and_are_shown_beside_them(project: Project) -> None:
    project.write(".circleci/config.yml", CONFIG.replace("run: echo hello", "runs: echo hello"))
    done = project.ci("list", HOME=home(project))
    assert done.status == 2
    assert "runs" in done.stderr
    assert done.stderr.count("Cannot find orb") == 2


def test_an_orb_that_nothing_uses_stops_nothing(project: Project) -> None:
    config = "version: 2.1\norbs: {node: circleci/node@5}\njobs: {build: {docker: [{image: a}], steps: [checkout]}}\n"
    project.write(".circleci/config.yml", config)
    done = project.ci("validate", "--json", HOME=home(project))
    assert done.status == 0
    found = json.loads(done.stdout)
    assert (found["valid"], [each["line"] for each in found["warnings"]]) == (True, [2])


def test_an_orb_s_own_missing_orb_counts_only_where_it_is_used(project: Project) -> None:
    source = """\
        version: 2.1
        orbs: {cli: acme/cli@1}
        commands: {go: {steps: [run: go]}, install: {steps: [cli/install]}}
        """
    project.write(".circleci/orbs/acme/tool@1.0.0.yml", source)
    config = "version: 2.1\norbs: {t: acme/tool@1}\njobs: {build: {docker: [{image: a}], steps: [t/go]}}\n"
    project.write(".circleci/config.yml", config)
    assert project.ci("validate", "--strict", HOME=home(project)).status == 0
    project.write(".circleci/config.yml", config.replace("t/go", "t/install"))
    done = project.ci("validate", HOME=home(project))
    assert done.status == 2
    assert ".circleci/orbs/acme/tool@1.0.0.yml:2:13: Cannot find orb 'acme/cli@1'" in done.stderr


def test_the_message_names_the_versions_that_are_here(project: Project) -> None:
    for version in ("4.9.0", "4.10.1", "6.0.0"):
        project.write(f".circleci/orbs/circleci/node@{version}.yml", "version: 2.1\n")
    assert "here are the versions 4.9.0, 4.10.1, 6.0.0;" in project.ci("list", HOME=home(project)).stderr


def test_a_source_that_is_not_packed_says_so_once(project: Project) -> None:
    source = """\
        version: 2.1
        commands:
          notify: {steps: [run: {command: <<include(scripts/a.sh)>>}, run: <<include(scripts/b.sh)>>]}
        """
    project.write(".circleci/orbs/circleci/slack@4.0.0.yml", source)
    done = project.ci("validate", HOME=home(project))
    assert done.status == 2
    assert done.stderr.count("is not packed") == 1
    place = ".circleci/orbs/circleci/slack@4.0.0.yml:3:35: .circleci/orbs/circleci/slack@4.0.0.yml is not packed: "
    assert f"{place}<<include(scripts/a.sh)>>" in done.stderr
    assert "orbs add NAMESPACE/NAME FOLDER" in done.stderr


def test_an_empty_orb_is_explained(project: Project) -> None:
    project.write(".circleci/config.yml", CONFIG.replace("circleci/slack@4", "{}"))
    done = project.ci("validate", HOME=home(project))
    assert done.status == 2
    assert "the orb is empty" in done.stderr
    assert "orb-tools" in done.stderr
