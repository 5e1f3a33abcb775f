"""Expressions: what they parse to, what they are worth, and what is wrong with them."""

import pytest

from ci.compiler.expression import evaluate, parse


@pytest.mark.parametrize(("text", "value"), [("1 == 1", True), ("not (1 < 2)", False), ("1 >= 1 and 2 > 1", True)])
def test_an_expression_has_its_value(text, value):
    assert evaluate(parse(text), {}.get, lambda pattern, text: True) == value
