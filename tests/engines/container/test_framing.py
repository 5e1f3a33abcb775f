"""Output and the marks between steps, separated however the stream is cut."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ci.engines.container.framing import Framing

MARK = "0123456789abcdef"


def taken_apart(chunks: list[bytes]) -> tuple[bytes, list[int]]:
    framing, output, statuses = Framing(MARK), b"", []
    for chunk in chunks:
        data = chunk
        while True:
            some, status = framing.feed(data)
            output += some
            if status is None:
                break
            statuses.append(status[0])
            data = b""
    return output, statuses


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in itertools.pairwise(edges)]


@given(st.lists(st.tuples(st.binary(), st.integers(0, 255)), max_size=5), st.lists(st.integers(0, 10_000)))
def test_wherever_the_stream_is_cut_output_and_statuses_come_out_whole(steps, places):
    stream = b"".join(output + f"{MARK} {status}\n".encode() for output, status in steps)
    output, statuses = taken_apart(cut(stream, places))
    assert output == b"".join(output for output, _ in steps)
    assert statuses == [status for _, status in steps]


def test_output_that_looks_like_the_beginning_of_a_mark_is_held_and_then_given():
    assert taken_apart([f"a\n{MARK[:9]}".encode(), b"zzz"]) == (f"a\n{MARK[:9]}zzz".encode(), [])


def test_output_that_cannot_become_a_mark_is_given_at_once():
    framing = Framing(MARK)
    assert framing.feed(b"progress 10%") == (b"progress 10%", None)
