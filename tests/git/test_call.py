"""How git is called: on the folder that is meant, with the user's programs and not the repository's."""

from __future__ import annotations

import subprocess

import pytest

from ci.git.call import GitSettings, ask, environment, read_settings
from tests.projects import make_project

SETTINGS = ("GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS")
"""What carries settings of the user's, as ``safe.directory`` in a container."""


def test_every_variable_that_git_calls_a_repositorys_own_is_left_out():
    listed = subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True)
    names = listed.stdout.split()
    kept = environment(dict.fromkeys([*names, "HOME"], "x"))
    assert {name for name in (*names, "HOME") if name in kept} == {*SETTINGS, "HOME"}


def listing(*settings):
    return "".join(f"{scope}\0{key}\n{value}\0" for scope, key, value in settings)


@pytest.mark.parametrize(
    ("settings", "overrides", "not_run"),
    [
        ([("global", "filter.x.clean", "mine")], [], ()),
        ([("local", "filter.x.clean", "theirs")], ["filter.x.clean=", "filter.x.required=false"], ("x",)),
        ([("worktree", "filter.x.clean", "theirs")], ["filter.x.clean=", "filter.x.required=false"], ("x",)),
        (
            [("global", "filter.x.clean", "mine"), ("global", "filter.x.required", "true"),
             ("local", "filter.x.clean", "theirs")],
            ["filter.x.clean=mine", "filter.x.required=true"],
            (),
        ),
        (  # git runs no clean beside a process, not even an empty one
            [("global", "filter.x.clean", "mine"), ("local", "filter.x.process", "theirs")],
            ["filter.x.process=", "filter.x.required=false"],
            ("x",),
        ),
        (
            [("system", "filter.x.process", "mine"), ("local", "filter.x.process", "theirs")],
            ["filter.x.process=mine", "filter.x.required=false"],
            (),
        ),
        ([("local", "filter.a.b.smudge", "theirs")], ["filter.a.b.smudge=", "filter.a.b.required=false"], ("a.b",)),
    ],
)  # fmt: skip
def test_only_the_users_filters_run(settings, overrides, not_run):
    found = GitSettings.parse(listing(*settings))
    assert found.overrides() == [word for setting in overrides for word in ("-c", setting)]
    assert found.not_run() == not_run


def test_settings_that_the_repositorys_own_include_are_the_repositorys(tmp_path):
    project = make_project(tmp_path / "project", "version: 2.1\n")
    (tmp_path / "more").write_text('[filter "x"]\n\tclean = theirs\n')
    project.git("config", "include.path", str(tmp_path / "more"))
    assert read_settings(project.path).not_run() == ("x",)


def test_git_writes_nothing_where_it_is_asked(tmp_path):
    project = make_project(tmp_path / "project", "version: 2.1\n")
    before = (project.path / ".git/index").stat().st_mtime_ns
    subprocess.run(["touch", "-d", "@1", project.path / ".circleci/config.yml"], check=True)
    assert ask(project.path, "status", "--porcelain").stdout == ""
    assert (project.path / ".git/index").stat().st_mtime_ns == before
