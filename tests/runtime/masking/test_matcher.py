"""Many byte strings found at once, held against the obvious way."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.runtime.masking.matcher import MultiMatcher, _anchor_offset, _overlaps_itself, _trie
from tests.work import calls

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
    spans, _ = MultiMatcher(needles).find(text)
    wanted = [(at, at + len(each)) for each in needles for at in range(len(text)) if text.startswith(each, at)]
    assert covered(spans) == covered(wanted)
    assert spans == sorted(spans)


@given(NEEDLES, TEXT)
def test_the_edge_is_where_the_longest_beginning_of_a_needle_starts(needles, text):
    _, edge = MultiMatcher(needles).find(text)
    beginnings = [at for at in range(len(text)) for each in needles if each.startswith(text[at:]) and each != text[at:]]
    assert edge == min(beginnings, default=len(text))


@pytest.mark.parametrize("unit", ["a", "ab", "0123456789abcdef"])
def test_a_run_is_one_span(unit):
    needle = (unit * 20).encode()
    assert MultiMatcher([needle]).find(b"x" + needle * 9 + b"y")[0] == [(1, 1 + 9 * len(needle))]


def test_thousands_of_needles_are_found_in_one_pass():
    needles = [f"needle-{number:05}".encode() for number in range(3000)]
    spans, _ = MultiMatcher(needles).find(b" ".join(needles))
    assert [end - start for start, end in spans] == [12] * 3000
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(spans))


@pytest.mark.parametrize(
    ("needles", "text", "spans", "edge"),
    [
        (["abc", "bcd"], "xabcdab", [(1, 4), (2, 5)], 5),
        (["abc"], "", [], 0),
        (["abc"], "abc", [(0, 3)], 3),
        (["abc"], "xxab", [], 2),
        (["abcdefgh"], "xabcdefg", [], 1),
        (["abcdefgh"], "xbcdefgh", [], 8),
        (["abcdefgh", "cde"], "abcdef", [(2, 5)], 0),
        (["a", "ab"], "aab", [(0, 1), (1, 2), (1, 3)], 3),
        (["a", "ab"], "ba", [(1, 2)], 1),
        (["secretive", "secret"], "secret", [(0, 6)], 0),
        (["xQyz", "Q"], "Qyz xQyz", [(0, 1), (4, 8), (5, 6)], 8),
        (["a" * 8], "a" * 7, [], 0),
        (["a" * 8], "b" + "a" * 9 + "b", [(1, 10)], 11),
        (["ab" * 8], "ab" * 8 + "a", [(0, 16)], 2),
        (["0123456789" * 4 + "Q"], "9" + "0123456789" * 4, [], 1),
        (["ab" * 8], "a", [], 0),
        (["0123456789abcdef" * 4], "x" * 10 + "0123456789abcdef0123456789abcde", [], 10),
        (["abc"], "ab", [], 0),
        (["e" * more + "QZZZ1234" for more in range(20)], "QZZZ1234", [(0, 8)], 8),  # of all with this anchor, one fits
    ],
)
def test_needles_are_where_they_are_and_the_edge_is_where_one_begins(needles, text, spans, edge):
    found, at = MultiMatcher(map(str.encode, needles)).find(text.encode())
    assert (sorted(set(found)), at) == (spans, edge)


def test_long_needles_of_all_letters_are_found_as_the_obvious_way_finds_them():
    """The same 200 texts in every run."""
    chance = random.Random(7)
    for _ in range(200):
        letters = chance.choice(["eQ", "abQ7", "etaoinZ", "\n\x00~e"])
        needles = [
            bytes(chance.choices(letters.encode(), k=chance.randint(1, 90))) for _ in range(chance.randint(1, 6))
        ]
        pieces = [
            chance.choice(needles) if chance.random() < 0.4 else needles[0][: chance.randint(0, 80)] for _ in "123456"
        ]
        text = b"".join(pieces)
        spans, edge = MultiMatcher(needles).find(text)
        wanted = [(at, at + len(each)) for each in set(needles) for at in range(len(text)) if text.startswith(each, at)]
        assert covered(spans) == covered(wanted)
        begun = [at for at in range(len(text)) for each in needles if each.startswith(text[at:]) and each != text[at:]]
        assert edge == min(begun, default=len(text))


@pytest.mark.parametrize(
    ("needle", "offset"),
    [
        ("Q", 0),
        ("eeQ", 0),  # shorter than an anchor
        ("hunter22", 0),
        ("eeeeQeeee", 4),
        ("eeeeeQeee", 5),
        ("eeeeeeQee", 3),  # too near the end: the one that has it behind it
        ("QeeeQZZZ", 4),  # of two as rare, the one with rarer bytes behind it
        ("QZZZQeee", 0),
        ("e" * 32 + "Qeee", 32),
        ("e" * 33 + "Qeee", 26),  # too far in: the first of equals that is not like what is behind it
        ("Q" * 40 + "abcd", 33),
    ],
)
def test_the_anchor_begins_with_the_byte_that_is_rarest_in_logs(needle, offset):
    assert _anchor_offset(needle.encode()) == offset


@pytest.mark.parametrize(
    ("anchor", "overlaps"),
    [("aaaaaaaa", True), ("abababab", True), ("abcdeabc", True), ("abcdefab", False), ("abcdefgh", False)],
)
def test_an_anchor_that_begins_again_within_itself_overlaps(anchor, overlaps):
    assert _overlaps_itself(anchor.encode() + b"rest", 0) is overlaps
    assert _overlaps_itself(b"xx" + anchor.encode() + b"rest", 2) is overlaps


@pytest.mark.parametrize(
    ("words", "expression"),
    [
        (["a"], "a"),
        (["ab", "ac"], "a(?:b|c)"),
        (["ab", "abc"], "ab"),
        (["b", "a.", "b"], r"(?:a\.|b)"),
        (["abcd", "abce", "x"], "(?:abc(?:d|e)|x)"),
    ],
)
def test_a_trie_matches_the_shortest_of_the_words(words, expression):
    assert _trie(map(str.encode, words)) == expression.encode()


def test_common_letters_around_a_rare_one_are_no_work():
    search = MultiMatcher([b"etaoinQetaoin"])
    plain = b"etaoin etaoin " * 1000
    assert calls(search.find, plain) == calls(search.find, plain * 2)
