"""``rerun``: what failed runs again, with what requires it; everything else is taken from that run."""

import json
import os
import subprocess
import sys
from shutil import copytree as copy_tree

import pytest

from ci.record.run_record import VERSION
from ci.system.private_files import read_rewritten
from ci.system.removal import remove_tree
from tests.patience import eventually
from tests.projects import ROOT, make_project

from ..engine_params import ENGINES

CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps:
          - checkout
          - run: mkdir -p out && cp note.txt out/built && echo built
          - persist_to_workspace: {root: out, paths: [built]}
          - store_artifacts: {path: out}
      test:
        docker: [{image: nox-circleci/base}]
        steps:
          - checkout
          - attach_workspace: {at: /tmp/ws}
          - run: {name: Test, command: "cat /tmp/ws/built; test -e ok"}
      lint:
        docker: [{image: nox-circleci/base}]
        steps: [{run: echo linted}]
      deploy:
        docker: [{image: nox-circleci/base}]
        steps:
          - attach_workspace: {at: /tmp/ws}
          - run: echo "$CIRCLE_PIPELINE_ID $SECRET $(cat /tmp/ws/built)"
    workflows:
      w: {jobs: [build, {test: {requires: [build]}}, lint, {deploy: {requires: [test, lint]}}]}
    """


class Reruns:
    def __init__(self, project, engine):
        self.project, self.engine = project, engine

    def first(self, *words):
        return self.project.ci("run", "w", "--engine", self.engine, "--json", *words)

    def rerun(self, *words, **environ):
        return self.project.ci("rerun", *words, "--json", **environ)

    @property
    def record(self):
        return json.loads(read_rewritten(self.project.path / ".nox/ci/runs/last/run.json"))


@pytest.fixture(params=ENGINES)
def reruns(request, tmp_path):
    return Reruns(make_project(tmp_path / "p", CONFIG, **{"note.txt": "first\n"}), request.param)


@pytest.fixture
def here(tmp_path):
    return Reruns(make_project(tmp_path / "p", CONFIG, **{"note.txt": "first\n"}), "host")


def test_the_failed_job_and_what_hangs_on_it_run_again_with_the_kept_workspace(reruns):
    first = reruns.first()
    assert first.jobs() == {"build": "success", "test": "failed", "lint": "success", "deploy": "not_run"}
    reruns.project.write("ok", "")
    reruns.project.write("note.txt", "second\n")
    again = reruns.rerun()
    assert again.status == 0, again.stdout + again.stderr
    assert again.jobs() == {"test": "success", "deploy": "success"}
    assert "first" in again.output("test"), "the workspace is the earlier run's"
    assert "first" in again.output("deploy")


def test_a_line_says_what_is_taken_from_which_run_and_that_it_had_other_files(here):
    run = here.first().first("run.start")["run"]
    here.project.write("ok", "")
    again = here.rerun()
    notices = [each["text"] for each in again.events if each["event"] == "notice"]
    at = notices.index(f"taken from run {run}: build, lint")
    assert notices[at + 1].endswith("; what runs now gets the files as they are)")


def test_the_line_says_if_another_version_of_this_program_has_run_what_is_taken(here):
    run = here.first().first("run.start")["run"]
    forge(here, lambda record: record.update(package="0.0.1"))
    here.project.write("ok", "")
    again = here.rerun()
    assert again.status == 0, again.stderr
    notices = [each["text"] for each in again.events if each["event"] == "notice"]
    assert any(each.startswith(f"taken from run {run}, of version 0.0.1 (this is ") for each in notices)


def test_results_artifacts_and_logs_are_the_new_runs_too(here):
    run = here.first().first("run.start")["run"]
    here.project.write("ok", "")
    here.rerun()
    folder = here.project.path / ".nox/ci/runs/last"
    assert (folder / "artifacts/build/out/built").read_text() == "first\n"
    assert "built" in (folder / "log/build.log").read_text()
    jobs = {each["name"]: each for each in here.record["workflows"][0]["jobs"]}
    assert {name: each["from_run"] for name, each in jobs.items()} == {
        "build": run, "test": "", "lint": run, "deploy": "",
    }  # fmt: skip
    assert here.record["result"] == "success"


def test_a_rerun_of_a_rerun_takes_from_both(here):
    run = here.first().first("run.start")["run"]
    middle = here.rerun()
    assert middle.jobs() == {"test": "failed", "deploy": "not_run"}
    here.project.write("ok", "")
    assert here.rerun().status == 0
    assert {each["from_run"] for each in here.record["workflows"][0]["jobs"]} == {"", run}


def test_the_pipeline_keeps_its_number_and_id(here):
    here.first()
    before = here.record["workflows"][0]
    here.project.write("ok", "")
    output = here.rerun().output("deploy")
    after = here.record["workflows"][0]
    assert before["pipeline_id"] in output
    assert after["pipeline_number"] == before["pipeline_number"]
    assert after["workflow_id"] != before["workflow_id"]


def test_named_jobs_run_again_with_what_hangs_on_them(here):
    here.project.write("ok", "")
    assert here.first().status == 0
    again = here.rerun("lint")
    assert again.jobs() == {"lint": "success", "deploy": "success"}


def test_all_jobs_run_again(here):
    here.project.write("ok", "")
    here.first()
    assert set(here.rerun("--all").jobs()) == {"build", "test", "lint", "deploy"}


def test_a_run_is_named_by_last_number_or_id(here):
    run = here.first().first("run.start")["run"]
    here.project.write("ok", "")
    assert here.rerun("last").status == 0
    assert here.rerun("-1").jobs() == {"test": "success", "deploy": "success"}
    assert here.rerun(run).jobs() == {"test": "success", "deploy": "success"}


def test_what_is_typed_now_is_added_to_the_options_of_then(here):
    here.first("--branch", "feature/x")
    here.project.write("ok", "")
    again = here.rerun("--env", "SECRET=now")
    assert again.status == 0
    assert here.record["branch"] == "feature/x"
    assert here.record["options"]["engine"] == "host"
    assert here.record["options"]["env"] == ["SECRET=..."]


def test_secrets_are_not_recorded_and_must_be_given_again(here):
    here.first("--env", "SECRET=hunter22")
    assert "hunter22" not in (here.project.path / ".nox/ci/runs/last/run.json").read_text()
    refused = here.rerun()
    assert refused.status == 2
    assert "had variables that are not recorded: SECRET" in refused.stderr
    assert "--env SECRET=VALUE" in refused.stderr
    here.project.write("ok", "")
    assert here.rerun("--env", "SECRET=hunter22").status == 0


def test_a_variable_that_was_only_named_is_looked_up_again(here):
    assert here.project.ci("run", "w", "--engine", "host", "--env", "SECRET", SECRET="hunter22").status == 1
    refused = here.rerun()
    assert (refused.status, "--env SECRET: SECRET is not set" in refused.stderr) == (2, True)
    here.project.write("ok", "")
    assert here.rerun(SECRET="hunter23").status == 0
    assert here.record["options"]["env"] == ["SECRET"]


def test_a_variable_that_was_only_named_is_printed_by_the_users_command_again(here, tmp_path):
    settings = tmp_path / "xdg/nox-circleci/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[env-commands]\nSECRET = "echo hunter22"\n')
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert here.project.ci("run", "w", "--engine", "host", "--env", "SECRET", **environ).status == 1
    here.project.write("ok", "")
    assert here.rerun(**environ).status == 0


def test_a_record_of_somebody_else_looks_up_no_variable_of_the_users(here):
    here.first("--env", "SECRET=hunter22")
    forge(here, lambda record: record["options"].update(env=["MINE"], engine="docker"))
    refused = here.rerun(MINE="mine")
    assert (refused.status, "had variables that are not recorded: MINE" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing failed in run "),
        (("nothing",), "the run has no job 'nothing'"),
        (("-7",), "there is no run -7"),
        (("--parallell",), "unknown option '--parallell'"),
    ],
)
def test_what_cannot_be_run_again_is_one_clear_line(here, words, message):
    here.project.write("ok", "")
    here.first()
    before = (here.project.path / ".nox/ci/runs/last").resolve()
    refused = here.rerun(*words)
    assert refused.status == 2
    assert message in refused.stderr
    assert (here.project.path / ".nox/ci/runs/last").resolve() == before, "no run has begun"


def test_a_kept_job_that_has_changed_since_is_refused(here):
    here.first()
    here.project.write("ok", "")
    here.project.write(".circleci/config.yml", CONFIG.replace("echo built", "echo otherwise"))
    refused = here.rerun()
    assert refused.status == 2
    assert "build has changed since run" in refused.stderr
    assert "rerun build" in refused.stderr
    assert here.rerun("build").status == 0


def test_a_failed_job_that_has_changed_runs_as_it_is_now(here):
    here.first()
    here.project.write(".circleci/config.yml", CONFIG.replace("test -e ok", "true"))
    assert here.rerun().jobs() == {"test": "success", "deploy": "success"}


def test_a_workspace_that_is_gone_is_one_clear_line(here):
    here.first()
    for place in (here.project.path / ".nox/ci/runs/last/workspaces").iterdir():
        place.rename(place.with_name("elsewhere"))
    refused = here.rerun()
    assert refused.status == 2
    assert "the workspace of build in run" in refused.stderr
    assert "rerun build" in refused.stderr
    here.project.write("ok", "")
    assert here.rerun("build").status == 0, "that command is about the same run: no other has begun"


def forge(reruns, change):
    """Change the record of the last run as somebody else could who has the project's folder."""
    place = (reruns.project.path / ".nox/ci/runs/last").resolve() / "run.json"
    record = json.loads(place.read_text())
    change(record)
    place.write_text(json.dumps(record))


