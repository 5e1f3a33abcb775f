"""Of a step's output the page keeps the beginning, the end, and what tells of errors between them."""

from __future__ import annotations

import random

import pytest

from ci.page.step_excerpt import HEAD, LONGEST, TAIL, Gap, StepExcerpt, with_gaps


def read(*pieces: str) -> StepExcerpt:
    excerpt = StepExcerpt()
    for piece in pieces:
        excerpt.add(piece)
    excerpt.close()
    return excerpt


def numbers(excerpt: StepExcerpt, most: int, failed: bool = False) -> list[int]:
    return [each.number for each in excerpt.lines(most, failed)]


def test_a_short_output_is_whole_line_by_line():
    excerpt = read("one\ntwo\n\nfour")
    assert [(each.number, each.text) for each in excerpt.lines(100, False)] == [
        (1, "one"),
        (2, "two"),
        (3, ""),
        (4, "four"),
    ]
    assert excerpt.total == 4


def test_no_output_has_no_lines():
    assert (read().total, read("").lines(10, True)) == (0, [])


@pytest.mark.parametrize("lines", [1, HEAD, HEAD + 1, HEAD + TAIL, HEAD + TAIL + 1, 3 * TAIL])
def test_however_it_comes_the_lines_are_the_same(lines):
    text = "".join(f"line {number}\n" for number in range(1, lines + 1))
    cuts = sorted(random.Random(lines).sample(range(len(text)), min(20, len(text) - 1)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    excerpt = read(*pieces)
    found = excerpt.lines(HEAD + TAIL, failed=False)
    assert excerpt.total == lines
    assert all(each.text == f"line {each.number}" for each in found)
    assert [found[0].number, found[-1].number] == [1, lines]
    assert [each.number for each in read(text).lines(500, True)] == [each.number for each in excerpt.lines(500, True)]


def test_of_a_long_output_the_beginning_and_the_end_stay():
    excerpt = read("".join(f"{number}\n" for number in range(1, 100_001)))
    assert numbers(excerpt, 100) == [*range(1, 21), *range(99_921, 100_001)]


def test_of_a_failed_step_the_error_in_the_middle_stays_with_its_surroundings():
    text = [f"compiling file {number}" for number in range(1, 50_001)]
    text[30_000 - 1] = "src/a.c:3: error: expected ';'"
    excerpt = read(*(f"{line}\n" for line in text))
    middle = [number for number in numbers(excerpt, 1000, failed=True) if 1000 < number < 40_000]
    assert middle == list(range(30_000 - 3, 30_000 + 9))
    assert not [number for number in numbers(excerpt, 1000, failed=False) if 1000 < number < 40_000]


@pytest.mark.parametrize("line", ["0 errors", "no failures", "terror", "failover is ready"])
def test_a_line_that_tells_of_no_error_is_left_out(line):
    excerpt = read("x\n" * 3000, f"{line}\n", "x\n" * 3000)
    assert 3001 not in numbers(excerpt, 1000, failed=True)


def test_many_errors_leave_the_end_its_room():
    excerpt = read("error: again\n" * 100_000)
    found = numbers(excerpt, 1000, failed=True)
    assert len(found) <= 1000
    assert found[-500:] == list(range(99_501, 100_001))


def test_a_line_of_any_length_is_cut():
    excerpt = read("x" * 30_000, "y" * 1_000_000, "\nnext\n")
    first, second = excerpt.lines(10, False)
    assert (len(first.text), first.cut, second.text) == (LONGEST, 1_030_000 - LONGEST, "next")
    (whole,) = read("z" * (LONGEST + 5) + "\n").lines(10, False)
    assert (len(whole.text), whole.cut) == (LONGEST, 5)


def test_memory_is_bounded_if_each_line_is_long():
    excerpt = read(*(("x" * 100_000 + "\n") for _ in range(1000)))
    assert excerpt.total == 1000
    assert sum(len(each.text) for each in excerpt._tail) < 5_000_000


def test_gaps_count_the_lines_that_are_missing():
    excerpt = read("".join(f"{number}\n" for number in range(1, 10_001)))
    parts = list(with_gaps(excerpt.lines(10, False), excerpt.total))
    gaps = [each.lines for each in parts if isinstance(each, Gap)]
    assert (gaps, len(parts)) == ([9990], 11)
    assert list(with_gaps([], 7)) == [Gap(7)]
