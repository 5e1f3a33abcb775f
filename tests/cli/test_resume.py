"""``run --pause``, ``paused`` and ``resume``: a failed step keeps its job as it is until somebody decides.

Each job counts how often its steps ran, in its home, which is the same before and after a pause.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from ci.run.folder import prune
from tests.patience import alive, eventually
from tests.process_tree import below
from tests.projects import ROOT, make_project

from ..engine_params import ENGINES

CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps:
          - checkout
          - run: {name: Count, command: "echo once >> ~/count; test $(wc -l < ~/count) = 1 || sleep 1"}
          - run: {name: Start, command: sleep 300, background: true}
          - run: {name: Test, command: "cat note.txt; test -e ok; test ! -e bad"}
          - run: {name: After, command: "echo counted $(wc -l < ~/count)"}
      lint:
        docker: [{image: nox-circleci/base}]
        steps: [{run: echo linted}]
      deploy:
        docker: [{image: nox-circleci/base}]
        steps: [{run: echo deployed}]
    workflows:
      w: {jobs: [build, lint, {deploy: {requires: [build]}}]}
      two: {jobs: [build, {build: {name: again}}]}
      fails: {jobs: [build, {broken: {requires: [lint]}}, lint]}
    """.replace(
    "      lint:\n",
    '      broken:\n        docker: [{image: nox-circleci/base}]\n        steps: [{run: "false"}]\n      lint:\n',
    1,
)


PROGRAM = os.environ.get("NOX_CIRCLECI_DOCKER", "docker")


class Paused:
    """A project whose runs may be paused; all of them are ended with the test."""

    def __init__(self, project, engine):
        self.project, self.engine = project, engine

    def run(self, *words, **environ):
        return self.project.ci("run", *words, "--engine", self.engine, **environ)

    def resume(self, *words):
        return self.project.ci("resume", *words)

    def paused(self):
        return json.loads(self.project.ci("paused", "--json").stdout)

    def jobs(self):
        return [each["job"] for run in self.paused() for each in run["jobs"]]

    def owner(self):
        """The process of the newest run."""
        return int((self.project.path / ".nox/ci/runs/last/owner").read_text().split()[0])


@pytest.fixture(params=ENGINES)
def paused(request, tmp_path):
    project = make_project(tmp_path / "p", CONFIG, **{"note.txt": "first\n", "bad": "", ".gitignore": "ignored\n"})
    made = Paused(project, request.param)
    yield made
    if made.paused():
        os.kill(made.owner(), signal.SIGTERM)


def repair(project):
    project.write("ok", "")
    (project.path / "bad").unlink()


def test_a_run_with_a_paused_job_ends_with_77_and_names_the_command_that_goes_on(paused):
    done = paused.run("w", "--pause")
    assert done.status == 77
    assert "build stays paused at step 4 of 5 'Test': exit status 1" in done.stderr
    assert "go on: python -m ci resume --retry" in done.stderr
    assert "echo linted" in done.stdout, "other jobs go on meanwhile"
    assert "deploy" not in done.stdout
    assert paused.jobs() == ["build"]
    assert [each["result"] for each in json.loads(paused.project.ci("runs", "--json").stdout)] == ["paused"]


def test_a_job_goes_on_with_edited_files_and_earlier_steps_do_not_run_again(paused):
    paused.run("w", "--pause")
    repair(paused.project)
    paused.project.write("note.txt", "second\n")
    paused.project.write("ignored", "never\n")
    done = paused.resume("--edits")
    assert done.status == 0, done.stdout + done.stderr
    assert "M note.txt\n" in done.stdout
    assert "M ok\n" in done.stdout
    assert "D bad\n" in done.stdout
    assert "ignored" not in done.stdout
    assert "counted 1" in done.stdout
    assert "    second\n" in done.stdout
    assert "deployed" in done.stdout
    assert "files were edited while it was paused (3)" in done.stdout
    assert paused.jobs() == []
    assert (paused.project.path / "note.txt").read_text() == "second\n", "the user's folder is never written to"


SUBMODULE = """\
    version: 2.1
    jobs:
      with:
        docker: [{image: nox-circleci/base}]
        steps:
          - checkout
          - run: git submodule sync && git submodule update --init
          - run: {name: Test, command: "cat lib/file; ls lib; test ! -e lib/old; test -e lib/new"}
      without:
        docker: [{image: nox-circleci/base}]
        steps:
          - checkout
          - run: {name: Test, command: "ls -A lib; test -e ok"}
          - run: git submodule sync && git submodule update --init && cat lib/file
    workflows:
      w: {jobs: [with]}
      v: {jobs: [without]}
    """