def test_a_record_of_a_later_version_is_one_clear_line(here):
    here.first()
    forge(here, lambda record: record.update(version=VERSION + 1))
    refused = here.rerun()
    assert refused.status == 2
    assert f"version {VERSION + 1}" in refused.stderr
    assert "Run the workflow again" in refused.stderr


@pytest.mark.parametrize(
    "options",
    [{"share": ["/etc"]}, {"env_files": ["/etc/passwd"]}, {"config": "../other.yml"}, {"approve": ["all"]}],
)
def test_a_record_that_somebody_else_has_written_does_not_count_for_what_is_the_users(here, options):
    here.first()
    forge(here, lambda record: record["options"].update(options))
    refused = here.rerun()
    assert refused.status == 2
    assert "has no record that you have completed here: its --" in refused.stderr


def test_a_run_that_was_killed_goes_on_by_its_options_once_a_step_of_it_has_ended(here):
    here.project.write("slow", "")
    here.project.write(".circleci/config.yml", CONFIG.replace("test -e ok", "test ! -e slow || sleep 300"))
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "ci", "run", "w", "--engine", "host"]
    running = subprocess.Popen(words, cwd=here.project.path, env=environ, stdout=subprocess.DEVNULL)
    log = here.project.path / ".nox/ci/runs/last/log/test.log"
    assert eventually(lambda: log.exists() and "3. Test" in log.read_text())
    assert eventually(lambda: here.record["workflows"][0]["jobs"][0]["status"] == "success")
    running.kill()
    running.wait()
    (here.project.path / "slow").unlink()
    again = here.rerun()
    assert again.status == 0, again.stderr
    assert "build" not in again.jobs()


