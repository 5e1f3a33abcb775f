"""A step's output as events: whole characters, masked."""

import pytest

from ci.runtime.masking.stream import Masker
from ci.runtime.step_output import StepOutput


@pytest.fixture
def events():
    return []


def output(events, *secrets):
    return StepOutput("job", 3, events.append, Masker(secrets).stream())


def test_a_character_that_comes_in_two_pieces_is_one(events):
    out = output(events)
    for byte in "é東".encode():
        out.write(bytes([byte]))
    assert [event.text for event in events] == ["é", "東"]
    assert {(event.job, event.step) for event in events} == {("job", 3)}


def test_bytes_that_are_no_text_are_shown_as_such_and_an_unfinished_character_at_the_end_too(events):
    out = output(events)
    out.write(b"a\xffb\xe6\x9d")
    out.flush()
    assert "".join(event.text for event in events) == "a\ufffdb\ufffd"


def test_nothing_is_written_for_nothing(events):
    out = output(events)
    out.write(b"")
    out.flush()
    assert events == []


def test_the_runners_own_lines_are_masked_too(events):
    out = output(events, "hunter2-x")
    out.say("the key is hunter2-x")
    out.flush()
    assert "".join(event.text for event in events) == "the key is ****\n"
