"""``shell JOB`` after a run with ``--keep``: the place of a job that has ended, with what its steps had."""

import os
import subprocess
import sys

import pytest

from ..engine_params import ENGINES
from ..patience import eventually
from ..projects import ROOT, make_project
from ..windows import window

CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        parallelism: 2
        steps:
          - checkout
          - run: {name: Hand on, command: "echo 'export HANDED=on' >> $BASH_ENV"}
          - run:
              name: Test
              command: "env -0 > ~/test.env; echo $CIRCLE_NODE_INDEX > /tmp/node; test ! -e bad"
              environment: {OWN: "1"}
          - run: {name: After, command: env -0 > ~/after.env}
    workflows: {w: {jobs: [{build: {context: [team]}}]}}
    """
SECRETS = ("--env", "TOKEN=hunter22-x")


class KeptJob:
    """A project whose run has kept its job."""

    def __init__(self, folder, engine, *words):
        self.project = make_project(folder, CONFIG, bad="", **{".gitignore": "secrets\n.circleci/contexts\n"})
        (folder / "secrets").write_text("FROM_FILE=file-secret\n")
        self.project.write(".circleci/contexts/team.env", "TEAM=context-value\n").chmod(0o600)
        self.project.ci("trust")
        words = ("run", "w", "--engine", engine, "--keep", *SECRETS, "--env-file", "secrets", *words)
        assert self.project.ci(*words).status == 1

    def script(self, text, *words):
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        args = [sys.executable, "-m", "ci", "shell", *words]
        return subprocess.run(
            args, input=text, cwd=self.project.path, env=environ, capture_output=True, text=True, timeout=60
        )

    def clean(self):
        self.project.ci("clean", "runs")
        self.project.ci("clean", "containers")


@pytest.fixture(scope="module", params=ENGINES)
def kept(request, tmp_path_factory):
    made = KeptJob(tmp_path_factory.mktemp("kept") / "p", request.param)
    yield made
    made.clean()


@pytest.mark.parametrize("node", [0, 1])
def test_the_variables_are_those_of_the_failed_step_and_the_files_are_there(kept, node):
    done = kept.script("env -0 > ~/own.env; cmp ~/test.env ~/own.env; cat /tmp/node; ls", f"build/{node}", *SECRETS)
    assert (done.returncode, done.stdout) == (0, f"{node}\nbad\n"), done.stderr
    assert f"a shell in build/{node} as in step 3 of 4 'Test'" in done.stderr
    assert "not masked: TEAM, FROM_FILE, TOKEN" in done.stderr
    assert "hunter22-x" not in done.stderr


def test_what_a_shell_leaves_is_there_for_the_next_one(kept):
    assert kept.script("echo left > ~/left", "build", *SECRETS).returncode == 0
    assert kept.script("cat ~/left", "build", *SECRETS, "--step", "4").stdout == "left\n"


def test_secrets_that_are_not_recorded_are_asked_for_on_a_terminal_and_named_elsewhere(kept):
    done = kept.script("echo never", "build")
    assert (done.returncode, done.stdout) == (2, "")
    assert "had variables that are not recorded: TOKEN" in done.stderr
    assert "--env TOKEN=VALUE" in done.stderr
    with window(kept.project.path, "shell", "build", columns=100) as seen:
        assert eventually(lambda: any("TOKEN of run" in line for line in seen.lines) and not seen.echoes)
        seen.type("typed-value\n")
        assert eventually(lambda: seen.lines[-1].startswith("(build/0) ~/project"))
        assert not seen.shows("typed-value")
        seen.type("test $TOKEN = typed-value && exit 5\n")
        assert seen.end() == 5


def test_a_job_that_has_changed_since_is_said_to(kept):
    kept.project.write(".circleci/config.yml", CONFIG.replace('OWN: "1"', 'OWN: "2"'))
    done = kept.script("echo $OWN", "build", *SECRETS)
    kept.project.write(".circleci/config.yml", CONFIG)
    assert done.stdout == "2\n"
    assert "build has changed in the config since" in done.stderr


def test_under_folder_isolation_the_jobs_folder_is_kept_until_a_run_takes_it(tmp_path, monkeypatch):
    (tmp_path / "t").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))  # other runs of this user take it too
    made = KeptJob(tmp_path / "p", "host", "--isolation", "folder")
    done = made.script("env -0 > ~/own.env; cmp ~/test.env ~/own.env; echo here", "build", *SECRETS)
    assert (done.returncode, done.stdout) == (0, "here\n"), done.stderr
    made.clean()


def test_a_record_that_is_not_the_users_own_opens_nothing(tmp_path):
    made = KeptJob(tmp_path / "p", "host")
    record = made.project.path / ".nox/ci/runs/last/run.json"
    record.write_text(record.read_text().replace('"seal": "', '"seal": "0'))
    done = made.script("echo never", "build", *SECRETS)
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no record that you have completed here" in done.stderr
    made.clean()


def test_a_job_whose_folder_is_gone_is_one_clear_line(tmp_path):
    made = KeptJob(tmp_path / "p", "host")
    kept = os.readlink(made.project.path / ".nox/ci/runs/last/kept")
    subprocess.run(["rm", "-rf", kept], check=True)
    done = made.script("echo never", "build", *SECRETS)
    assert (done.returncode, done.stdout) == (1, "")
    assert "the folder of build/0 is no more" in done.stderr
    assert "Traceback" not in done.stderr
