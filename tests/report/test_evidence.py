"""The last lines of a step's output that show why it failed."""

from ci.report.evidence import LINES, LONGEST, evidence_of
from ci.report.failure import Evidence
from ci.report.tail import KEPT, Tail


def tail_of(*texts):
    tail = Tail()
    for text in texts:
        tail.add(text)
    return tail


def test_a_step_without_output_has_none():
    assert tail_of("").evidence() == Evidence((), 0, True)


def test_lines_without_words_are_passed_over():
    assert tail_of("an error\n\n-----\n  12 %\n").evidence() == Evidence(("an error",), 4, True)


def test_lines_without_words_are_shown_if_there_are_no_others():
    assert tail_of("12\n\n34\n").evidence().lines == ("12", "34")


def test_pieces_become_lines_and_the_last_one_need_not_end():
    assert tail_of("on", "e\ntw", "o").evidence() == Evidence(("one", "two"), 2, True)


def test_of_many_lines_the_last_are_kept_and_all_are_counted():
    found = tail_of(*(f"line {number}\n" for number in range(100_000))).evidence()
    assert found.lines[-1] == "line 99999"
    assert (len(found.lines), found.total, found.whole) == (LINES, 100_000, False)


def test_memory_does_not_grow_with_the_output():
    tail = tail_of(*["x" * 1000 for _ in range(10_000)], "y" * 10_000_000)
    assert sum(map(len, tail._pieces)) == KEPT
    tail = tail_of(*["x" for _ in range(100_000)])
    assert sum(map(len, tail._pieces)) <= KEPT + 1


def test_output_without_a_newline_is_one_line_cut_to_a_length():
    found = tail_of("x" * 10_000_000).evidence()
    assert found == Evidence(("x" * LONGEST,), 1, False)


def test_what_a_carriage_return_overwrote_is_not_shown():
    assert evidence_of("10 %\r50 %\rdone 100 %\r\n", 1).lines == ("done 100 %",)


def test_colours_and_titles_are_left_out():
    assert evidence_of("\x1b[1;31merror\x1b[0m: \x1b]0;title\x07no\x1b[2K\n", 1).lines == ("error: no",)


def test_binary_output_is_shown_as_escapes():
    assert evidence_of("\x00\x01a\ufffd\x9b\u202e\n", 1).lines == ("\\x00\\x01a\ufffd\\x9b\\u202e",)


def test_a_tab_takes_its_columns():
    assert evidence_of("a\tb\n", 1).lines == ("a       b",)


MOCHA = """\
  1 failing

  1) verify
       refuses a token of tomorrow:
     AssertionError: expected null to equal 'jwt not active'
      at Context.<anonymous> (test/verify.test.js:21:14)
      at callFn (node_modules/mocha/lib/runnable.js:366:21)
      at Runnable.run (node_modules/mocha/lib/runnable.js:354:5)
      at new Promise (<anonymous>)
      at processImmediate (node:internal/timers:476:21)
""" + "".join(f"file{number}.js  |  100 |\n" for number in range(14))


def test_of_a_stack_trace_of_javascript_the_first_lines_are_kept_so_that_the_error_above_is_seen():
    found = evidence_of(MOCHA, 25)
    assert found.lines[1:7] == (
        "  1) verify",
        "       refuses a token of tomorrow:",
        "     AssertionError: expected null to equal 'jwt not active'",
        "      at Context.<anonymous> (test/verify.test.js:21:14)",
        "      at callFn (node_modules/mocha/lib/runnable.js:366:21)",
        "file0.js  |  100 |",
    )
    assert not found.whole


def test_lines_that_begin_with_at_and_are_no_frames_stay():
    text = "".join(f"at step {number}\n" for number in range(5))
    assert evidence_of(text, 5).lines == tuple(text.splitlines())
