"""What is wrong with a config: every problem once, with its place and the uses that lead to it, sorted by place."""

import pytest

from ci.compiler.announced import DATE
from ci.compiler.diagnostics import Diagnostics
from ci.errors import SHOWN, ConfigError, Position, Problem

from .snippets import FILE, node


def place(line, column=1, file=FILE):
    return Position(file, line, column)


def raised(diagnostics):
    with pytest.raises(ConfigError) as error:
        diagnostics.raise_errors()
    return error.value


def test_without_problems_nothing_is_raised():
    diagnostics = Diagnostics(FILE)
    diagnostics.warn(place(1), "only a warning")
    diagnostics.raise_errors()
    assert diagnostics.count == 0


def test_problems_come_in_the_order_of_the_source_the_configs_own_file_first():
    diagnostics = Diagnostics(FILE)
    for at, message in [
        (place(9), "d"),
        (place(2, 7), "c"),
        (place(1, 1, "orb.yml"), "e"),
        (place(2, 3), "b"),
        (None, "a"),
    ]:
        diagnostics.error(at, message)
    assert [each.message for each in raised(diagnostics).problems] == ["a", "b", "c", "d", "e"]
    assert diagnostics.count == 5


def test_a_message_is_reported_once_for_each_place():
    diagnostics = Diagnostics(FILE)
    for at in (place(1), place(1), place(2), None, None):
        diagnostics.error(at, "the same", "the hint")
        diagnostics.warn(at, "the same")
    assert len(raised(diagnostics).problems) == len(diagnostics.warnings) == 3


def test_a_place_is_a_position_or_what_has_one():
    diagnostics = Diagnostics(FILE)
    diagnostics.error(node("[a]"), "wrong")
    assert raised(diagnostics).problems[0].position == node("[a]").position


def test_the_trail_leads_from_the_problem_to_its_users():
    diagnostics = Diagnostics(FILE)
    with diagnostics.within("outer", place(1)):
        with diagnostics.within("inner", place(2)):
            diagnostics.error(place(3), "wrong")
        diagnostics.error(place(4), "wrong too")
    diagnostics.error(place(5), "at last")
    assert [each.trail for each in raised(diagnostics).problems] == [
        (("inner", place(2)), ("outer", place(1))),
        (("outer", place(1)),),
        (),
    ]


def test_the_trail_is_left_when_an_error_passes():
    diagnostics = Diagnostics(FILE)
    with pytest.raises(ConfigError), diagnostics.within("outer", place(1)):
        raise ConfigError("stop")
    diagnostics.error(place(2), "wrong")
    assert raised(diagnostics).problems[0].trail == ()


def test_the_problems_of_a_file_that_cannot_be_read_are_taken_over():
    diagnostics = Diagnostics(FILE)
    diagnostics.include(ConfigError(Problem("unreadable", place(1, 1, "orb.yml"))))
    diagnostics.include(ConfigError(Problem("unreadable", place(1, 1, "orb.yml"))))
    assert [str(each) for each in raised(diagnostics).problems] == ["orb.yml:1:1: unreadable"]


def test_an_unknown_key_is_a_warning_for_version_2():
    diagnostics = Diagnostics(FILE)
    diagnostics.unknown(place(1), "unknown")
    diagnostics.lenient = True
    diagnostics.unknown(place(2), "unknown")
    assert [each.position.line for each in raised(diagnostics).problems] == [1]
    assert [each.position.line for each in diagnostics.warnings] == [2]


@pytest.mark.parametrize(("choice", "errors", "warnings"), [("refused", 1, 0), ("warned", 0, 1), ("accepted", 0, 0)])
def test_what_circleci_has_announced_is_refused_warned_of_or_accepted(choice, errors, warnings):
    diagnostics = Diagnostics(FILE, choice)
    diagnostics.announced(place(1), "version 2", "the hint")
    assert (diagnostics.count, len(diagnostics.warnings)) == (errors, warnings)
    found = raised(diagnostics).problems if errors else diagnostics.warnings
    assert [each.message for each in found] == [f"version 2: CircleCI's compiler refuses it since {DATE}"] * (
        errors + warnings
    )


def test_inside_of_only_warned_nothing_announced_is_an_error():
    diagnostics = Diagnostics(FILE, "refused")
    with diagnostics.only_warned():
        diagnostics.announced(place(1), "a", "")
    diagnostics.announced(place(2), "b", "")
    assert (diagnostics.count, len(diagnostics.warnings)) == (1, 1)


def test_behind_the_first_problems_nothing_is_looked_for():
    diagnostics = Diagnostics(FILE)
    for number in range(2 * SHOWN - 1):
        diagnostics.error(place(number), "wrong")
    assert diagnostics.suggest("biuld", ["build"]) == "did you mean 'build'?"
    assert diagnostics.listing(["b", "a"]) == "a, b"
    diagnostics.warn(place(1), "one more")
    assert diagnostics.suggest("biuld", ["build"]) is None
    assert diagnostics.listing(["a"]) == ""


def test_a_missing_orb_is_an_error_beside_others_if_something_uses_it():
    diagnostics = Diagnostics(FILE)
    for name in ("used", "unused"):
        diagnostics.lacks_orb(f"a/{name}@1", place(1), f"Cannot find orb '{name}'", "fetch it")
    diagnostics.missing.meet("a/used@1")
    diagnostics.raise_errors()
    diagnostics.error(place(2), "wrong")
    assert [each.message for each in raised(diagnostics).problems] == ["Cannot find orb 'used'", "wrong"]


def test_a_file_that_is_not_packed_is_reported_once():
    diagnostics = Diagnostics(FILE)
    for line in (3, 5):
        diagnostics.not_packed(place(line, 1, "orb.yml"), f"<< include({line}) >>")
    diagnostics.not_packed(place(1, 1, "other.yml"), "<< include(x) >>")
    assert [each.position for each in raised(diagnostics).problems] == [
        place(3, 1, "orb.yml"),
        place(1, 1, "other.yml"),
    ]


def test_a_message_of_any_length_is_one_line():
    diagnostics = Diagnostics(FILE)
    diagnostics.error(place(1), "a\nb" + "x" * 10_000, "c\nd")
    [problem] = raised(diagnostics).problems
    assert len(problem.message) < 500
    assert "\n" not in problem.message + problem.hint
