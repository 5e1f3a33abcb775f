"""No list of processes shows values of variables, or names of a checkout's files, while a job runs on this machine."""

from ..process_list import watched
from ..projects import make_project

VALUES = ("token-value", "step-value", "job-value", "plain-value")
CONFIG = """
version: 2.1
jobs:
  build:
    docker: [{image: a/b}]
    environment: {JOB: job-value}
    steps:
      - checkout
      - run: {command: "test $STEP-$JOB-$TOKEN = step-value-job-value-token-value", environment: {STEP: step-value}}
      - run: {command: "sleep 1", background: true, environment: {STEP: step-value}}
      - save_cache: {key: v1, paths: [.]}
      - persist_to_workspace: {root: ., paths: ["named-*"]}
      - store_artifacts: {path: named-new}
      - run: sleep 0.5; ps -e -o args= >list; ! grep -v grep list | grep -e -value -e named-
workflows:
  w: {jobs: [build]}
"""


def test_no_value_and_no_name_of_a_file_is_in_a_list_of_processes(tmp_path):
    project = make_project(tmp_path, CONFIG)
    for name in ("named-same", "named-changed", "named-gone", "a folder/named-moved"):
        project.write(name, name)
    project.git("add", "-A")
    project.git("commit", "-qm", "files")
    project.write("named-changed", "other")
    project.write("named-new", "new")
    (project.path / "named-gone").unlink()
    project.git("mv", "a folder/named-moved", "named-elsewhere")
    project.write("../secrets.env", "TOKEN=token-value\n")
    with watched() as seen:
        done = project.run("w", "--env-file", "../secrets.env", "--pass-env", "PLAIN", PLAIN="plain-value")
    assert done.status == 0, done.stdout
    assert any("git" in line for line in seen), "the watcher saw the checkout"
    shown = [line for line in seen if any(value in line for value in (*VALUES, "named-"))]
    assert [line for line in shown if not line.startswith(("grep ", "bash -c sleep"))] == []
