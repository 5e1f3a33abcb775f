"""The lines of an excerpt, and logs that cannot be read."""

import os

import pytest

from ci.errors import UsageError
from ci.report.log_excerpt import Excerpt
from ci.report.log_file import open_log, pieces


def shown(run, excerpt) -> bytes:
    with open_log(run, excerpt) as log:
        return b"".join(pieces(log, excerpt))


def test_the_lines_from_the_first_to_before_the_end_are_shown_as_they_are(tmp_path):
    (tmp_path / "a.log").write_bytes(b"one\ntwo\xff\r\n\x1b[31mthree\nfour")
    assert shown(tmp_path, Excerpt("a.log", "", 2, 4)) == b"two\xff\r\n\x1b[31mthree\n"
    assert shown(tmp_path, Excerpt("a.log", "", 4)) == b"four"
    assert shown(tmp_path, Excerpt("a.log", "")) == b"one\ntwo\xff\r\n\x1b[31mthree\nfour"


def test_a_log_that_is_shorter_than_its_record_says_is_shown_as_far_as_it_goes(tmp_path):
    (tmp_path / "a.log").write_bytes(b"one\n")
    assert shown(tmp_path, Excerpt("a.log", "", 7, 9)) == b""


def test_a_log_that_is_gone_a_folder_or_a_link_is_an_error(tmp_path):
    (tmp_path / "real").write_text("x")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "folder").mkdir()
    for name, message in (("gone", "is gone"), ("link", "cannot be read"), ("folder", "cannot be read")):
        with pytest.raises(UsageError, match=message):
            open_log(tmp_path, Excerpt(name, ""))


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "", "in/../../outside"])
def test_a_log_outside_of_the_runs_folder_is_refused(tmp_path, name):
    (tmp_path / "outside").write_text("x")
    (tmp_path / "run" / "in").mkdir(parents=True)
    with pytest.raises(UsageError, match="outside of its folder"):
        open_log(tmp_path / "run", Excerpt(name, ""))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_in_a_logs_place_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert shown(tmp_path, Excerpt("pipe", "")) == b""


@pytest.mark.parametrize(("first", "end"), [(-5, 0), (-5, -3), (0, 2)])
def test_lines_that_no_log_has_are_passed_over(tmp_path, first, end):
    (tmp_path / "a.log").write_bytes(b"one\ntwo\n")
    assert shown(tmp_path, Excerpt("a.log", "", first, end)) in (b"", b"one\n", b"one\ntwo\n")
