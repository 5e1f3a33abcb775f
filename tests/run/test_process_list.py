"""No list of processes shows values of variables, or names of a checkout's files, while a job runs on this machine."""

from ..process_list import watched
from ..projects import make_project

VALUES = ("token-word", "step-word", "job-word", "plain-word")
CONFIG = """
version: 2.1
jobs:
  build:
    docker: [{image: a/b}]
    environment: {JOB: job-word}
    steps:
      - checkout
      - run: {command: "test $STEP-$JOB-$TOKEN = step-word-job-word-token-word", environment: {STEP: step-word}}
      - run: {command: "sleep 1", background: true, environment: {STEP: step-word}}
      - save_cache: {key: v1, paths: [.]}
      - persist_to_workspace: {root: ., paths: ["listed-*"]}
      - store_artifacts: {path: listed-new}
      - run: sleep 0.5; ps -e -o args= >list; ! grep -v grep list | grep -e -word -e listed-
workflows:
  w: {jobs: [build]}
"""


def test_no_value_and_no_name_of_a_file_is_in_a_list_of_processes(tmp_path):
    project = make_project(tmp_path, CONFIG)
    for name in ("listed-same", "listed-changed", "listed-gone", "a folder/listed-moved"):
        project.write(name, name)
    project.git("add", "-A")
    project.git("commit", "-qm", "files")
    project.write("listed-changed", "other")
    project.write("listed-new", "new")
    (project.path / "listed-gone").unlink()
    project.git("mv", "a folder/listed-moved", "listed-elsewhere")
    project.write("../secrets.env", "TOKEN=token-word\n")
    with watched() as seen:
        done = project.run("w", "--env-file", "../secrets.env", "--pass-env", "PLAIN", PLAIN="plain-word")
    assert done.status == 0, done.stdout
    assert any("git" in line for line in seen), "the watcher saw the checkout"
    shown = [line for line in seen if any(value in line for value in (*VALUES, "listed-"))]
    assert [line for line in shown if not line.startswith(("grep ", "bash -c sleep"))] == []
