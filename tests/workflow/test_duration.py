"""Durations, as in ``no_output_timeout``."""

import pytest

from ci.workflow.duration import seconds, written


@pytest.mark.parametrize(
    ("text", "value"), [("30s", 30), ("10m", 600), ("1.25h", 4500), ("1h30m", 5400), ("500ms", 0.5), ("1.5m", 90)]
)
def test_a_decimal_and_a_unit_is_a_duration(text, value):
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "10", "m", "10 minutes", "ten", "10m!", "-5s"])
def test_anything_else_is_none(text):
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(600, "10m0s"), (30, "30s"), (4500, "1h15m0s"), (1.5, "1.5s"), (3600, "1h0m0s"), (0.25, "0.25s")],
)
def test_a_duration_is_written_as_go_writes_it(value, text):
    assert written(value) == text
