"""What a command writes to a terminal of its own."""

import os

from ci.engines.docker.terminal_output import lines_of, opened


def written(*pieces):
    with opened() as (reading, writing):
        for piece in pieces:
            os.write(writing, piece)
        os.close(writing)
        return list(lines_of(reading))


def test_each_state_of_a_line_is_a_line_without_what_moves_the_cursor():
    raw = b"1: Pulling\r\n\r\n\x1b[1A\x1b[2K\rabc: 1 MB\r\x1b[1B\x1b[1A\x1b[2K\rabc: 2 MB\r\x1b[1B"
    assert written(raw) == ["1: Pulling", "abc: 1 MB", "abc: 2 MB"]


def test_a_line_that_comes_in_pieces_or_without_an_end_is_whole():
    assert written(b"abc: ", b"1 MB\nlast ", b"line") == ["abc: 1 MB", "last line"]


def test_a_command_that_writes_nothing_has_no_lines():
    assert written() == []
