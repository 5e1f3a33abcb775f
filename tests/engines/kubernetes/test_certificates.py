"""A Pod gets the files of certificates that the user's variables name, as a container on this machine does."""

import pytest

from tests.projects import make_project

pytestmark = pytest.mark.kubernetes
CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: nox-circleci/base}]
        steps:
          - run: 'cat "${PIP_CERT-none}" || echo "PIP_CERT is ${PIP_CERT-not set}"; cat "${SSL_CERT_FILE-none}" || true'
    workflows: {w: {jobs: [build]}}
    """


@pytest.mark.parametrize(("words", "passed"), [((), True), (("--no-host-ca",), False)])
def test_files_of_certificates_are_passed_on_unless_that_is_turned_off(tmp_path, words, passed):
    file = tmp_path / "bundle.pem"
    file.write_text("certificates\n" * 20_000)
    project = make_project(tmp_path / "project", CONFIG)
    variables = {"PIP_CERT": str(file), "SSL_CERT_FILE": str(file)}
    done = project.ci("run", "w", "--engine", "kubernetes", "--json", *words, **variables)
    assert done.status == 0, done.stdout + done.stderr
    assert done.output("build").count("certificates\n") == (40_000 if passed else 0)
    assert (f"certificates of this machine passed on: {file}" in done.stdout) == passed
    assert ("PIP_CERT is not set" in done.output("build")) != passed
