"""``--keep`` on host: the folder of each job stays, and the end of the run says where."""

import re
from pathlib import Path

import pytest

from tests.projects import make_project

CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: a/b}]
        steps: [{run: echo made > ~/made}]
    workflows: {w: {jobs: [build]}}
    """


@pytest.mark.parametrize("isolation", ["auto", "folder"])
def test_the_summary_leads_to_the_folder_of_a_kept_job_and_its_other_command_removes_that(tmp_path, isolation):
    project = make_project(tmp_path / "p", CONFIG)
    done = project.ci("run", "w", "--engine", "host", "--keep", "--isolation", isolation)
    assert done.status == 0, done.stderr
    lines = r"  Kept: build: cd (\S+)\n.*: python -m ci shell build\n  Removed by: python -m ci clean runs"
    found = re.search(f"^{lines}$", done.stdout, re.MULTILINE)
    assert found, done.stdout
    assert [each.read_text() for each in Path(found[1]).rglob("made")] == ["made\n"]
    assert project.ci("clean", "runs").status == 0
    assert not Path(found[1]).exists()