@pytest.fixture
def with_submodule(paused, tmp_path):
    library = make_project(
        tmp_path / "library", "version: 2.1\n", **{"file": "first\n", "old": "", ".gitignore": "no\n"}
    )
    paused.project.write(".circleci/config.yml", SUBMODULE)
    paused.project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "lib")
    paused.project.commit()
    return paused


def edit_submodule(project):
    project.write("lib/file", "edited\n")
    project.write("lib/new", "")
    project.write("lib/no", "ignored")
    (project.path / "lib/old").unlink()


def test_edits_in_a_submodule_reach_the_job_that_has_checked_it_out(with_submodule):
    assert with_submodule.run("w", "--pause").status == 77
    edit_submodule(with_submodule.project)
    done = with_submodule.resume("--edits")
    assert done.status == 0, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line[2:4] in ("M ", "D ")] == [
        "  M lib/file", "  M lib/new", "  D lib/old",
    ]  # fmt: skip
    log = (with_submodule.project.path / ".nox/ci/runs/last/log/with.log").read_text()
    assert "edited\nfile\nnew\n" in log, "what git ignores there does not come"


def test_edits_in_a_submodule_that_the_job_has_not_checked_out_are_left_out_and_said_to_be(with_submodule):
    assert with_submodule.run("v", "--pause").status == 77
    edit_submodule(with_submodule.project)
    repair(with_submodule.project)
    done = with_submodule.resume("--edits")
    assert done.status == 0, done.stdout + done.stderr
    assert "! lib is a submodule that the job has not checked out: left out" in done.stdout
    log = (with_submodule.project.path / ".nox/ci/runs/last/log/without.log").read_text()
    assert "first\n" in log, "git checks it out as it was when the job began"


def test_a_step_that_is_retried_without_the_edits_fails_again(paused):
    paused.run("w", "--pause")
    repair(paused.project)
    done = paused.resume("--retry")
    assert done.status == 77
    assert paused.jobs() == ["build"]


def test_a_step_may_be_passed_over(paused):
    paused.run("w", "--pause")
    done = paused.resume("--skip")
    assert done.status == 0, done.stdout + done.stderr
    assert "counted 1" in done.stdout
    assert "step 4 was passed over" in done.stdout


def test_a_job_goes_on_from_an_earlier_step(paused):
    paused.run("w", "--pause")
    repair(paused.project)
    done = paused.resume("--edits", "--from", "2")
    assert done.status == 0, done.stdout + done.stderr
    assert "counted 2" in done.stdout


def test_a_job_that_is_given_up_has_failed_and_leaves_nothing(paused):
    paused.run("w", "--pause")
    owner = paused.owner()
    done = paused.resume("--give-up")
    assert done.status == 1
    assert "given up" in done.stdout
    assert eventually(lambda: not alive(owner))
    assert paused.jobs() == []
    record = json.loads((paused.project.path / ".nox/ci/runs/last/run.json").read_text())
    assert record["result"] == "failed"


def test_to_continue_is_to_fail_as_without_a_pause(paused):
    paused.run("w", "--pause")
    done = paused.resume("--continue")
    assert done.status == 1
    assert "step 4 of 5 'Test'" in done.stdout


def test_the_status_is_1_if_another_job_has_failed_for_good(paused):
    done = paused.run("fails", "--pause-after", "build:Test")
    assert done.status == 1
    assert paused.jobs() == ["build"]


def test_each_of_several_paused_jobs_goes_on_by_itself(paused):
    done = paused.run("two", "--pause", "--parallel")
    assert done.status == 77
    assert sorted(paused.jobs()) == ["again", "build"]
    refused = paused.resume("--skip")
    assert refused.status == 2
    assert "several jobs are paused: " in refused.stderr
    assert "`python -m ci paused` lists them, with what to type." in refused.stderr
    first = paused.resume("-j", "again", "--skip")
    assert first.status == 77
    assert paused.jobs() == ["build"]
    assert paused.resume("--skip").status == 0


def test_a_job_stops_before_and_after_named_steps(paused):
    done = paused.run("w", "-j", "lint", "--pause-before", "1", "--pause-after", "lint:1")
    assert (done.status, "linted" in done.stdout.split("is paused")[0]) == (77, False)
    assert "before step 1 of 1" in done.stderr
    again = paused.resume()
    assert again.status == 77
    assert "after step 1 of 1" in again.stderr
    assert paused.resume("--continue").status == 0


