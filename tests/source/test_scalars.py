"""Plain scalars: the values of YAML 1.1, and what is too long to be one."""

import pytest

from ci.source.scalars import resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [("0x1f", 31), ("1_000", 1000), ("1:30", 90), ("1.5", 1.5), ("on", True), ("~", None), ("a", "a")],
)
def test_a_short_scalar_has_its_value(text, value):
    assert resolve(text) == value


@pytest.mark.parametrize(
    "text", ["0x" + "f" * 5000, "9" * 5000, "1" + ":1" * 100_000, "0b" + "1" * 20_000, "0" + "7" * 6000]
)
def test_a_number_of_thousands_of_digits_is_text(text):
    assert resolve(text) is text


def test_the_longest_number_can_be_written_as_a_decimal():
    assert str(resolve("0x" + "f" * 998))
