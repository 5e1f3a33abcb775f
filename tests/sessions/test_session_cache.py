"""A config's sessions are remembered only as long as nothing that they came from has changed."""

import json

import pytest

from ci.pipeline.session_list import Session
from ci.project.project import find_project
from ci.sessions.register import sessions_of
from ci.sessions.session_cache import FILE, package_stamp, remember, remembered

from ..projects import make_project

SESSIONS = (Session("w", "Workflow w.", ("run", "w"), ("ci", "workflow")),)
PLAIN = """
    version: 2.1
    jobs: {a: {docker: [{image: a/b}], steps: [checkout]}}
    workflows: {w: {jobs: [a]}}
    """
WITH_AN_ORB = """
    version: 2.1
    orbs: {box: me/box@1.0.0}
    jobs: {a: {docker: [{image: a/b}], steps: [checkout]}}
    workflows: {w: {jobs: [a]}}
    """
VALUES = {"git.branch": "main"}


def test_what_is_kept_comes_back_for_the_same_text_and_values_alone(tmp_path):
    remember(tmp_path, tmp_path, "a config", VALUES, SESSIONS)
    assert remembered(tmp_path, "a config", {**VALUES, "git.tag": "not looked up"}) == SESSIONS
    assert remembered(tmp_path, "a config, changed", VALUES) is None
    assert remembered(tmp_path, "a config", {"git.branch": "topic"}) is None
    assert remembered(tmp_path, "a config", {}) is None


def test_another_version_of_this_package_starts_anew(tmp_path):
    remember(tmp_path, tmp_path, "a config", {}, SESSIONS)
    kept = json.loads((tmp_path / FILE).read_text())
    assert kept["package"] == package_stamp()
    (tmp_path / FILE).write_text(json.dumps({**kept, "package": [1, 1]}))
    assert remembered(tmp_path, "a config", {}) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"text": "a config"}', '{"text": 1, "sessions": 2}'])
def test_a_damaged_file_counts_as_none(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    assert remembered(tmp_path, "a config", {}) is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    remember(tmp_path, tmp_path / "file" / "state", "a config", {}, SESSIONS)
    assert remembered(tmp_path / "file" / "state", "a config", {}) is None


def test_a_plain_configs_sessions_are_kept_and_are_the_same_again(tmp_path):
    project = find_project(make_project(tmp_path, PLAIN).path, {})
    first = sessions_of(project)
    assert (project.state / FILE).exists()
    assert sessions_of(project) == first
    assert [session.name for session in first] == ["w", "w-a"]


def test_sessions_follow_the_branch_where_the_config_does(tmp_path):
    made = make_project(
        tmp_path,
        PLAIN.replace(
            "workflows: {w: {jobs: [a]}}",
            "workflows: {w: {when: {equal: [main, << pipeline.git.branch >>]}, jobs: [a]}}",
        ),
    )
    assert "inactive" not in sessions_of(find_project(made.path, {}))[0].description
    made.git("checkout", "-qb", "topic")
    assert "inactive" in sessions_of(find_project(made.path, {}))[0].description


def test_an_orbs_sessions_are_compiled_each_time(tmp_path):
    made = make_project(tmp_path, WITH_AN_ORB)
    made.write(".circleci/orbs/me/box@1.0.0.yml", "version: 2.1\ncommands: {c: {steps: [checkout]}}\n")
    project = find_project(made.path, {})
    assert [session.name for session in sessions_of(project)] == ["w", "w-a"]
    assert not (project.state / FILE).exists()