def test_a_job_is_given_up_after_the_limit(paused):
    done = paused.run("w", "-j", "build", "--pause", "--pause-limit", "6s")
    assert done.status == 77
    owner = paused.owner()
    assert eventually(lambda: not alive(owner))
    log = (paused.project.path / ".nox/ci/runs/last/log/build.log").read_text()
    assert "it was paused for 6s, the limit of --pause-limit" in log


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "no job is paused"),
        (("last",), "no run is kept here"),
        (("--from", "0"), "argument --from: '0' is not a whole number of at least 1"),
        (("--retry", "--skip"), "not allowed with"),
    ],
)
def test_what_cannot_be_resumed_is_one_clear_line(tmp_path, words, message):
    project = make_project(tmp_path / "p", CONFIG)
    done = project.ci("resume", *words)
    assert done.status == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--pause-before", "Tests"), "--pause-before Tests: no job of this run has such a step"),
        (("--pause-after", "build:9"), "--pause-after build:9: no job of this run has such a step"),
        (("--from", "Nothing"), "--from Nothing: no job of this run has such a step"),
        (("--only-steps", "x"), "'x' is no range of steps"),
        (("--pause-limit", "soon"), "'soon' is not a duration"),
    ],
)
def test_a_step_that_is_not_there_is_refused_with_those_that_are(tmp_path, words, message):
    done = make_project(tmp_path / "p", CONFIG).ci("run", "w", "--engine", "host", *words)
    assert done.status == 2
    assert message in done.stderr
    if "no job" in message:
        assert "build: 1 'Checkout code', 2 'Count'" in done.stderr


@pytest.mark.parametrize(
    ("words", "steps"),
    [(("--from", "After"), [5]), (("--from", "build:4"), [4]), (("--only-steps", "1-2"), [1, 2])],
)
def test_steps_are_left_out_of_the_job_that_was_asked_for(tmp_path, words, steps):
    project = make_project(tmp_path / "p", CONFIG)
    done = project.run("w", "-j", "build", *words)
    assert [each["step"] for each in done.events if each["event"] == "step.start"] == steps
    assert any("did not run" in each for each in done.finish("build")["fidelity"]["differences"])


def test_a_second_front_is_refused_while_the_run_has_one_and_ctrl_c_there_ends_the_run(tmp_path):
    project = make_project(tmp_path / "p", CONFIG.replace("|| sleep 1", "|| sleep 300"))
    paused = Paused(project, "host")
    paused.run("two", "--pause", "--parallel")
    owner, environ = paused.owner(), {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "ci", "resume", "-j", "again", "--from", "2"]
    with subprocess.Popen(words, cwd=project.path, env=environ, stdout=subprocess.PIPE, text=True) as first:
        assert "again goes on from step 2" in first.stdout.readline()
        refused = paused.resume("-j", "build", "--skip")
        first.send_signal(signal.SIGINT)
        first.communicate()
    assert refused.status == 2
    assert "the run is being resumed elsewhere already" in refused.stderr
    assert first.returncode == 130
    assert eventually(lambda: not alive(owner))
    assert paused.jobs() == []


