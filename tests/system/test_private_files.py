"""What a whole run leaves in the state folder: files of our own are the user's alone."""

import os
import stat

from ..projects import make_project

CONFIG = """
version: 2.1
jobs:
  build:
    docker: [{image: a/b}]
    steps:
      - run: umask 022; mkdir x; echo a >x/a; chmod 644 x/a
      - run: echo '<testsuite><testcase name="a" time="1"/></testsuite>' >r.xml
      - store_artifacts: {path: x}
      - store_test_results: {path: r.xml}
      - persist_to_workspace: {root: ., paths: [x]}
      - save_cache: {key: k, paths: [x]}
workflows: {w: {jobs: [build: {serial-group: g}]}}
"""


def test_nobody_else_writes_to_the_state_whatever_the_umask(tmp_path):
    project = make_project(tmp_path, CONFIG)
    before = os.umask(0)
    try:
        assert project.run("w").status == 0
    finally:
        os.umask(before)
    assert (tmp_path / ".nox" / "ci").stat().st_mode & 0o777 == 0o700


def test_every_file_that_a_run_writes_is_the_users_alone_but_what_a_job_stores_keeps_its_modes(tmp_path):
    project = make_project(tmp_path, CONFIG)
    assert project.run("w").status == 0
    state = tmp_path / ".nox" / "ci"
    open_to_others = [
        path.relative_to(state).as_posix()
        for path in state.rglob("*")
        if stat.S_ISREG(path.lstat().st_mode) and path.stat().st_mode & 0o077
    ]
    assert [name for name in open_to_others if "/artifacts/" not in name and "/test-results/" not in name] == []
    assert any(name.endswith("/artifacts/build/x/a") for name in open_to_others)
    assert [(state / name).stat().st_mode & 0o777 for name in ("runs", "cache", "cache/1")] == [0o700] * 3
