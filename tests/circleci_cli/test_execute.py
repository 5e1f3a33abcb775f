"""The engine ``circleci`` with the real 0.1.x CLI. What this proves is the invocation and the merged config.

The build agent's image cannot be had, so ``docker`` is a stand-in that records what it was asked for; the recorded
config is then run by the docker engine.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import yaml

from ci.runtime.fidelity import LEFT_OUT

from ..projects import ROOT, make_project
from .test_serve import served

pytestmark = pytest.mark.circleci

CONFIG = """
    version: 2.1
    executors: {py: {docker: [{image: nox-circleci/base}], environment: {BOTH: shared}}}
    jobs:
      build:
        executor: py
        environment: {STAGE: build}
        steps:
          - checkout
          - run: echo installed >> log
          - run: echo "$STAGE $BOTH" >> log
          - persist_to_workspace: {root: ., paths: [log]}
      test:
        executor: py
        environment: {STAGE: test}
        steps:
          - checkout
          - attach_workspace: {at: .}
          - run: echo "$STAGE $WORD" >> log
          - run: {command: cat log file, when: always}
    workflows: {w: {jobs: [build, test: {requires: [build]}]}}
    """
# Stands in for docker: keeps the words of `docker run` and what it would mount, and ends with the given status.
DOCKER = """#!/bin/bash
case $1 in
  info) echo 1 ;;
  run)
    printf '%s\\n' "$@" >{record}/words.new
    for word in "$@"; do
      case $word in
        type=bind,src=*_circleci_config.yml,*) src=${{word#*src=}}; cp "${{src%%,*}}" {record}/config.yml ;;
        *,dst=/root/.circleci) src=${{word#*src=}}; cp -r "${{src%%,*}}" {record}/settings ;;
      esac
    done
    ls -A >{record}/files
    echo "the agent says $SECRET_OF_MINE hunter2hunter2"
    mv {record}/words.new {record}/words
    [ ! -e {record}/hang ] || sleep 600
    exit "$(cat {record}/status 2>/dev/null || echo 0)" ;;
esac
"""


@pytest.fixture
def record(tmp_path):
    folder = tmp_path / "record"
    folder.mkdir()
    return folder


@pytest.fixture
def environ(tmp_path, real_cli, record):
    """Variables of a user who has the CLI, a token in its settings, and the stand-in."""
    programs, home, temporary = (tmp_path / name for name in ("bin", "home", "tmp"))
    for folder in (programs, home / ".circleci", temporary):
        folder.mkdir(parents=True)
    (programs / "circleci").symlink_to(real_cli)
    (programs / "docker").write_text(DOCKER.format(record=record))
    (programs / "docker").chmod(0o755)
    (home / ".circleci" / "cli.yml").write_text("host: https://circleci.com\ntoken: token-of-mine\n")
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "DOCKER_HOST": "unix:///somewhere/docker.sock",
        "SECRET_OF_MINE": "not-for-anybody",
    }


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project", CONFIG, file="content\n")


def run(project, environ, *words):
    """A run of the workflow, compiled by this project's server as the CLI's."""
    with served(project) as url:
        given = ("run", "w", "--engine", "circleci", "--env", "WORD=hunter2hunter2", *words)
        return project.ci(*given, CIRCLECI_CLI_HOST=url, **environ)


def test_one_local_execute_runs_the_merged_job_and_nothing_is_left(project, environ, record, tmp_path):
    result = run(project, environ)
    assert result.status == 0, result.stdout + result.stderr
    words = (record / "words").read_text().splitlines()
    [image] = [word for word in words if word.startswith("circleci/picard@sha256:")]
    assert words[words.index(image) + 1 : words.index(image) + 3] == ["circleci", "build"]
    assert words[words.index("--job") + 1] == "w"
    assert words[words.index("--env") + 1] == "WORD=hunter2hunter2"
    assert "type=bind,src=/somewhere/docker.sock,dst=/var/run/docker.sock" in words
    folder = words[words.index("--workdir") + 1]
    assert folder != str(project.path)
    assert (record / "files").read_text().split() == [".circleci", ".git", "file"]
    assert not os.path.exists(folder)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert "Persisting to Workspace, Attaching Workspace" in result.stdout
    assert "build, test" in result.stdout
    assert project.git("status", "--porcelain") == ""


def test_the_merged_config_has_each_step_once(project, environ, record):
    run(project, environ)
    job = yaml.safe_load((record / "config.yml").read_text())["jobs"]["w"]
    assert job["docker"] == [{"image": "nox-circleci/base"}]
    assert job["environment"] == [{"BOTH": "shared"}]  # as CircleCI's compiler writes that of a 2.1 config
    assert [step if isinstance(step, str) else step["run"]["command"] for step in job["steps"]] == [
        "checkout",
        "echo installed >> log",
        'echo "$STAGE $BOTH" >> log',
        'echo "$STAGE $WORD" >> log',
        "cat log file",
    ]


def test_no_token_is_mounted_and_no_variable_or_secret_of_the_users_shows(project, environ, record):
    result = run(project, environ)
    mounted = "".join(path.read_text() for path in (record / "settings").rglob("*") if path.is_file())
    assert "host: https://circleci.com" in mounted
    assert "token-of-mine" not in mounted + (record / "words").read_text()
    assert "the agent says  ****" in result.stdout


def test_the_label_says_what_was_left_out_and_merged(project, environ):
    fidelity = run(project, environ, "--json").finish("w")["fidelity"]
    assert fidelity["level"] == "emulated"
    assert {"build, test run in one", LEFT_OUT} <= set(fidelity["differences"])


def test_its_exit_status_is_the_result(project, environ, record):
    (record / "status").write_text("7")
    result = run(project, environ)
    assert result.status == 1
    assert "failed with exit status 7" in result.stdout


def test_without_token_and_host_the_cli_compiles_here(project, environ, record, tmp_path):
    (tmp_path / "home" / ".circleci" / "cli.yml").unlink()
    result = project.ci("run", "w", "--engine", "circleci", "-v", **environ)
    assert result.status == 0, result.stdout
    assert "compiled here" in result.stdout
    assert (record / "config.yml").exists()


def interrupted(project, environ, tmp_path, begun):
    """The exit status of a run that gets Ctrl-C once it has begun; its temporary files must be gone."""
    words = [sys.executable, "-m", "ci", "run", "w", "--engine", "circleci"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
    (tmp_path / "home" / ".circleci" / "cli.yml").unlink(missing_ok=True)
    with subprocess.Popen(words, cwd=project.path, env=variables, stdout=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 60
        while not begun() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert list((tmp_path / "tmp").iterdir()) != []
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert list((tmp_path / "tmp").iterdir()) == []
    return running.returncode


def test_ctrl_c_leaves_nothing(project, environ, record, tmp_path):
    (record / "hang").touch()
    assert interrupted(project, environ, tmp_path, (record / "words").exists) == 130


@pytest.mark.docker
def test_an_agent_that_does_not_end_is_removed_with_its_container(project, environ, record, tmp_path):
    real = shutil.which("docker")
    if not real or os.environ.get("NOX_CIRCLECI_DOCKER", "docker") != "docker":
        pytest.skip("the CLI takes docker alone")
    # The stand-in starts a container of the engine that mounts what the agent's would, and ignores SIGTERM.
    hangs = 'run --rm --mount "type=bind,src=$PWD,dst=$PWD" nox-circleci/base sleep 600'
    run = f'echo "$PWD" >{record}/words; exec {real} {hangs}'
    text = f'#!/bin/bash\ncase $1 in\n  run) {run} ;;\n  *) exec {real} "$@" ;;\nesac\n'
    (tmp_path / "bin" / "docker").write_text(text)
    environ["DOCKER_HOST"] = os.environ.get("DOCKER_HOST", "")

    def there():
        copy = (record / "words").read_text().strip() if (record / "words").exists() else "/nowhere"
        return subprocess.check_output([real, "ps", "-aq", "--filter", f"volume={copy}"], text=True).split()

    assert interrupted(project, environ, tmp_path, there) == 130
    assert there() == []


def test_a_dry_run_shows_the_merged_job_and_what_is_left_out(project, environ, record):
    output = project.ci("run", "w", "--engine", "circleci", "--dry-run", **environ).stdout
    assert "1. w: on py, merged from build, test" in output
    assert "[left out] Persisting to Workspace" in output
    assert not (record / "words").exists()


def test_a_parent_of_another_image_is_refused_before_anything_runs(project, environ, record):
    project.write(".circleci/config.yml", CONFIG.replace("executor: py", "docker: [{image: other/image}]", 1))
    result = project.ci("run", "w", "-j", "test", "--engine", "circleci", **environ)
    assert result.status == 2
    assert "build (other/image) cannot be merged with test (nox-circleci/base)" in result.stderr
    assert "--engine docker" in result.stderr
    assert not (record / "words").exists()


@pytest.mark.docker
def test_the_recorded_config_runs_to_its_end_on_the_docker_engine(project, environ, record, tmp_path):
    run(project, environ)
    again = make_project(tmp_path / "again", (record / "config.yml").read_text(), file="content\n")
    result = again.ci("run", "w", "--engine", "docker", "--env", "WORD=7", "--json")
    assert result.status == 0, result.stdout
    assert "installed\nbuild shared\ntest 7\ncontent\n" in result.output("w")
