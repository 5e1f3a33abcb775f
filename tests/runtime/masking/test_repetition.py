"""Byte strings that repeat a few bytes: found as one span for all that repeats."""

import pytest

from ci.runtime.masking.repetition import runs_of


@pytest.mark.parametrize(
    ("needle", "repeats"),
    [
        (b"aaaa", True),
        (b"abababab", True),
        (b"ababababa", True),
        (b"abcabcabcabc", True),
        (b"0123456789abcdef" * 4, True),
        (b"aaa", False),
        (b"ababab", False),
        (b"abcabcabc", False),
        (b"abababac", False),
        (b"0123456789abcdefg" * 4, False),
        (b"secret", False),
        (b"", False),
    ],
)
def test_what_repeats_up_to_16_bytes_four_times_is_a_run(needle, repeats):
    runs, needles = runs_of([needle])
    assert (len(runs), needles) == ((1, {needle}) if repeats else (0, set()))


def test_needles_that_repeat_the_same_bytes_are_one_run_wherever_they_begin():
    runs, needles = runs_of([b"abababab", b"babababab", b"cdcdcdcd", b"other"])
    assert len(runs) == 2
    assert needles == {b"abababab", b"babababab", b"cdcdcdcd"}


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (b"", []),
        (b"aaa", []),
        (b"aaaa", [(0, 4)]),
        (b"xaaaaaaay", [(1, 8)]),
        (b"aaaaxaaaaa", [(0, 4), (5, 10)]),
        (b"xaaax", []),
    ],
)
def test_all_that_repeats_is_one_span(text, spans):
    [run], _ = runs_of([b"aaaa"])
    assert list(run.find(text)) == spans


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (b"abababab", [(0, 8)]),
        (b"babababab", [(1, 9)]),
        (b"ababababab", [(0, 10)]),
        (b"abababa", []),
        (b"xababababax", [(1, 9)]),
    ],
)
def test_a_needle_covers_its_own_places_alone(text, spans):
    [run], _ = runs_of([b"abababab"])
    assert list(run.find(text)) == spans


@pytest.mark.parametrize(("text", "edge"), [(b"xaa", 1), (b"xaaa", 1), (b"xaaaa", 2), (b"xa", 2), (b"xaab", 4)])
def test_an_end_that_begins_a_needle_is_kept_if_it_has_two_periods(text, edge):
    """Shorter ones are for the search of other beginnings."""
    [run], _ = runs_of([b"aaaa"])
    assert run.edge(text) == edge


def test_the_shorter_beginnings_are_named():
    [run], _ = runs_of([b"abababab"])
    assert set(run.starts()) == {b"a", b"ab", b"aba"}
