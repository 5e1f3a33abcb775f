"""``extension``: the manifest by which a 1.x CLI lists this program; the shape is that of its internal/extension."""

import os

import pytest
import yaml

from ..projects import ROOT, call, make_project

CONFIG = "version: 2.1\njobs: {build: {docker: [{image: a/b}], steps: [checkout]}}\n"


@pytest.fixture
def user(tmp_path):
    """A user with the installed program, and where the CLI keeps extensions."""
    return User(tmp_path)


class User:
    def __init__(self, folder):
        self.project = make_project(folder / "project", CONFIG)
        self.program = folder / "bin" / "circleci-local"
        self.program.parent.mkdir()
        start = f"#!/usr/bin/env python3\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        self.program.write_text(f"{start}from ci.cli.circleci_local import program\nprogram()\n")
        self.program.chmod(0o755)
        self.data = folder / "data"
        self.manifest = self.data / "circleci/extensions/circleci-local/manifest.yml"

    def call(self, *words, **environ):
        path = f"{self.program.parent}{os.pathsep}{os.environ['PATH']}"
        environ = {"XDG_DATA_HOME": str(self.data), "PATH": path, **environ}
        return call(["circleci-local", *words], self.project.path, environ=environ)


def test_the_manifest_names_the_program_that_wrote_it(user):
    done = user.call("extension", "install")
    assert done.status == 0, done.stderr
    found = yaml.safe_load(user.manifest.read_text())
    assert found == {"name": "local", "binary_name": "circleci-local", "version": "dev", "path": str(user.program)}
    assert user.call("extension", "install").status == 0


def test_without_a_data_folder_of_the_users_it_is_below_the_home(user, tmp_path):
    assert user.call("extension", "install", XDG_DATA_HOME="", HOME=str(tmp_path)).status == 0
    assert (tmp_path / ".local/share/circleci/extensions/circleci-local/manifest.yml").is_file()


def test_it_is_removed_again_with_its_folder_alone(user):
    other = user.manifest.parents[1] / "circleci-testsuite" / "manifest.yml"
    other.parent.mkdir(parents=True)
    other.write_text("name: testsuite\n")
    user.call("extension", "install")
    assert user.call("extension", "remove").status == 0
    assert (user.manifest.parent.exists(), other.exists()) == (False, True)
    assert "nothing to remove" in user.call("extension", "remove").stdout


@pytest.mark.parametrize("words", ["install", "remove"])
def test_what_another_program_has_registered_is_left_alone(user, words):
    user.manifest.parent.mkdir(parents=True)
    text = "name: local\nbinary_name: circleci-local\nversion: 1.0.0\nurl: https://example.com/x\npath: /x\n"
    user.manifest.write_text(text)
    user.call("extension", words)
    assert user.manifest.read_text() == text


def test_a_clone_has_no_program_to_list(user):
    done = user.project.ci("extension", "install", XDG_DATA_HOME=str(user.data))
    assert (done.status, "Install the package" in done.stderr) == (2, True), done.stderr
