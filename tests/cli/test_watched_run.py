"""``run --watch``: what a saved file concerns runs again, one run at a time, until Ctrl-C."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from ci.errors import UsageError
from ci.system.private_files import read_rewritten
from ci.watch.changed_files import require_watchfiles
from tests.patience import alive, eventually
from tests.projects import ROOT, make_project

pytest.importorskip("watchfiles")

CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps:
          - checkout
          - run: >-
              flock -n SHARED/lock -c 'echo begun >> SHARED/begun; cat note.txt; sleep $(cat pace)' || touch SHARED/two
          - persist_to_workspace: {root: ., paths: [note.txt]}
      test:
        docker: [{image: nox-circleci/base}]
        steps: [checkout, {run: "echo test >> SHARED/ran; ! grep bad note.txt"}]
      lint:
        docker: [{image: nox-circleci/base}]
        steps: [{run: echo linted}]
      deploy:
        docker: [{image: nox-circleci/base}]
        steps: [{run: echo deployed}]
      pack:
        docker: [{image: nox-circleci/base}]
        steps: [checkout, {run: head -1 note.txt > packed}, {persist_to_workspace: {root: ., paths: [packed]}}]
      ship:
        docker: [{image: nox-circleci/base}]
        steps: [{attach_workspace: {at: .}}, {run: cat packed}]
    workflows:
      packed: {jobs: [pack, {ship: {requires: [pack]}}]}
      w: {jobs: [build, {test: {requires: [build]}}, lint, {deploy: {requires: [test], context: production}}]}
      held: {jobs: [lint, {hold: {type: approval}}, {deploy: {requires: [hold]}}]}
      unread: {jobs: [lint]}
    """
WAITS = "waiting for a saved file"


class Watched:
    """A project under ``--watch``; a mark in the environment finds every process that it has started."""

    def __init__(self, folder):
        self.shared = folder / "shared"
        self.shared.mkdir()
        self.project = make_project(
            folder / "p", CONFIG.replace("SHARED", str(self.shared)), **{"note.txt": "first\n", "pace": "0\n"}
        )
        self.project.write(".gitignore", "*.log\n")
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.output = folder / "output"
        self.mark = f"WATCH_MARK={uuid.uuid4()}"
        self.process = None
        self.engine = ("--engine", "host", "--share", str(self.shared))

    def start(self, *words, command=("-m", "ci", "run")):
        name, _, value = self.mark.partition("=")
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary), name: value}
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command, *words, *self.engine, "--watch"],
                cwd=self.project.path, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        return self

    def save(self, name, text):
        """Save a file as editors do: the new one takes the place of the old one."""
        new = self.project.path / ".git" / "new"
        new.write_text(text)
        os.replace(new, self.project.path / name)

    def text(self):
        return self.output.read_text(errors="replace")

    def waits(self, times):
        """Whether the loop comes to wait for the so-manieth time."""
        return any(eventually(lambda: self.text().count(WAITS) >= times) for _ in range(4))  # whole runs are behind it

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(60)

    def runs(self):
        folders = sorted(each for each in (self.project.path / ".nox/ci/runs").iterdir() if not each.is_symlink())
        found = []
        for each in folders:
            with contextlib.suppress(FileNotFoundError):  # it has just begun
                found.append(json.loads(read_rewritten(each / "run.json")))
        return found

    def jobs(self):
        """How the jobs of the newest run ended, those that it has taken over from an earlier one left out."""
        return {
            each["name"]: each["status"] for each in self.runs()[-1]["workflows"][0]["jobs"] if not each["from_run"]
        }

    def processes(self):
        found = []
        for each in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if each.name.isdecimal() and self.mark.encode() in (each / "environ").read_bytes() and alive(each.name):
                    found.append(each.name)
        return found

    def count(self, name):
        place = self.shared / name
        return len(place.read_text().splitlines()) if place.exists() else 0


@pytest.fixture
def watched(tmp_path):
    made = Watched(tmp_path)
    yield made
    if made.process and made.process.poll() is None:
        made.end(signal.SIGTERM)


def test_fifty_saves_end_in_one_passed_run_of_the_newest_content_and_leave_nothing(watched):
    watched.save("pace", "0.5\n")
    watched.start("w")
    assert watched.waits(1), watched.text()
    for number in range(50):
        watched.save("note.txt", f"save {number}\n")
        time.sleep(0.4 if number % 10 == 0 else 0.03)  # some are quick enough to be one, others end a run

    def ended():
        return WAITS in watched.text().rpartition("save 49")[2] and watched.runs()[-1]["result"] == "success"

    assert any(eventually(ended) for _ in range(4)), watched.text()
    newest = watched.runs()[-1]
    assert newest["result"] == "success"
    assert "save 49" in (watched.project.path / ".nox/ci/runs" / newest["id"] / "log/build.log").read_text()
    assert not (watched.shared / "two").exists(), "two runs overlapped"
    assert watched.count("begun") < 40, "saves that follow each other are one"
    assert watched.end() == 0
    assert watched.processes() == []
    assert list(watched.temporary.iterdir()) == []


