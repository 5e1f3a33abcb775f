"""``auto``: circleci where everything that it needs is there, else docker, else host; one line says which and why."""

import pytest

from ci.compiler.orb_imports import NoOrbs
from ci.server.compile_api import serving

from ..projects import make_project

CONFIG = """
    version: 2.1
    jobs:
      a: {docker: [{image: example.invalid/nobody/has:this}], steps: [run: "true"]}
      b: {docker: [{image: example.invalid/other}], steps: [run: "true"]}
    workflows: {w: {jobs: [a, b]}, mixed: {jobs: [a, b: {requires: [a]}]}}
    """
# Each stands in for the program of its name: the answers of a CLI, and of a Docker whose images nobody has.
CLI = """#!/bin/bash
case "$*" in
  version) echo {version}+abc ;;
  "local execute --help") echo "Flags: --build-agent-version string" ;;
  *) exit 9 ;;
esac
"""
DOCKER = """#!/bin/bash
case $1 in
  version) echo 1 1; exit {status} ;;
  info) echo {cgroup} ;;
  image) echo "$@" >>"$HOME/looked"; {here} && echo linux/amd64; exit ;;
  *) exit 1 ;;
esac
"""


@pytest.fixture
def auto(tmp_path):
    """The line that a dry run begins with, on a machine with those programs."""
    project = make_project(tmp_path / "project", CONFIG)
    programs = tmp_path / "bin"
    programs.mkdir()

    def line(workflow="w", *, version="0.1.47860", docker=True, cgroup=1, api=None, here=False):
        reason = {"status": 0 if docker else 1, "cgroup": cgroup, "here": "true" if here else "false"}
        written = {"docker": DOCKER.format(**reason)}
        written |= {"circleci": CLI.format(version=version)} if version else {}
        for name, text in written.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        environ = {"PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
        environ |= {"CIRCLECI_CLI_HOST": api or "http://127.0.0.1:9", "NOX_CIRCLECI_DOCKER": "docker"}
        result = project.ci("run", workflow, "--dry-run", NO_PROXY="*", **environ)
        assert result.status == 0, result.stderr
        return result.stdout.splitlines()[0]

    return line


def test_circleci_where_cli_docker_and_api_are_there(auto):
    with serving(NoOrbs()) as server:
        assert "engine circleci (the CircleCI CLI 0.1.47860" in auto(api=server.url)


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        ({"version": "1.0.48692"}, "the CircleCI CLI 1.0.48692+abc has no `local execute`"),
        ({"docker": False}, "docker does not answer"),
        ({"cgroup": 2}, "cgroup v2, on which the build agent of `local execute` panics"),
        ({}, "http://127.0.0.1:9 does not answer"),
    ],
)
def test_what_is_missing_is_reported_and_the_next_engine_taken(auto, machine, reason):
    line = auto(**machine)
    assert "engine host (not circleci: " in line
    assert reason in line


def test_a_plan_that_cannot_be_merged_is_none_for_it(auto):
    with serving(NoOrbs()) as server:
        assert "not circleci: a (example.invalid/nobody/has:this) cannot be merged" in auto("mixed", api=server.url)


def test_who_has_no_cli_reads_nothing_of_it(auto):
    line = auto(version="")
    assert "engine host (docker answers, but " in line
    assert "circleci" not in line


def test_each_image_is_looked_at_once(auto, tmp_path):
    assert "engine docker (docker answers, and every image is available)" in auto("mixed", version="", here=True)
    looked = (tmp_path / "looked").read_text().splitlines()
    assert sorted(line.split()[-1] for line in looked) == ["example.invalid/nobody/has:this", "example.invalid/other"]
