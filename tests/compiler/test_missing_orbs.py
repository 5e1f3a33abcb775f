"""Orbs that are missing, and which parts of the config hang on them, at first and when they are taken again."""

from ci.compiler.missing_orbs import MissingOrbs
from ci.errors import Problem


def test_what_is_met_inside_is_met_outside_too():
    missing = MissingOrbs()
    with missing.met("outer") as outer:
        missing.meet("a")
        with missing.met("inner") as inner:
            missing.meet("b")
        assert list(inner) == ["b"]
    assert list(outer) == ["a", "b"]


def test_what_is_taken_again_hangs_on_the_same_orbs():
    missing = MissingOrbs()
    with missing.met("command"):
        missing.meet("a")
    with missing.met("job") as met:
        missing.meet_again("command")
        missing.meet_again("another command")
    assert list(met) == ["a"]


def test_what_is_met_beside_is_not_met():
    missing = MissingOrbs()
    with missing.met("first"):
        missing.meet("a")
    with missing.met("second") as met:
        pass
    assert list(met) == []


def test_an_orb_that_something_hangs_on_is_a_problem_and_any_other_is_unused():
    missing = MissingOrbs({"a": Problem("no a"), "b": Problem("no b")})
    missing.meet("b")
    missing.meet("b")
    assert missing.problems == (Problem("no b"),)
    assert missing.unused == (Problem("no a"),)
