"""What ``--detach`` goes together with."""

from __future__ import annotations

import pytest

from ci.errors import UsageError
from ci.options.table import Options
from ci.pipeline.detached_options import detaches, refuse_setup, refuse_several
from tests.projects import make_project

CONFIG = """
    version: 2.1
    jobs: {build: {docker: [{image: base}], steps: [run: echo built]}}
    workflows: {w: {jobs: [build]}, v: {jobs: [build]}}
    """


@pytest.mark.parametrize("engine", ["host", "docker", "circleci"])
def test_jobs_of_another_engine_end_with_the_program(engine):
    assert not detaches(Options(), engine)
    with pytest.raises(UsageError, match=f"the jobs of the engine {engine} end with this program"):
        detaches(Options(detach=True), engine)


@pytest.mark.parametrize("field", ["pause", "tty", "keep"])
def test_what_needs_this_machine_does_not_go_together_with_it(field):
    with pytest.raises(UsageError, match=f"does not go together with --{field}"):
        detaches(Options(detach=True, **{field: True}), "kubernetes")
    assert detaches(Options(detach=True), "kubernetes")


def test_one_workflow_can_be_left_and_no_setup():
    refuse_several(Options(), 2)
    refuse_setup(Options())
    refuse_several(Options(detach=True), 1)
    with pytest.raises(UsageError, match="2 workflows"):
        refuse_several(Options(detach=True), 2)
    with pytest.raises(UsageError, match="a setup workflow"):
        refuse_setup(Options(detach=True))


def test_a_run_that_cannot_be_left_does_not_begin(tmp_path):
    project = make_project(tmp_path, CONFIG)
    done = project.ci("run", "w", "--engine", "host", "--detach")
    assert (done.status, done.stdout) == (2, "")
    assert "--detach: the jobs of the engine host end with this program" in done.stderr
    assert not (project.path / ".nox/ci/runs").exists()
