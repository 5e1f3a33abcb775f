"""What of a job is reused in a cluster: only what has its images by digest."""

from __future__ import annotations

import json

import pytest

from tests.projects import make_project

pytestmark = pytest.mark.kubernetes
CONFIG = """\
    version: 2.1
    jobs:
      build:
        docker: [{image: IMAGE}]
        steps: [{run: echo built}]
    workflows: {w: {jobs: [build]}}
    """


@pytest.fixture
def digest(cluster):
    """The test image by its digest, as the nodes have it."""
    nodes = json.loads(cluster.kubectl("get", "nodes", "-o", "json"))["items"]
    names = [name for node in nodes for image in node["status"].get("images", ()) for name in image["names"] or ()]
    return next(name for name in names if "nox-circleci/base@sha256:" in name)


def run(project):
    return project.ci("run", "w", "--engine", "kubernetes", "--reuse=explain")


def test_a_job_whose_image_is_named_by_its_digest_is_reused_until_its_settings_change(tmp_path, digest, monkeypatch):
    project = make_project(tmp_path, CONFIG.replace("IMAGE", digest))
    assert "no kept run has passed it" in run(project).stdout
    assert "reused from run" in run(project).stdout
    monkeypatch.setenv("NOX_CIRCLECI_KUBERNETES_RESOURCES", "0.01")
    assert "build runs: changed since run" in run(project).stdout


def test_a_job_whose_image_is_named_by_a_tag_always_runs(tmp_path):
    project = make_project(tmp_path, CONFIG.replace("IMAGE", "nox-circleci/base"))
    for _ in range(2):
        assert "nox-circleci/base is named by a tag, not by a digest" in run(project).stdout
