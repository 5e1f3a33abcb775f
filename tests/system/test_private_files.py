"""What a whole run leaves in the state folder: files of our own are the user's alone."""

import os
import stat
import threading

import pytest

from ci.system.private_files import read_rewritten, rewrite_text

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
    stored = ("/artifacts/", "/test-results/", "/workspaces/")
    assert [name for name in open_to_others if not any(place in name for place in stored)] == []
    assert any(name.endswith("/artifacts/build/x/a") for name in open_to_others)
    assert [(state / name).stat().st_mode & 0o777 for name in ("runs", "cache", "cache/1")] == [0o700] * 3


def test_a_file_that_is_rewritten_is_found_at_every_moment(tmp_path):
    file, stop, seen, failures = tmp_path / "file", threading.Event(), set(), []
    rewrite_text(file, "0" * 10_000)

    def read():
        while not stop.is_set():
            try:
                seen.add(read_rewritten(file)[:3])
            except OSError as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(300):
        rewrite_text(file, f"{number % 10}" * 10_000)
    stop.set()
    reader.join()
    assert failures == []
    assert seen <= {f"{digit}".encode() * 3 for digit in range(10)}
    assert read_rewritten(file) == b"9" * 10_000
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_of_a_writer_that_was_killed_between_its_two_moves_the_new_text_is_there(tmp_path):
    (tmp_path / "file.new").write_text("new")
    assert read_rewritten(tmp_path / "file") == b"new"


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_rewritten(tmp_path / "file")
