"""No list of processes of this machine, nor one in a container, shows what only the job is to know."""

import pytest

from ci.engines.docker.hidden_variables import unseen
from tests.process_list import watched
from tests.projects import make_project

IMAGE = "nox-circleci/base"
VALUES = ("service-value", "home-value", "primary-value", "token-value", "step-value", "job-value", "plain-value")
FILES = ("named-in-checkout", "named-in-cache", "named-in-workspace", "named-artifact")
CONFIG = f"""
version: 2.1
jobs:
  build:
    docker:
      - image: {IMAGE}
        command: [sleep, "1000"]
        environment: {{PRIMARY: primary-value}}
      - image: {IMAGE}
        command: [sh, -c, 'sleep 1; echo "the service has $SERVICE $HOME $DOCKER_HOST $LINES"; sleep 1000']
        environment:
          SERVICE: service-value
          HOME: /home-value
          DOCKER_HOST: unix:///service-value
          LINES: "one\\nservice-value"
    environment: {{JOB: job-value}}
    steps:
      - checkout
      - run: {{command: "sleep 2; echo $STEP", background: true, environment: {{STEP: step-value}}}}
      - run: {{command: "test $STEP-$JOB-$TOKEN = step-value-job-value-token-value", environment: {{STEP: step-value}}}}
      - run: mkdir out
      - run: 'touch out/named-in-{{cache,workspace}} out/named-artifact -- "out/named -n b\\\\c"'
      - save_cache: {{key: v1, paths: [out]}}
      - persist_to_workspace: {{root: ., paths: ["out/*"]}}
      - store_artifacts: {{path: out}}
      - run: echo "list of processes"; ps -e -o args=
workflows:
  w: {{jobs: [build]}}
"""


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path, CONFIG)
    made.write("named-in-checkout", "text")
    made.git("add", "-A")
    made.git("commit", "-qm", "a file")
    (made.path / "named-in-checkout").write_text("changed")
    made.write("named-in-checkout.new", "untracked")
    made.write("../secrets.env", "TOKEN=token-value\n")
    return made


@pytest.mark.docker
def test_no_value_and_no_name_of_a_file_is_in_a_list_of_processes(project):
    with watched() as seen:
        words = ("run", "w", "--engine", "docker", "--json", "--env-file", "../secrets.env", "--pass-env", "PLAIN")
        done = project.ci(*words, PLAIN="plain-value")
    assert done.status == 0, done.stdout
    assert any(" run " in line and "--env SERVICE" in line for line in seen), "the watcher saw the container begin"
    listed = done.output("build").partition("list of processes")[2]
    shown = {line for line in (*seen, *listed.splitlines()) if any(value in line for value in (*VALUES, *FILES))}
    own = {line for line in shown if line.startswith(("touch ", "test "))}
    assert shown == own
    assert {path.name for path in project.path.glob(".nox/ci/runs/2*/artifacts/build/out/*")} >= {
        "named-in-cache",
        "named -n b\\c",
    }


def test_variables_that_the_command_line_itself_reads_are_not_in_its_environment():
    made = unseen((("A", "1"), ("DOCKER_HOST", "x"), ("PATH", "/y"), ("https_proxy", "z"), ("B", "two\nlines")))
    assert made.options == ("--env", "A", "--env", "B", "--env-file", "/dev/stdin")
    assert made.environment == (("A", "1"), ("B", "two\nlines"))
    assert made.file == b"DOCKER_HOST=x\nPATH=/y\nhttps_proxy=z\n"


def test_variables_that_are_named_already_keep_their_way():
    made = unseen((("https_proxy", "own"),), ["https_proxy"])
    assert (made.environment, made.file) == ((("https_proxy", "own"),), None)


def test_of_two_values_the_last_counts():
    assert unseen((("A", "1"), ("A", "2"))).environment == (("A", "2"),)


@pytest.mark.docker
def test_a_service_gets_its_values_whole(tmp_path):
    config = CONFIG.replace("sleep 1; ", "").replace("sleep 1000']", "exit 3']").partition("    steps:")[0]
    steps = '    steps: [run: "sleep 5; false"]\nworkflows: {w: {jobs: [build]}}\n'
    done = make_project(tmp_path, config + steps).ci("run", "w", "--engine", "docker", "--json")
    notice = next(each["text"] for each in done.events if each["event"] == "notice" and "has ended" in each["text"])
    assert notice.endswith("the service has service-value /home-value unix:///service-value one\nservice-value")
