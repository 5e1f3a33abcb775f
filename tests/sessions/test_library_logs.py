"""nox prints every line of every log: those of libraries are debugging, and have URLs that nobody else is to have."""

import sys

import pytest

from ci.sessions.library_logs import LIBRARIES

from ..projects import call, make_project

CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps:
          - run: echo content >file
          - persist_to_workspace: {root: ., paths: [file]}
    workflows: {w: {jobs: [build]}}
    """
NOXFILE = """
    import ci

    ci.register(__file__)
    """


@pytest.mark.kubernetes
@pytest.mark.store
def test_a_session_on_a_cluster_with_a_store_prints_no_librarys_debugging(cluster_store, tmp_path):
    project = make_project(tmp_path, CONFIG, **{"noxfile.py": NOXFILE})
    environ = {**cluster_store.environ, "NOX_CIRCLECI_KUBERNETES_STORE": cluster_store.url}
    words = [sys.executable, "-m", "nox", "-s", "w", "--", "--engine", "kubernetes"]
    ran = call(words, project.path, environ=environ)
    printed = ran.stdout + ran.stderr
    assert ran.status == 0, printed
    assert [line for line in printed.splitlines() if line.startswith(LIBRARIES)] == []
    assert "X-Amz-Signature" not in printed