def test_the_run_ends_with_the_front_that_is_killed_before_it_is_left(tmp_path):
    project = make_project(tmp_path / "p", CONFIG.replace("echo linted", "sleep 300"))
    words = [sys.executable, "-m", "ci", "run", "w", "-j", "lint", "--engine", "host", "--pause"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    front = subprocess.Popen(words, cwd=project.path, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    last = project.path / ".nox/ci/runs/last"
    assert eventually(lambda: (last / "log/lint.log").exists())
    owner = int((last / "owner").read_text().split()[0])
    assert owner != front.pid
    front.kill()
    front.wait()
    assert eventually(lambda: not alive(owner))
    front.stdout.close()


def test_ctrl_c_ends_a_run_in_its_own_process(tmp_path):
    project = make_project(tmp_path / "p", CONFIG.replace("echo linted", "sleep 300"))
    words = [sys.executable, "-m", "ci", "run", "w", "-j", "lint", "--engine", "host", "--pause"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    front = subprocess.Popen(words, cwd=project.path, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    last = project.path / ".nox/ci/runs/last"
    assert eventually(lambda: (last / "log/lint.log").exists())
    owner = int((last / "owner").read_text().split()[0])
    time.sleep(0.3)
    front.send_signal(signal.SIGINT)
    assert front.wait(60) == 130
    assert eventually(lambda: not alive(owner))
    front.stdout.close()


def test_a_paused_job_whose_process_was_killed_is_paused_no_more(tmp_path):
    project = make_project(tmp_path / "p", CONFIG)
    paused = Paused(project, "host")
    paused.run("w", "--pause")
    owner = paused.owner()
    os.kill(owner, signal.SIGKILL)
    assert eventually(lambda: not alive(owner))
    assert paused.jobs() == []
    done = paused.resume()
    assert (done.status, "no job is paused" in done.stderr) == (2, True)


def test_a_paused_job_whose_place_was_killed_fails_with_the_reason_when_it_is_resumed_and_leaves_nothing(paused):
    paused.run("w", "-j", "build", "--pause")
    owner = paused.owner()
    if paused.engine == "host":
        victims, reason = below(owner), "the job's supervisor was killed"
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    elif paused.engine == "kubernetes":
        assert delete_pods() >= 1
        reason = "somebody or something"
    else:
        kill_containers(owner)
        reason = "the container exited by itself (status 137)"
    assert paused.jobs() == ["build"]
    done = paused.resume()
    assert done.status == 1
    assert reason in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert eventually(lambda: not alive(owner))
    assert paused.jobs() == []
    assert list(Path(tempfile.gettempdir()).glob(f"nox-circleci-{owner}-*")) == []


def delete_pods():
    """Delete the Pods of the worker's namespace; return how many there were, an earlier test's among them."""
    words = [
        os.environ["NOX_CIRCLECI_KUBECTL"],
        "delete",
        "pods",
        "--all",
        "--output",
        "name",
    ]  # and wait: a Pod goes on for a second
    return len(subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines())


def kill_containers(owner):
    named = ("--filter", "label=nox-circleci.owner", "--format", "{{.ID}}")
    words = [PROGRAM, "inspect", "--format", '{{.Name}} {{index .Config.Labels "nox-circleci.owner"}}']
    there = subprocess.run([PROGRAM, "ps", *named], check=True, capture_output=True, text=True).stdout.split()
    lines = subprocess.run([*words, *there], capture_output=True, text=True).stdout.splitlines()
    own = [line.split()[0].lstrip("/") for line in lines if line.split()[1:2] == [str(owner)]]
    assert own
    subprocess.run([PROGRAM, "kill", *own], check=True, capture_output=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_job_stays_paused_although_the_projects_disk_is_full(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    try:
        files = {"note.txt": "a line of it\n" * 2000}
        paused = Paused(make_project(disk / "p", CONFIG, repository=False, **files), "host")
        assert paused.run("w", "-j", "build", "--pause").status == 77
        with contextlib.suppress(OSError):
            (disk / "filler").write_bytes(b"\0" * 2_000_000)
        again = paused.resume()
        assert again.status == 77, again.stderr
        assert "No space left on device" in again.stderr
        (disk / "filler").unlink()
        assert paused.resume("--skip").status == 0
    finally:
        with contextlib.suppress(OSError, IndexError):  # it has ended, as it should
            os.kill(paused.owner(), signal.SIGTERM)
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_run_whose_project_is_removed_ends(tmp_path):
    project = make_project(tmp_path / "p", CONFIG)
    paused = Paused(project, "host")
    paused.run("w", "--pause")
    owner = paused.owner()
    shutil.rmtree(project.path)
    assert eventually(lambda: not alive(owner))
    assert not project.path.exists(), "and makes nothing of it again"


def test_a_run_with_paused_jobs_is_not_pruned(tmp_path):
    project = make_project(tmp_path / "p", CONFIG)
    paused = Paused(project, "host")
    paused.run("w", "--pause")
    first = (project.path / ".nox/ci/runs/last").resolve()
    prune(project.path / ".nox/ci", keep=0)
    assert first.is_dir()
    assert paused.jobs() == ["build"]
    paused.resume("--give-up")


def test_clean_ends_what_is_paused_and_doctor_names_it(tmp_path):
    project = make_project(tmp_path / "p", CONFIG)
    paused = Paused(project, "host")
    paused.run("w", "--pause")
    owner = paused.owner()
    folder = (project.path / ".nox/ci/runs/last").resolve()
    assert f"run {folder.name} waits with build" in project.ci("doctor").stdout
    done = project.ci("clean", "runs")
    assert f"ended run {folder.name}, in which build was paused" in done.stdout
    assert eventually(lambda: not alive(owner))
    assert not folder.exists()
