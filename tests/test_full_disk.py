"""A full disk, for real: messages, no tracebacks, and no step that counts as passed without having run."""

import contextlib
import os
import subprocess

import pytest

from .projects import make_project

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
CONFIG = """
version: 2.1
jobs:
  build:
    docker: [{image: a/b}]
    steps:
      - run: "yes >big || echo filled"
      - run: echo ran without a script
      - run: {command: rm big, when: always, shell: sh -c}
      - run: {command: echo there is room, when: always}
workflows: {w: {jobs: [build]}}
"""


@pytest.fixture
def disk(tmp_path):
    """A disk of 300 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_step_whose_script_does_not_fit_fails_and_says_why_and_the_next_that_fits_runs(tmp_path, disk):
    done = make_project(tmp_path / "project", CONFIG).run("w", TMPDIR=str(disk))
    ended = [event for event in done.events if event["event"] == "step.finish"]
    assert [event["status"] for event in ended] == ["success", "failed", "success", "success"]
    assert "No space left on device" in ended[1]["message"]
    assert done.output("build").endswith("filled\nthere is room\n")


def test_a_project_on_a_full_disk_is_reported(tmp_path, disk):
    project = make_project(disk / "project", CONFIG)
    with contextlib.suppress(OSError):
        (disk / "filler").write_bytes(b"\0" * 1_000_000)
    done = project.ci("run", "w", "--engine", "host")
    assert done.status == 1
    assert "No space left on device" in done.stderr
    assert "Make room" in done.stderr
    assert "Traceback" not in done.stderr
