"""A step's output as events: whole characters, masked."""

import pytest

from ci.runtime.masking.stream import Masker
from ci.runtime.step_output import StepOutput


@pytest.fixture
def told():
    return []


def output(told, *secrets):
    return StepOutput("job", 3, told.append, Masker(secrets).stream())


def test_a_character_that_comes_in_two_pieces_is_one(told):
    out = output(told)
    for byte in "é東".encode():
        out.write(bytes([byte]))
    assert [event.text for event in told] == ["é", "東"]
    assert {(event.job, event.step) for event in told} == {("job", 3)}


def test_bytes_that_are_no_text_are_shown_as_such_and_an_unfinished_character_at_the_end_too(told):
    out = output(told)
    out.write(b"a\xffb\xe6\x9d")
    out.flush()
    assert "".join(event.text for event in told) == "a\ufffdb\ufffd"


def test_nothing_is_told_of_nothing(told):
    out = output(told)
    out.write(b"")
    out.flush()
    assert told == []


def test_the_runners_own_lines_are_masked_too(told):
    out = output(told, "hunter2-x")
    out.say("the key is hunter2-x")
    out.flush()
    assert "".join(event.text for event in told) == "the key is ****\n"
