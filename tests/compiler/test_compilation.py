"""What one compile carries along: limits that honest configs do not meet, and texts parsed once."""

import pytest

from ci.compiler.compilation import Budget, Compilation, exhausted
from ci.compiler.diagnostics import Diagnostics
from ci.compiler.expression import Name, SyntaxProblem
from ci.compiler.template import Template
from ci.errors import ConfigError, Position
from ci.source.limits import LIMITS

from .snippets import FILE, node


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("steps", "the config expands to more than 2000000 steps"),
        ("characters", "tags expand to more than 100000000 characters"),
        ("instances", "the workflows have more than 100000 job instances"),
    ],
)
def test_what_is_left_of_a_limit_can_be_spent_and_no_more(what, message):
    budget = Budget()
    assert getattr(budget, what) == getattr(LIMITS, what)
    spend = getattr(budget, f"spend_{what}")
    spend(getattr(LIMITS, what) - 1, None)
    spend(1, None)
    with pytest.raises(ConfigError) as error:
        spend(1, node("here"))
    assert [(each.message, each.position) for each in error.value.problems] == [(message, node("here").position)]


def test_an_error_that_ends_a_compile_has_a_place_or_none():
    assert exhausted(None, "too much").problems[0].position is None
    assert exhausted(Position(FILE, 2, 3), "too much").problems[0].position == Position(FILE, 2, 3)


def test_a_text_is_parsed_once_and_so_is_what_is_wrong_with_it():
    compilation = Compilation(Diagnostics(FILE), {})
    found = compilation.template("<< a >>")
    assert isinstance(found, Template)
    assert found.whole == Name("a")
    assert compilation.template("<< a >>") is found
    wrong = compilation.template("<< a")
    assert isinstance(wrong, SyntaxProblem)
    assert compilation.template("<< a") is wrong
