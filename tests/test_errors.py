"""What a user reads of an error: place, what is wrong, how one comes there, what to do."""

from ci.errors import ConfigError, EngineError, Position, Problem, UsageError, cut

HERE = Position("config.yml", 3, 7)
THERE = Position("config.yml", 9, 5)


def test_a_problem_begins_with_its_place_and_ends_with_what_to_do():
    problem = Problem(
        "there is no job 'biuld'", HERE, "Did you mean 'build'?", (("used", THERE), ("in a matrix", None))
    )
    assert str(problem).splitlines() == [
        "config.yml:3:7: there is no job 'biuld'",
        "    used at config.yml:9:5",
        "    in a matrix",
        "    Did you mean 'build'?",
    ]


def test_an_error_reports_all_its_problems():
    assert str(ConfigError(Problem("one", HERE), "two")) == "config.yml:3:7: one\ntwo"


def test_bad_input_is_exit_status_2_and_a_failing_engine_1():
    assert [error.exit_status for error in (ConfigError, UsageError, EngineError)] == [2, 2, 1]


def test_positions_are_ordered_as_a_file_is_read():
    assert sorted([THERE, HERE, Position("config.yml", 3, 2)])[0].column == 2


def test_of_many_problems_the_first_are_shown_and_the_others_counted():
    lines = str(ConfigError(*(f"problem {number}" for number in range(100_000)))).splitlines()
    assert lines[0] == "problem 0"
    assert lines[-2:] == ["problem 99", "and 99,900 more errors"]


def test_a_long_text_is_cut_in_its_middle_to_one_line():
    assert cut("a\nb") == "a b"
    assert cut("a" * 1000 + "the end", 30) == "a" * 20 + " ... " + "aaathe end"


def test_no_line_of_an_error_is_endless_and_none_moves_the_cursor():
    text = str(Problem("\x1b[2J" + "x" * 100_000, HERE, "line one\nline two"))
    assert len(text) < 3000
    assert "\x1b" not in text
    assert r"\x1b[2J" in text
    assert text.endswith("line one\nline two")