def test_a_save_in_mid_run_ends_that_run_and_the_newest_content_runs(watched):
    watched.save("pace", "300\n")
    watched.start("w")
    assert eventually(lambda: watched.count("begun") == 1), watched.text()
    watched.save("pace", "0\n")
    assert watched.waits(1), watched.text()
    assert [each["result"] for each in watched.runs()] == ["canceled", "success"]
    assert "pace changed: the run is ended" in watched.text()
    assert not (watched.shared / "two").exists()


def test_a_job_without_a_checkout_is_not_run_again(watched):
    watched.start("w")
    assert watched.waits(1), watched.text()
    assert watched.jobs() == {"build": "success", "test": "success", "lint": "success"}
    watched.save("note.txt", "second\n")
    assert watched.waits(2), watched.text()
    assert watched.jobs() == {"build": "success", "test": "success"}


def test_failed_jobs_run_first_and_the_others_once_they_have_passed(watched):
    watched.save("note.txt", "bad\n")
    watched.start("w")
    assert watched.waits(1), watched.text()
    assert watched.jobs()["test"] == "failed"
    watched.save("note.txt", "still bad\n")
    assert watched.waits(2), watched.text()
    assert watched.jobs() == {"test": "failed"}, "the others wait for it"
    watched.save("note.txt", "good\n")
    assert watched.waits(3), watched.text()
    assert [run["result"] for run in watched.runs()] == ["failed", "failed", "success", "success"]
    assert watched.jobs() == {"build": "success", "test": "success"}


def test_what_git_ignores_and_the_runs_own_folders_start_nothing(watched):
    watched.start("w")
    assert watched.waits(1), watched.text()
    (watched.project.path / "build.log").write_text("x")
    (watched.project.path / ".nox" / "own").write_text("x")
    (watched.project.path / ".git" / "index.lock").write_text("x")
    (watched.project.path / "seen.txt").write_text("x")
    assert watched.waits(2), watched.text()
    assert "changed: seen.txt\n" in watched.text()


def test_a_file_that_is_saved_as_it_was_starts_nothing(watched):
    watched.start("w")
    assert watched.waits(1), watched.text()
    watched.save("note.txt", "second\n")
    assert watched.waits(2), watched.text()
    watched.save("note.txt", "second\n")
    watched.save("seen.txt", "x")
    assert watched.waits(3), watched.text()
    assert "changed: seen.txt\n" in watched.text()


def test_a_broken_config_shows_its_error_and_waits_for_the_next_save(watched):
    good = (watched.project.path / ".circleci/config.yml").read_text()
    watched.start("unread")
    assert watched.waits(1), watched.text()
    watched.save(".circleci/config.yml", "version: 2.1\njobs: [\n")
    assert watched.waits(2), watched.text()
    assert ".circleci/config.yml:3:1: this is not YAML" in watched.text()
    watched.save(".circleci/config.yml", good.replace("echo linted", "echo anew"))
    assert watched.waits(3), watched.text()
    assert watched.jobs() == {"lint": "success"}
    assert watched.end() == 0


def test_jobs_with_a_context_or_behind_an_approval_run_only_if_they_are_named(watched):
    watched.start("w")
    assert watched.waits(1), watched.text()
    assert "deploy" not in watched.jobs()
    assert "--watch leaves out deploy: it has the context production" in watched.text()
    watched.end()
    watched.start("held")
    assert watched.waits(2), watched.text()
    assert watched.jobs() == {"lint": "success"}
    watched.end()
    watched.start("held", "-j", "deploy", "--approve", "hold")
    assert watched.waits(3), watched.text()
    assert watched.jobs() == {"hold": "success", "deploy": "success"}


def test_a_job_with_a_context_that_only_the_projects_file_names_is_left_out(watched):
    watched.project.write("pyproject.toml", '[tool.nox-circleci]\njob = ["deploy"]\n')
    watched.start("w")
    assert watched.waits(1), watched.text()
    assert watched.jobs() == {"build": "success", "test": "success"}


