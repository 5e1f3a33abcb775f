"""The runner's own work, reported from its beginning to its end."""

import pytest

from ci.runtime.progress import reported


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
