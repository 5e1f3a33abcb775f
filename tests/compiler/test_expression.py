"""Expressions: what they parse to, what they are worth, and what is wrong with them.

https://circleci.com/docs/reference/configuration-reference/#using-expressions-in-your-configuration: precedence,
operands, types. The texts of syntax errors are CircleCI's.
"""

import math

import pytest

from ci.compiler.expression import (
    Binary,
    EvaluationProblem,
    Literal,
    Name,
    Not,
    Pattern,
    SyntaxProblem,
    describe,
    evaluate,
    names,
    parse,
    patterns,
    same,
    truthy,
)

A, B, C, D = (Name(letter) for letter in "abcd")
VALUES = {
    "t": True,
    "f": False,
    "zero": 0,
    "one": 1,
    "half": 0.5,
    "empty": "",
    "text": "abc",
    "null": None,
    "list": [1],
}


def full_match(pattern, text):
    return (pattern, text) in [("a.c", "abc"), ("", ""), ("a/c", "a/c")]


def value(text):
    return evaluate(parse(text), VALUES.__getitem__, full_match)


def syntax_problem(text):
    with pytest.raises(SyntaxProblem) as problem:
        parse(text)
    return str(problem.value)


def evaluation_problem(text):
    with pytest.raises(EvaluationProblem) as problem:
        value(text)
    return str(problem.value)


LEVELS = [["or"], ["and"], ["==", "!="], ["starts-with", "matches"], [">=", ">", "<=", "<"]]
"""The reference's list of precedence, weakest first."""


@pytest.mark.parametrize(
    ("weak", "strong"),
    [(w, s) for at, level in enumerate(LEVELS) for w in level for higher in LEVELS[at + 1 :] for s in higher],
)
def test_a_stronger_operator_takes_its_operands_first(weak, strong):
    assert parse(f"a {weak} b {strong} c") == Binary(weak, A, Binary(strong, B, C))
    assert parse(f"a {strong} b {weak} c") == Binary(weak, Binary(strong, A, B), C)


@pytest.mark.parametrize(("one", "other"), [(one, other) for level in LEVELS for one in level for other in level])
def test_operators_of_one_level_group_from_the_left(one, other):
    assert parse(f"a {one} b {other} c") == Binary(other, Binary(one, A, B), C)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("pipeline.git.branch", Name("pipeline.git.branch")),
        (" \n pipeline.x-y_z.b2 ", Name("pipeline.x-y_z.b2")),
        ("a", A),
        ("true", Literal(True)),
        ("false", Literal(False)),
        ("-12", Literal(-12)),
        ("0", Literal(0)),
        ('""', Literal("")),
        (r'"a\"b\\c\n"', Literal('a"b\\c\\n')),
        ('"not"', Literal("not")),
        ('"and" and "or"', Binary("and", Literal("and"), Literal("or"))),
        ('"!"', Literal("!")),
        ("not a", Not(A)),
        ("!a", Not(A)),
        ("not not a", Not(Not(A))),
        ("!!a", Not(Not(A))),
        ("not a == b", Binary("==", Not(A), B)),
        ("not a > b", Binary(">", Not(A), B)),
        ("not (a == b)", Not(Binary("==", A, B))),
        ("(a or b) and c", Binary("and", Binary("or", A, B), C)),
        ("a and (b or c) and d", Binary("and", Binary("and", A, Binary("or", B, C)), D)),
        ("((a))", A),
        ("a\n or\n b", Binary("or", A, B)),
        ("a==b", Binary("==", A, B)),
        ("a matches /x/", Binary("matches", A, Pattern("x"))),
        ("a matches /not/", Binary("matches", A, Pattern("not"))),
        ("a matches /!/", Binary("matches", A, Pattern("!"))),
        (r"a matches /x\/y\d/", Binary("matches", A, Pattern(r"x/y\d"))),
        ("a matches/x/ and b", Binary("and", Binary("matches", A, Pattern("x")), B)),
        (
            "a matches /x/ or b matches /y/",
            Binary("or", Binary("matches", A, Pattern("x")), Binary("matches", B, Pattern("y"))),
        ),
        ("a matches b", Binary("matches", A, B)),
        ("1.5", Name("1.5")),
        ("nothing-but.https://example", Name("nothing-but.https://example")),
        ("  9lives.@x ", Name("9lives.@x")),
    ],
)
def test_a_text_parses_to_its_expression(text, expression):
    assert parse(text) == expression


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected expression"),
        (" ", "Expected expression"),
        ("a ==", "Expected expression"),
        ("not", "Expected expression"),
        ("and", 'Expected expression, found "and"'),
        ("a and or b", 'Expected expression, found "or"'),
        ("starts-with", 'Expected expression, found "starts-with"'),
        ("a == )", 'Expected expression, found ")"'),
        ("()", 'Expected expression, found ")"'),
        ("(a", "Expected ')' after expression"),
        ("(a b", "Expected ')' after expression"),
        ("a b", 'Expected end of expression, found "b"'),
        ("a)", 'Expected end of expression, found ")"'),
        ('a "or" b', 'Expected end of expression, found ""or""'),
        ("a && b", "Unexpected character '&'"),
        ("a or  $", "Unexpected character '$'"),
        ("a == /x/", "Unexpected character '/'"),
        ("https://a.b/c", "Unexpected character ':'"),
        ('a == "x', "Unterminated string"),
        ('a ==   "x', "Unterminated string"),
        (r'"\"', "Unterminated string"),
    ],
)
def test_what_cannot_be_read_is_refused_in_circlecis_words(text, message):
    assert syntax_problem(text) == message


