"""A folder of the user's that a variable names: a container gets a copy of it, and never writes into the user's own."""

import subprocess

import pytest

from tests.engines.docker.test_engine import project, run
from tests.projects import make_project

pytestmark = pytest.mark.docker
TRUSTED = {"NOX_CIRCLECI_TRUST": "1"}
SETTINGS = '[tool.nox-circleci]\npass-folder = ["OTHER"]\n'


def test_it_is_a_copy_that_belongs_to_the_images_user_and_the_variable_names_it(tmp_path):
    other = tmp_path / "other"
    (other / "within").mkdir(parents=True)
    (other / "within/file").write_text("mine\n")
    made = project(tmp_path, "- run: cat $OTHER/within/file; echo new >$OTHER/within/file; id -un >$OTHER/name")
    made.write("pyproject.toml", SETTINGS)
    done = run(made, OTHER=str(other), **TRUSTED)
    assert done.status == 0, done.stdout
    assert done.output("build") == "mine\n"
    assert f"OTHER: a copy of {other}" in done.stdout
    assert sorted(path.name for path in other.rglob("*")) == ["file", "within"]
    assert (other / "within/file").read_text() == "mine\n"


def test_of_a_repository_comes_what_checkout_would_give_with_what_is_not_committed(tmp_path):
    other = make_project(tmp_path / "other", "version: 2.1\n", kept="1\n").path
    (other / "kept").write_text("2\n")
    (other / ".gitignore").write_text("ignored\n")
    (other / "ignored").write_text("big\n")
    made = project(tmp_path, "- run: cd $OTHER; git rev-parse HEAD; cat kept; ls")
    made.write("pyproject.toml", SETTINGS)
    done = run(made, OTHER=str(other), **TRUSTED)
    assert done.status == 0, done.stdout
    revision = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=other, text=True)
    assert done.output("build") == f"{revision}2\nkept\n"


def test_what_names_no_folder_goes_as_it_is(tmp_path):
    made = project(tmp_path, "- run: echo $OTHER")
    made.write("pyproject.toml", SETTINGS)
    assert run(made, OTHER="release:0.12.0", **TRUSTED).output("build") == "release:0.12.0\n"
    assert run(made, OTHER=f"{tmp_path}/none", **TRUSTED).output("build") == f"{tmp_path}/none\n"
