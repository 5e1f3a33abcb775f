"""Text that scrolls away above a block that changes in place, on a real terminal's screen."""

import pytest

from ci.report.screens import LONGEST, LiveScreen, PlainScreen

from .terminal import Terminal


def live(**size):
    terminal = Terminal(**size)
    return LiveScreen(terminal), terminal


def show(screen, *lines, columns=80):
    screen.show([(line, len(line)) for line in lines], columns)


def test_the_block_stands_below_the_text_and_is_drawn_in_place():
    screen, terminal = live()
    screen.write("first\n")
    show(screen, "job 1 s", "0 of 1")
    screen.write("second\n")
    show(screen, "job 2 s", "0 of 1")
    assert terminal.lines == ["first", "second", "job 2 s", "0 of 1"]


def test_a_block_that_shrinks_leaves_nothing_behind():
    screen, terminal = live()
    show(screen, "a long line of a job", "another", "totals")
    show(screen, "totals")
    assert terminal.lines == ["totals"]


def test_at_the_bottom_of_the_window_text_scrolls_away_above_the_block():
    screen, terminal = live(rows=6)
    for number in range(20):
        screen.write(f"line {number}\n")
        show(screen, f"job {number} s", "totals")
    assert terminal.everything == [*(f"line {number}" for number in range(20)), "job 19 s", "totals"]


def test_lines_longer_than_the_window_scroll_away_whole():
    screen, terminal = live(columns=20, rows=6)
    show(screen, "block", columns=20)
    screen.write(f"{'x' * 50}\n")
    assert terminal.lines == ["x" * 20, "x" * 20, "x" * 10, "block"]


def test_at_the_end_the_text_alone_is_left_and_the_cursor_stands_below_it():
    screen, terminal = live()
    screen.write("text\nnot ended")
    show(screen, "block")
    screen.end()
    screen.write("summary\n")
    assert terminal.lines == ["text", "not ended", "summary"]
    assert (terminal.screen.cursor.x, terminal.screen.cursor.hidden) == (0, False)


def test_after_the_end_nothing_is_drawn():
    screen, terminal = live()
    screen.end()
    show(screen, "block")
    screen.end()
    assert terminal.lines == [""]


def test_a_line_that_has_not_ended_waits_for_its_end():
    screen, terminal = live()
    show(screen, "block")
    screen.write("half")
    assert terminal.lines == ["block"]
    screen.write(" and half\n")
    assert terminal.lines == ["half and half", "block"]


def test_a_line_without_an_end_is_not_kept_back_for_ever():
    screen, terminal = live()
    screen.write("x" * (LONGEST + 1))
    assert terminal.lines[0] == "x" * 80


MOVES = [
    *("\x1b[2J\x1b[Htext\n", "\x1b[5Atext\n", "te\x1b]0;title\x07xt\n", "\x1b[?1049htext\n", "text\x1b[99B\n"),
    *("\x1b(0text\n", "te\x0ext\n", "\x1bctext\n", "te\x9b2Jxt\n", "text\x0b\n", "text\x1bM\n", "\x1b7text\x1b8\n"),
]


@pytest.mark.parametrize("text", MOVES)
def test_what_would_move_the_cursor_away_is_not_obeyed(text):
    screen, terminal = live()
    screen.write("before\n")
    show(screen, "block")
    screen.write(text)
    show(screen, "another block")
    assert terminal.lines == ["before", "text", "another block"]


def test_colours_of_the_output_are_kept_and_end_with_it():
    screen, terminal = live()
    screen.write("\x1b[31mred\n")
    show(screen, "block")
    assert (terminal.screen.buffer[0][0].fg, terminal.screen.buffer[1][0].fg) == ("red", "default")


def test_a_carriage_return_begins_its_line_again():
    screen, terminal = live()
    show(screen, "block")
    screen.write("10 %\r100 %\n")
    assert terminal.lines == ["100 %", "block"]


def test_a_narrower_window_has_broken_the_blocks_lines_which_are_taken_away():
    """Most terminals break lines that no longer fit; ``pyte`` cuts them, so the rows are counted."""
    screen, terminal = live(columns=40)
    show(screen, "a" * 30, "b" * 10, columns=40)
    show(screen, "c" * 15, columns=20)
    assert terminal.written[-1].startswith("\r\x1b[3A\x1b[J")


def test_a_block_that_has_not_changed_is_not_written_again():
    screen, terminal = live()
    show(screen, "block")
    count = len(terminal.written)
    show(screen, "block")
    assert len(terminal.written) == count


def test_a_question_takes_the_blocks_place_until_it_is_answered():
    screen, terminal = live()
    show(screen, "block")
    screen.ask("hold", "Approve? [y/n] ")
    show(screen, "another block")
    assert terminal.lines == ["Approve? [y/n]"]
    terminal.write("y\n")  # as the terminal shows what is typed
    screen.answered("hold", line_ended=True)
    show(screen, "block")
    assert terminal.lines == ["Approve? [y/n] y", "block"]


def test_text_that_comes_during_a_question_stands_above_it():
    screen, terminal = live()
    screen.ask("hold", "Approve? [y/n] ")
    screen.write("job ended\n")
    assert terminal.lines == ["job ended", "Approve? [y/n]"]


@pytest.mark.parametrize("make", [LiveScreen, PlainScreen])
def test_a_question_without_an_answer_ends_its_line(make):
    terminal = Terminal()
    screen = make(terminal)
    screen.ask("hold", "Approve? [y/n] ")
    screen.answered("hold", line_ended=False)
    screen.write("interrupted\n")
    assert terminal.lines == ["Approve? [y/n]", "interrupted"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("make", [LiveScreen, PlainScreen])
def test_what_an_encoding_lacks_becomes_a_question_mark(make, encoding):
    terminal = Terminal(encoding=encoding)
    make(terminal).write("naïve ✓\n")
    assert terminal.lines == [{"ascii": "na?ve ?", "latin-1": "naïve ?", "utf-8": "naïve ✓"}[encoding]]


def test_questions_that_another_shows_have_the_terminal_to_themselves_until_all_are_answered():
    screen, terminal = live()
    show(screen, "block")
    screen.ask("a", "a> ", shown=False)
    terminal.write("a> ")
    screen.ask("b", "b> ", shown=False)
    screen.write("text\n")
    screen.answered("other")
    show(screen, "another block")
    assert terminal.lines == ["text", "a>"]
    terminal.write("q\nb> q\n")
    screen.answered("a")
    show(screen, "another block")
    screen.answered("b")
    show(screen, "another block")
    assert terminal.lines == ["text", "a> q", "b> q", "another block"]