def test_an_expression_has_2048_characters_at_most():
    longest = "a or " + " " * 2042 + "b"
    assert parse(longest) == Binary("or", A, B)
    assert syntax_problem(longest + " ") == "Expressions must be less than 2048 characters, this one is 2049"


def test_a_name_alone_may_be_longer():
    assert parse("a." + "b" * 3000) == Name("a." + "b" * 3000)


@pytest.mark.parametrize(("before", "after"), [("(", ")"), ("not ", ""), ("!", "")])
def test_an_expression_nests_to_100_levels(before, after):
    parse(before * 100 + "a" + after * 100)
    assert syntax_problem(before * 101 + "a" + after * 101) == "The expression nests more than 100 levels"


def test_what_stands_side_by_side_does_not_nest():
    parse("(a) or " + "(" * 100 + "a" + ")" * 100)
    assert syntax_problem("(a) or " + "(" * 101 + "a" + ")" * 101) == "The expression nests more than 100 levels"
    parse(" or ".join(["(a)"] * 150))
    parse(" or ".join(["!a"] * 150))


@pytest.mark.parametrize(
    ("text", "names_in_order"),
    [
        ("a", ["a"]),
        ('"a" == 1', []),
        ("not a", ["a"]),
        ("b or a and not b", ["b", "a", "b"]),
        ("a matches /b/", ["a"]),
    ],
)
def test_the_names_come_in_the_order_of_the_text(text, names_in_order):
    assert names(parse(text)) == names_in_order


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", []),
        ("a == b", []),
        ('a == "x"', []),
        ("a matches /x/", ["x"]),
        ('a matches "y"', ["y"]),
        ("a matches text", ["abc"]),
        ("a matches one", []),
        ("a matches 7", []),
        ("not (a matches /x/)", ["x"]),
        ("not (a matches text)", ["abc"]),
        ("a matches text and b matches text", ["abc", "abc"]),
        ("(a matches text) matches /y/", ["abc", "y"]),
        ("a matches /x/ or b matches /y/ and not (c matches /z/)", ["x", "y", "z"]),
        ("(a matches /x/) matches /y/", ["x", "y"]),
    ],
)
def test_the_patterns_of_an_expression_are_those_to_the_right_of_matches(text, found):
    assert patterns(parse(text), VALUES.get) == found


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        *((false, False) for false in (False, None, 0, 0.0, -0.0, "", math.nan)),
        *((true, True) for true in (True, 1, -1, 0.1, math.inf, "0", "false", " ", [], {})),
    ],
)
def test_false_null_zero_nan_and_the_empty_string_are_falsy(given, expected):
    assert truthy(given) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one or text", 1),
        ("zero or text", "abc"),
        ("empty or zero", 0),
        ("zero or null", None),
        ("one and text", "abc"),
        ("zero and text", 0),
        ("empty and t", ""),
        ("null and undefined", None),
        ("one or undefined", 1),
        ("not zero", True),
        ("not text", False),
        ("!null", True),
        ("null or f or one", 1),
        ('"a" and 7', 7),
    ],
)
def test_and_and_or_return_an_operand_and_not_a_boolean(text, expected):
    assert value(text) == expected
    assert type(value(text)) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 == 1", True),
        ("1 != 1", False),
        ("1 == 2", False),
        ("1 != 2", True),
        ('1 == "1"', False),
        ('1 != "1"', True),
        ("1 == true", False),
        ("1 != true", True),
        ("0 == false", False),
        ("false == 0", False),
        ("true == true", True),
        ("true == false", False),
        ("false != true", True),
        ('"a" == "a"', True),
        ('"a" == "A"', False),
        ("null == null", True),
        ("null == f", False),
        ('null == ""', False),
    ],
)
def test_values_of_two_types_are_never_equal(text, expected):
    assert value(text) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"), [(1, 1.0, True), (True, True, True), (True, 1, False), (1, True, False)]
)
def test_booleans_equal_only_themselves(left, right, expected):
    assert same(left, right) is expected


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [("<", True, False, False), ("<=", True, True, False), (">", False, False, True), (">=", False, True, True)],
)
def test_numbers_are_compared_below_at_and_above_the_limit(operator, below, at, above):
    assert [value(f"{number} {operator} 7") for number in (6, 7, 8)] == [below, at, above]
    assert value(f"half {operator} one") is below


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"abc" starts-with "ab"', True),
        ('"abc" starts-with "bc"', False),
        ('"abc" starts-with ""', True),
        ('"abc" starts-with "abcd"', False),
        ('null starts-with ""', True),
        ('null starts-with "X"', False),
        ("text matches /a.c/", True),
        ("text matches /abd/", False),
        ('text matches "a.c"', True),
        ('"a.c" matches "abc"', False),
        ("null matches //", True),
        ("not (text matches /a.c/)", False),
        ("text matches /a.c/ and text matches /a.c/", True),
        ("f or text matches /a.c/", True),
        ("true == (text matches /a.c/)", True),
        ('null matches ""', True),
        ('"a/c" matches /a\\/c/', True),
    ],
)
def test_starts_with_and_matches_take_texts_and_null_is_an_empty_one(text, expected):
    assert value(text) is expected


