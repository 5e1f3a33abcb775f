"""What a user reads of an error: place, what is wrong, how one comes there, what to do."""

from ci.errors import ConfigError, EngineError, Position, Problem, UsageError

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


def test_an_error_tells_all_its_problems():
    assert str(ConfigError(Problem("one", HERE), "two")) == "config.yml:3:7: one\ntwo"


def test_bad_input_is_exit_status_2_and_a_failing_engine_1():
    assert [error.exit_status for error in (ConfigError, UsageError, EngineError)] == [2, 2, 1]


def test_positions_are_ordered_as_a_file_is_read():
    assert sorted([THERE, HERE, Position("config.yml", 3, 2)])[0].column == 2
