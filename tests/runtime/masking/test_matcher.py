"""Many byte strings found at once, held against the obvious way."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.runtime.masking.matcher import Needles

UNIT = st.text("ab", min_size=1, max_size=4)
REPEATING = st.builds(
    lambda unit, times, rest: (unit * times + unit[:rest]).encode(), UNIT, st.integers(3, 6), st.integers(0, 3)
)
NEEDLES = st.lists(st.one_of(REPEATING, st.text("abc", min_size=1, max_size=9).map(str.encode)), min_size=1, max_size=5)
TEXT = st.lists(st.one_of(REPEATING, st.text("abc", max_size=5).map(str.encode)), max_size=8).map(b"".join)


def covered(spans):
    return {at for start, end in spans for at in range(start, end)}


@given(NEEDLES, TEXT)
def test_what_is_found_covers_every_occurrence_and_nothing_else(needles, text):
    spans, _ = Needles(needles).find(text)
    wanted = [(at, at + len(each)) for each in needles for at in range(len(text)) if text.startswith(each, at)]
    assert covered(spans) == covered(wanted)
    assert spans == sorted(spans)


@given(NEEDLES, TEXT)
def test_the_edge_is_where_the_longest_beginning_of_a_needle_starts(needles, text):
    _, edge = Needles(needles).find(text)
    beginnings = [at for at in range(len(text)) for each in needles if each.startswith(text[at:]) and each != text[at:]]
    assert edge == min(beginnings, default=len(text))


@pytest.mark.parametrize("unit", ["a", "ab", "0123456789abcdef"])
def test_a_run_is_one_span(unit):
    needle = (unit * 20).encode()
    assert Needles([needle]).find(b"x" + needle * 9 + b"y")[0] == [(1, 1 + 9 * len(needle))]


def test_thousands_of_needles_are_found_in_one_pass():
    needles = [f"needle-{number:05}".encode() for number in range(3000)]
    spans, _ = Needles(needles).find(b" ".join(needles))
    assert [end - start for start, end in spans] == [12] * 3000
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(spans))