NUMBERS = "{} needs a number on both sides; {} is not one"
STRINGS = "{} needs a string on both sides; {} is not one"
ONLY_MATCHES = "a /regex/ is allowed only to the right of matches"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('1 > "1"', NUMBERS.format(">", '"1" (type string)')),
        ('"1" < 1', NUMBERS.format("<", '"1" (type string)')),
        ("true >= 1", NUMBERS.format(">=", "true (type boolean)")),
        ("1 <= f", NUMBERS.format("<=", "false (type boolean)")),
        ("null < 1", NUMBERS.format("<", "null (type null)")),
        ('1 starts-with "1"', STRINGS.format("starts-with", "1 (type integer)")),
        ("text starts-with 1", STRINGS.format("starts-with", "1 (type integer)")),
        ("text starts-with null", STRINGS.format("starts-with", "null (type null)")),
        ("1 matches /1/", STRINGS.format("matches", "1 (type integer)")),
        ("text matches 1", STRINGS.format("matches", "1 (type integer)")),
        ("1 matches text", STRINGS.format("matches", "1 (type integer)")),
        ("f matches /x/", STRINGS.format("matches", "false (type boolean)")),
    ],
)
def test_an_operator_refuses_what_it_cannot_take(text, message):
    assert evaluation_problem(text) == message


@pytest.mark.parametrize("expression", [Pattern("x"), Binary("==", Literal("x"), Pattern("x")), Not(Pattern("x"))])
def test_a_regex_stands_only_to_the_right_of_matches(expression):
    with pytest.raises(EvaluationProblem) as problem:
        evaluate(expression, VALUES.get, full_match)
    assert str(problem.value) == ONLY_MATCHES


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (True, "true (type boolean)"),
        (False, "false (type boolean)"),
        (7, "7 (type integer)"),
        (1.5, "1.5 (type float)"),
        ("true", '"true" (type string)'),
        ("x" * 80, f'"{"x" * 80}" (type string)'),
        ("x" * 81, f'"{"x" * 77}..." (type string)'),
        (None, "null (type null)"),
        ([1], "a list (type list)"),
        ({}, "a map (type map)"),
    ],
)
def test_a_value_is_described_with_its_type(given, text):
    assert describe(given) == text