def test_a_recorded_noxfile_is_no_consent_to_what_the_project_asks_for(here):
    here.first()
    here.project.write("pyproject.toml", '[tool.nox-circleci]\npass-env = ["MY_TOKEN"]\n')
    forge(here, lambda record: record["options"].update(noxfile=str(here.project.path)))
    refused = here.rerun("--engine", "host", MY_TOKEN="hunter22")
    assert refused.status == 2
    assert "needs your consent for" in refused.stderr


def test_a_record_of_another_project_does_not_count_although_it_is_the_users(here, tmp_path):
    here.first()
    copy = Reruns(make_project(tmp_path / "other", CONFIG), "host")
    copy_tree(here.project.path / ".nox", copy.project.path / ".nox")
    assert "its --engine does not count" in copy.rerun().stderr
    assert "its --engine does not count" not in here.rerun().stderr


def test_an_approval_in_a_record_of_somebody_else_is_asked_for_again(tmp_path):
    config = """\
        version: 2.1
        jobs:
          test: {docker: [{image: nox-circleci/base}], steps: [{run: exit 1}]}
          deploy: {docker: [{image: nox-circleci/base}], steps: [{run: echo deployed}]}
        workflows:
          w: {jobs: [test, {hold: {type: approval}}, {deploy: {requires: [hold]}}]}
        """
    here = Reruns(make_project(tmp_path / "p", config), "host")
    assert here.first("--approve", "hold").jobs()["deploy"] == "success"

    def without_approval(record):
        record["options"]["approve"] = []

    forge(here, without_approval)
    assert here.rerun("deploy", "--engine", "host").jobs().get("deploy") != "success"


@pytest.mark.parametrize("place", ["artifacts_folder", "results_folder", "log", "layers"])
def test_what_lies_behind_a_link_is_not_taken_over(here, tmp_path, place):
    (tmp_path / "private/mine.0.layer").mkdir(parents=True)
    (tmp_path / "private/key").write_text("secret")
    here.first()
    run = (here.project.path / ".nox/ci/runs/last").resolve()
    (run / "link").symlink_to(tmp_path / "private")

    def through_link(record):
        job = next(each for each in record["workflows"][0]["jobs"] if each["name"] == "build")
        values = {"artifacts_folder": "link", "results_folder": "link", "layers": ["link/mine.0.layer"]}
        if place == "log":
            job["nodes"][0]["log"] = "link/key"
        else:
            job[place] = values[place]

    forge(here, through_link)
    refused = here.rerun()
    assert refused.status == 2
    assert "is or lies behind a link" in refused.stderr
    copies = [each for each in (here.project.path / ".nox").rglob("key") if not each.is_relative_to(run)]
    assert copies == []


def test_folders_that_are_too_deep_to_be_copied_are_one_clear_line(here):
    here.first()
    top = (here.project.path / ".nox/ci/runs/last").resolve() / "artifacts/build"
    for depth in range(1, 1200):
        os.mkdir(f"{top}{'/d' * depth}")
    refused = here.rerun()
    assert remove_tree(here.project.path) is None, "nor can pytest remove it"
    assert refused.status == 2
    assert "nested too deep to be copied" in refused.stderr


@pytest.mark.parametrize("change", [{"engine": 7}, {"parallel": "many"}, {"jobs": "build"}])
def test_a_recorded_value_that_is_none_of_the_option_is_refused(here, change):
    here.first()
    forge(here, lambda record: record["options"].update(change))
    refused = here.rerun("--engine", "host")
    assert refused.status == 2
    assert "which is not one of its values" in refused.stderr
