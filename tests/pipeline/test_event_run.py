"""``run`` without a workflow: all that a push of the current branch starts, in one run with one record, one status."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys

import pytest

from ..projects import ROOT, make_project
from ..windows import rest_of

CONFIG = """\
    version: 2.1
    jobs:
      build: {docker: [{image: nox-circleci/base}], steps: [run: echo built]}
      lint: {docker: [{image: nox-circleci/base}], steps: [checkout, {run: "test -e ok"}]}
      deploy: {docker: [{image: nox-circleci/base}], steps: [run: 'echo "to <$TARGET>"']}
    workflows:
      commit:
        jobs:
          - build
          - deploy: {requires: [build], context: [prod, empty], filters: {branches: {only: main}}}
          - build: {name: after, requires: [deploy]}
      quality: {jobs: [lint]}
      nightly:
        triggers: [{schedule: {cron: "0 0 * * *", filters: {branches: {only: main}}}}]
        jobs: [build]
    """
HELD = "it gets the context prod of yours: --yes runs it"


class Started:
    """A project with values for its context."""

    def __init__(self, folder, config=CONFIG):
        self.project = make_project(folder, config, **{".gitignore": ".circleci/contexts\n"})
        self.project.write(".circleci/contexts/prod.env", "TARGET=production-server\n").chmod(0o600)

    def run(self, *words):
        return self.project.ci("run", "--engine", "host", *words)

    @property
    def record(self):
        return json.loads((self.project.path / ".nox/ci/runs/last/run.json").read_text())

    @property
    def statuses(self):
        return {job["name"]: job["status"] for each in self.record["workflows"] for job in each["jobs"]}

    def on_terminal(self, answer, *words):
        """Run on a terminal that gives an answer; return the exit status and what was on standard error."""
        ours, theirs = pty.openpty()
        os.write(ours, answer.encode())
        done = subprocess.run(
            [sys.executable, "-m", "ci", "run", "--engine", "host", *words],
            cwd=self.project.path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )
        os.close(theirs)
        screen = rest_of(ours).decode()
        return done.returncode, screen


@pytest.fixture
def started(tmp_path):
    return Started(tmp_path / "p")


def test_every_workflow_that_a_push_starts_runs_in_one_run_behind_the_plan(started):
    done = started.run()
    assert done.status == 1
    head, workflows = done.stdout.partition("\n\n")[::2]
    assert head.startswith("a push of branch main starts 2 of 3 workflows\n▶ commit ")
    assert "○ nightly  its schedule alone starts it" in head
    assert workflows.startswith("workflow commit: 3 jobs, engine host")
    assert workflows.endswith("workflows: commit success, quality failed\n")
    assert [(each["name"], each["folder"], each["result"]) for each in started.record["workflows"]] == [
        ("commit", ".", "success"),
        ("quality", "workflows/quality", "failed"),
    ]
    assert (started.record["result"], started.record["unnamed"], started.record["branch"]) == ("failed", True, "main")
    assert len({each["pipeline_id"] for each in started.record["workflows"]}) == 1
    assert len({each["workflow_id"] for each in started.record["workflows"]}) == 2
    assert len([each for each in (started.project.path / ".nox/ci/runs").iterdir() if not each.is_symlink()]) == 1


def test_a_job_with_a_context_that_has_values_is_skipped_with_that_reason_and_fails_nothing(started):
    started.project.write("ok", "")
    done = started.run()
    assert done.status == 0, done.stdout
    assert re.search(rf"○ deploy skipped in \d+\.\d s: {re.escape(HELD)}", done.stdout)
    assert started.statuses == {"build": "success", "deploy": "skipped", "after": "not_run", "lint": "success"}


def test_yes_runs_it(started):
    started.project.write("ok", "")
    done = started.run("--yes")
    assert done.status == 0, done.stdout
    assert started.statuses == dict.fromkeys(("build", "deploy", "after", "lint"), "success")
    assert "production-server" not in done.stdout


def test_a_context_without_values_here_asks_nobody(started):
    (started.project.path / ".circleci/contexts/prod.env").write_text("")
    started.run()
    assert started.statuses["deploy"] == "success"


def test_a_job_that_only_the_projects_file_names_needs_a_yes_too_when_it_runs_again_as_well(started):
    started.project.write("pyproject.toml", '[tool.nox-circleci]\njob = ["deploy"]\n')
    for done in (started.run(), started.project.ci("rerun")):
        assert re.search(rf"○ deploy skipped in \d+\.\d s: {re.escape(HELD)}", done.stdout)
        assert started.statuses == {"build": "success", "deploy": "skipped"}
    started.project.ci("rerun", "--yes")
    assert started.statuses == {"build": "success", "deploy": "success"}


def test_a_job_that_the_user_names_needs_no_yes_whatever_the_projects_file_names(started):
    started.project.write("pyproject.toml", '[tool.nox-circleci]\njob = ["build"]\n')
    started.run("-j", "deploy")
    assert started.statuses == {"build": "success", "deploy": "success"}


def test_the_plan_in_front_of_the_run_says_what_waits_for_a_yes_unless_it_is_given(started):
    assert "waits for --yes; after build; context prod (values here), empty; " in started.run().stdout
    assert "waits for --yes" not in started.run("--yes").stdout


def test_a_workflow_that_is_named_needs_no_yes(started):
    assert started.project.ci("run", "commit", "--engine", "host").status == 0
    assert started.statuses["deploy"] == "success"


@pytest.mark.parametrize(("answer", "status"), [("y\n", "success"), ("n\n", "skipped")])
def test_on_a_terminal_the_user_is_asked_once_before_anything_runs(started, answer, status):
    _, screen = started.on_terminal(answer)
    assert "deploy gets the context prod of yours\r\nRun it too? [y/n]" in screen
    assert screen.count("[y/n]") == 1
    assert started.statuses["deploy"] == status


def test_rerun_runs_what_failed_in_any_workflow_and_what_waited_for_a_yes(started):
    started.run()
    started.project.write("ok", "")
    again = started.project.ci("rerun", "--yes", "--json")
    assert again.status == 0, again.stdout
    assert again.jobs() == {"deploy": "success", "after": "success", "lint": "success"}
    assert [each["name"] for each in started.record["workflows"]] == ["commit", "quality"]
    nothing = started.project.ci("rerun")
    assert nothing.status == 2
    assert "nothing failed in run" in nothing.stderr


def test_a_workflow_of_which_nothing_failed_is_taken_over_as_a_whole(started):
    started.run("--yes")
    again = started.project.ci("rerun")
    assert "\ncommit: nothing had to run again in" in again.stdout
    assert "\nquality: 1 failed in" in again.stdout
    assert started.statuses == {"build": "success", "deploy": "success", "after": "success", "lint": "failed"}


def test_rerun_of_a_job_leaves_the_other_workflows_as_they_were(started):
    started.run("--yes")
    assert started.project.ci("rerun", "build", "--yes", "--json").jobs() == dict.fromkeys(
        ("build", "deploy", "after"), "success"
    )
    unknown = started.project.ci("rerun", "biuld")
    assert (unknown.status, "the run has no job 'biuld'" in unknown.stderr) == (2, True)


def test_the_hint_of_a_failure_names_the_workflow(started):
    assert "python -m ci run quality -j lint --engine host\n" in started.run("--yes").stdout


def test_a_config_with_one_workflow_runs_it_whatever_starts_it(tmp_path):
    nightly = CONFIG[: CONFIG.index("      commit:")] + CONFIG[CONFIG.index("      nightly:") :]
    only = Started(tmp_path / "p", nightly)
    assert only.run().status == 0
    assert only.statuses == {"build": "success"}


def test_another_event_may_be_chosen(started):
    assert started.run("--schedule", "nightly").status == 0
    assert [each["name"] for each in started.record["workflows"]] == ["nightly"]


def test_what_starts_nothing_says_how_to_find_out_what_would(started):
    done = started.run("--tag", "v1")
    assert done.status == 1
    assert done.stderr == "nothing runs; what would, and by which options: python -m ci plan --tag v1\n"


def test_fail_fast_ends_the_run_before_the_next_workflow(tmp_path):
    swapped = CONFIG.replace("quality: {jobs: [lint]}", "quality: {jobs: [build]}").replace("- build\n", "- lint\n")
    failing = Started(tmp_path / "p", swapped.replace("requires: [build]", "requires: [lint]"))
    done = failing.run("--fail-fast", "--yes")
    assert done.status == 1
    assert done.stderr == "workflow quality does not run: --fail-fast\n"


def test_executors_choose_among_the_workflows_that_have_them(tmp_path):
    mixed = Started(
        tmp_path / "p", CONFIG.replace("lint: {docker: [{image: nox-circleci/base}]", "lint: {machine: true")
    )
    done = mixed.run("-e", "machine", "--dry-run")
    assert "workflow quality: 1 job" in done.stdout
    assert "workflow commit" not in done.stdout
    wrong = mixed.run("-e", "py3")
    assert (wrong.status, "no executor or matrix value 'py3'" in wrong.stderr) == (2, True)


def test_a_dry_run_shows_every_workflow_and_asks_nobody(started):
    done = started.run("--dry-run")
    assert (done.status, done.stderr) == (0, "")
    assert f"skipped: {HELD}" in done.stdout
    assert "workflow quality: 1 job, engine host (you chose it); nothing is run" in done.stdout
    assert not (started.project.path / ".nox/ci/runs").exists()
    several = started.run("--dry-run", "--json")
    assert (several.status, "these would run: commit, quality" in several.stderr) == (2, True)


def test_events_stand_alone_on_standard_output(started):
    done = started.run("--json", "--yes")
    assert [each["workflow"] for each in done.events if each["event"] == "run.start"] == ["commit", "quality"]


@pytest.mark.parametrize("option", ["--pause-before", "--pause-after", "--from"])
def test_a_step_of_one_of_the_workflows_may_be_named(started, option):
    done = started.run("--dry-run", option, "lint:2")
    assert (done.status, done.stderr) == (0, "")
    missing = started.run("--dry-run", option, "lint:9")
    assert (missing.status, f"{option} lint:9: no job of this run has such a step" in missing.stderr) == (2, True)


def test_watch_needs_a_workflow(started):
    done = started.run("--watch")
    assert (done.status, "--watch needs a workflow" in done.stderr) == (2, True)