def test_a_file_whose_name_cannot_be_watched_ends_it_with_that_reason(watched):
    watched.start("unread")
    assert watched.waits(1), watched.text()
    with open(os.fsencode(watched.project.path) + b"/bad\xff", "w") as file:
        file.write("saved\n")
    assert watched.process.wait(60) == 2
    assert f"the files below {watched.project.path} are no longer watched: " in watched.text()
    assert "bad\\xFF" in watched.text()
    assert "unexpected error" not in watched.text()


def test_ctrl_c_in_mid_run_ends_all_with_the_status_of_the_last_run_that_has_ended(watched):
    watched.save("note.txt", "bad\n")
    watched.start("w")
    assert watched.waits(1), watched.text()
    watched.save("pace", "300\n")
    config = (watched.project.path / ".circleci/config.yml").read_text()
    watched.save(".circleci/config.yml", config.replace("cat note.txt;", "cat pace;"))
    assert eventually(lambda: watched.count("begun") == 2), watched.text()
    assert watched.end() == 1
    assert watched.processes() == []
    assert list(watched.temporary.iterdir()) == []


def test_ctrl_c_before_any_run_has_ended_is_an_interruption(watched):
    watched.save("pace", "300\n")
    watched.start("w")
    assert eventually(lambda: watched.count("begun") == 1), watched.text()
    assert watched.end() == 130
    assert watched.processes() == []


def test_nothing_goes_on_once_the_loop_itself_is_killed(watched):
    watched.save("pace", "300\n")
    watched.start("w")
    assert eventually(lambda: watched.count("begun") == 1), watched.text()
    watched.end(signal.SIGKILL)
    assert eventually(lambda: watched.processes() == [])
    assert eventually(lambda: list(watched.temporary.iterdir()) == [])


def test_it_works_as_a_session_of_nox(watched):
    watched.project.write(
        "noxfile.py", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport ci\nci.register(__file__)\n"
    )
    watched.start(command=("-m", "nox", "-s", "unread", "--"))
    assert watched.waits(1), watched.text()
    watched.save("note.txt", "second\n")
    assert eventually(lambda: "no job uses what was saved" in watched.text()), watched.text()
    assert watched.end() == 0
    assert watched.processes() == []


def test_a_rerun_begins_with_what_failed_and_goes_on_with_what_is_saved(watched):
    watched.save("note.txt", "bad\n")
    assert watched.project.run("w", "--share", str(watched.shared)).status == 1
    watched.save("note.txt", "good\n")
    watched.start(command=("-m", "ci", "rerun"))
    assert watched.waits(1), watched.text()
    assert watched.jobs()["test"] == "success"
    assert "build" not in watched.jobs()
    watched.save("note.txt", "better\n")
    assert watched.waits(2), watched.text()
    assert (watched.jobs()["build"], watched.jobs()["test"]) == ("success", "success"), "both have a checkout"


@pytest.mark.docker
def test_with_reuse_a_job_whose_result_still_holds_is_not_run(watched):
    watched.engine = ("--engine", "docker")
    watched.start("packed", "--reuse")
    assert watched.waits(1), watched.text()
    watched.save("note.txt", "first\nof two\n")
    assert watched.waits(2), watched.text()
    assert watched.jobs() == {"pack": "success"}, "what ship gets of it is the same"
    watched.save("note.txt", "another\n")
    assert watched.waits(3), watched.text()
    assert watched.jobs() == {"pack": "success", "ship": "success"}


@pytest.mark.docker
def test_with_reuse_a_save_concerns_what_the_first_run_has_taken(watched):
    watched.engine = ("--engine", "docker")
    assert watched.project.ci("run", "packed", *watched.engine).status == 0
    watched.start("packed", "--reuse")
    assert watched.waits(1), watched.text()
    assert watched.jobs() == {}, "all of it was taken"
    watched.save("note.txt", "another\n")
    assert watched.waits(2), watched.text()
    assert watched.jobs() == {"pack": "success", "ship": "success"}


def test_watch_and_pause_exclude_each_other(watched):
    refused = watched.project.run("w", "--watch", "--pause")
    assert refused.status == 2
    assert "--watch and --pause exclude each other" in refused.stderr


def test_a_run_that_is_left_is_not_run_again_at_a_save(watched):
    refused = watched.project.ci("run", "w", "--engine", "kubernetes", "--watch", "--detach")
    assert refused.status == 2
    assert "--detach does not go together with --watch" in refused.stderr


def test_without_watchfiles_the_message_installs_it_into_the_python_that_runs_this():
    with pytest.raises(UsageError) as refused:
        require_watchfiles(find=lambda name: None)
    assert f"{sys.executable} -m pip install watchfiles" in str(refused.value)
    assert "[watch]" not in str(refused.value), "the package is on no index"
