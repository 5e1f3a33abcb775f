"""The runner's own work, reported from its beginning to its end."""

import threading

import pytest

from ci.runtime.progress import folder_size, reported, reported_if_slow


def told(events):
    return [(each.task, each.detail, each.job, each.ended) for each in events]


def test_work_is_reported_when_it_begins_how_far_it_comes_and_when_it_ends():
    events = []
    with reported(events.append, "copying", "build") as detail:
        detail("1 of 2 files")
    assert told(events) == [
        ("copying", "", "build", False),
        ("copying", "1 of 2 files", "build", False),
        ("copying", "", "build", True),
    ]


def test_work_that_fails_has_an_end_too():
    events = []
    with pytest.raises(OSError, match="full"), reported(events.append, "copying"):
        raise OSError("full")
    assert told(events)[-1] == ("copying", "", "", True)


def test_slow_work_is_reported_from_then_on_with_how_far_it_has_come(monkeypatch):
    monkeypatch.setattr("ci.runtime.progress.AFTER", 0.0)
    monkeypatch.setattr("ci.runtime.progress.EVERY", 3600.0)
    measured, events = threading.Event(), []

    def measure():
        measured.set()
        return "3 files"

    with reported_if_slow(events.append, "copying", measure, "build"):
        assert measured.wait(60)
    assert told(events) == [
        ("copying", "", "build", False),
        ("copying", "3 files", "build", False),
        ("copying", "", "build", True),
    ]


def test_work_that_is_soon_done_is_not_worth_a_word():
    events = []
    with reported_if_slow(events.append, "copying", lambda: "3 files"):
        pass
    assert events == []


def test_a_folders_size_is_that_of_all_files_below_it(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"x" * 3_000_000)
    assert folder_size(str(tmp_path)) == "1 file, 3 MB"
    (tmp_path / "c").symlink_to("nowhere")
    assert folder_size(str(tmp_path)) == "2 files, 3 MB"
    assert folder_size(str(tmp_path / "none")) == "0 files, 0 MB"
