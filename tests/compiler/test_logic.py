"""Logic statements, and the conditions of workflows.

https://circleci.com/docs/reference/configuration-reference/#logic-statements: the operators, what is falsy, that lists
of arguments are not empty. #using-when-in-workflows: a text without tags is an expression.
"""

import pytest

from ci.compiler.announced import DATE
from ci.compiler.definitions import BROKEN, Definitions, ExecutorChoice, Steps
from ci.compiler.logic import evaluate_condition, evaluate_expression, evaluate_when, is_statement, warn_of_text
from ci.errors import Position

from .snippets import FILE, at, node, problems, scope, warnings

HERE = Position(FILE, 1, 1)
PARAMETERS = {"yes": "true", "no": "false", "empty": '""', "word": "abc", "two": "2", "null": "null", "list": "[a, b]"}


def conditions():
    return scope(parameters=PARAMETERS, pipeline_parameters={"flag": True})


def refusals(text, evaluate=evaluate_condition, **options):
    """Return what is reported of a condition that has no value."""
    place = scope(parameters=PARAMETERS, pipeline_parameters={"flag": True}, **options)
    assert evaluate(node(text), place) is None
    return problems(place)


@pytest.mark.parametrize("text", ["false", "null", "0", "0.0", ".nan", '""', "no", "<< parameters.no >>"])
def test_false_null_zero_nan_and_the_empty_string_are_falsy(text):
    assert evaluate_condition(node(text), conditions()) is False


@pytest.mark.parametrize("text", ["true", "1", "-1", '"false"', '"0"', '" "', "yes", "<< parameters.word >>"])
def test_all_else_is_truthy(text):
    assert evaluate_condition(node(text), conditions()) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{and: [true]}", True),
        ("{and: [1, a, true]}", True),
        ("{and: [true, 0]}", False),
        ("{and: ['', true]}", False),
        ("{or: [false]}", False),
        ("{or: [0, '', null]}", False),
        ("{or: [false, a]}", True),
        ("{or: [a, false]}", True),
        ("{not: true}", False),
        ("{not: ''}", True),
        ("{not: null}", True),
        ("{not: << parameters.no >>}", True),
        ("{not: {or: [false, {and: [true, {not: true}]}]}}", True),
        ("{and: [{or: [false, true]}, {not: {equal: [1, 2]}}]}", True),
        ("{or: << parameters.list >>}", True),
    ],
)
def test_and_or_and_not_join_what_is_truthy(text, expected):
    place = conditions()
    assert evaluate_condition(node(text), place) is expected
    assert problems(place) == warnings(place) == []


@pytest.mark.parametrize("text", ["{}", "{{and: [{}]}}", "{{or: [false, {}]}}", "{{not: {{not: {}}}}}"])
def test_steps_and_an_executor_are_truthy(text):
    place = scope(parameters={"s": Steps([], HERE), "e": ExecutorChoice("x", {}, Definitions(), HERE)})
    for name in "se":
        assert evaluate_condition(node(text.format(f"<< parameters.{name} >>")), place) is True
    assert problems(place) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{equal: [a]}", True),
        ("{equal: [a, a, a]}", True),
        ("{equal: [a, a, b]}", False),
        ("{equal: [b, a, a]}", False),
        ("{equal: [1, '1']}", False),
        ("{equal: [1, true]}", False),
        ("{equal: [0, false]}", False),
        ("{equal: ['', null]}", False),
        ("{equal: [null, null]}", True),
        ("{equal: [main, << pipeline.git.branch >>]}", True),
        ("{equal: ['7', << pipeline.number >>]}", False),
        ("{equal: [7, << pipeline.number >>]}", True),
        ("{equal: [abcd, << parameters.word >>d]}", True),
        ("{equal: [true, {not: false}]}", True),
        ("{equal: [{not: true}, {and: [true]}]}", False),
        ("{equal: [{not: true}, false, {or: [0]}]}", True),
        ("{equal: [[a, b], << parameters.list >>]}", True),
        ("{equal: [[a, b], [b, a]]}", False),
        ("{equal: [{a: 1}, {a: 1}]}", True),
        ("{equal: << parameters.list >>}", False),
    ],
)
def test_equal_compares_all_values_with_their_types(text, expected):
    place = conditions()
    assert evaluate_condition(node(text), place) is expected
    assert problems(place) == warnings(place) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{matches: {pattern: feature, value: feature}}", True),
        ("{matches: {pattern: feat, value: feature}}", False),
        ("{matches: {pattern: eature, value: feature}}", False),
        ("{matches: {pattern: '^feat.*$', value: feature}}", True),
        ("{matches: {value: << pipeline.git.branch >>, pattern: 'm[a-z]+'}}", True),
        ("{matches: {pattern: << parameters.word >>, value: abc}}", True),
        ("{matches: {pattern: '.*', value: null}}", False),
        ("{matches: {pattern: '', value: ''}}", True),
        ("{not: {matches: {pattern: a, value: b}}}", True),
    ],
)
def test_matches_wants_the_whole_value(text, expected):
    place = conditions()
    assert evaluate_condition(node(text), place) is expected
    assert problems(place) == []


@pytest.mark.parametrize("operator", ["and", "or", "equal"])
def test_a_statement_without_arguments_is_falsy_and_with_an_empty_list_refused(operator):
    place = conditions()
    assert evaluate_condition(node(f"{{{operator}: null}}"), place) is False
    assert problems(place) == []
    wanted = f"{operator} needs a list with at least one argument"
    for argument in ("[]", "a", "{a: 1}", "<< parameters.word >>"):
        text = f"{{{operator}: {argument}}}"
        column = 1 if argument.startswith("<<") else text.index(": ") + 3  # an argument stands where it was written
        assert refusals(text) == [f"{column}: {wanted}"]


def test_what_is_no_statement_is_refused_with_the_operators_to_choose_from():
    hint = "it has one key of and, or, not, equal, matches"
    assert refusals("{}") == [at("{}", "{}", "this is not a logic statement: an empty map", hint)]
    text = "{xyz: 1, or: [a]}"
    assert refusals(text) == [at(text, text, "this is not a logic statement: xyz, or", hint)]
    text = "{qwx: 1, equals: [a]}"
    message = "this is not a logic statement: qwx, equals"
    assert refusals(text) == [at(text, text, message, "did you mean 'equal'?")]
    text = "{equals: [a], equal: [a]}"
    assert refusals(text) == [at(text, text, "this is not a logic statement: equals, equal", hint)]
    text = "{condition: true, equals: [a]}"
    hint = "a workflow's when has no condition key: write the statement directly under it"
    assert refusals(text) == [at(text, text, "this is not a logic statement: condition, equals", hint)]


def test_only_the_first_five_unknown_keys_are_compared_with_the_operators():
    text = "{q1: 1, q2: 1, q3: 1, q4: 1, equals: 1}"
    assert "did you mean 'equal'?" in refusals(text)[0]
    text = "{q1: 1, q2: 1, q3: 1, q4: 1, q5: 1, equals: 1}"
    assert "did you mean" not in refusals(text)[0]


def test_a_list_is_no_statement():
    assert refusals("[a, b]") == [at("[a", "[a", "a logic statement cannot be a list", "use and: or or: before it")]
    text = "{and: [true, [a]]}"
    assert refusals(text) == [at(text, "[a]", "a logic statement cannot be a list", "use and: or or: before it")]


def test_a_wrong_argument_leaves_the_whole_statement_without_a_value():
    for text in ("{or: [true, [a]]}", "{not: [a]}", "{equal: [a, {and: []}]}", "{and: [false, {x: 1}]}"):
        assert len(refusals(text)) == 1


def test_every_wrong_argument_is_reported():
    text = "{and: [[a], {or: [[b]]}]}"
    message, hint = "a logic statement cannot be a list", "use and: or or: before it"
    assert refusals(text) == [at(text, "[a]", message, hint), at(text, "[b]", message, hint)]


def test_of_several_operators_the_first_counts_and_the_second_is_warned_of():
    text = "{and: [true], or: [false], not: true}"
    place = conditions()
    assert evaluate_condition(node(text), place) is True
    message = "'or' is not looked at: a logic statement has one operator, and this one has 'and'"
    hint = "indent 'or' further to make it part of 'and', or write both below and: or or:"
    assert warnings(place) == [at(text, "or", message, hint)]
    text = "{or: [false], and: [true]}"
    place = conditions()
    assert evaluate_condition(node(text), place) is False
    message = "'and' is not looked at: a logic statement has one operator, and this one has 'or'"
    hint = "indent 'and' further to make it part of 'or', or write both below and: or or:"
    assert warnings(place) == [at(text, "and", message, hint)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{and: [a]}", True),
        ("{or: [a], not: b}", True),
        ("{equal: []}", True),
        ("{matches: null}", True),
        ("{and: [a], x: 1}", False),
        ("{}", False),
        ("{x: 1}", False),
        ("[and]", False),
        ("and", False),
    ],
)
def test_a_statement_is_a_map_of_operators_alone(text, expected):
    assert is_statement(node(text)) is expected


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("{matches: {pattern: a}}", "matches", "matches needs a map with exactly the keys pattern and value"),
        (
            "{matches: {pattern: a, value: b, x: c}}",
            "matches",
            "matches needs a map with exactly the keys pattern and value",
        ),
        ("{matches: a}", "matches", "matches needs a map with exactly the keys pattern and value"),
        ("{matches: null}", "matches", "matches needs a map with exactly the keys pattern and value"),
        ("{matches: {pattern: 7, value: b}}", "7", "the pattern of matches must be a string"),
        ("{matches: {pattern: [a], value: b}}", "[a]", "the pattern of matches must be a string"),
        ("{matches: {pattern: a, value: 7}}", "7", "the value of matches must be a string (put it in quotes)"),
        ("{matches: {pattern: a, value: true}}", "true", "the value of matches must be a string (put it in quotes)"),
        ("{matches: {pattern: a, value: [b]}}", "[b]", "the value of matches must be a string (put it in quotes)"),
    ],
)
def test_matches_takes_a_pattern_and_a_value_that_are_strings(text, piece, message):
    assert refusals(text) == [at(text, piece, message)]


def test_a_wrong_pattern_is_reported_where_it_stands():
    text = "{matches: {value: b, pattern: '(a'}}"
    [found] = refusals(text)
    assert found.startswith(at(text, "'(a'", "the pattern '(a'")[:3])
    assert "(a" in found


def test_what_the_announced_compiler_refuses_is_reported_for_the_pattern():
    text = "{matches: {value: b, pattern: '(?!a)b'}}"
    message = f"the negative look-ahead (?! in a regular expression: CircleCI's compiler refuses it since {DATE}"
    hint = "write and: with matches: for A and not: {matches: ...} for B"
    place = scope(announced="warned")
    assert evaluate_condition(node(text), place) is True
    assert warnings(place) == [at(text, "'(?!", message, hint)]


@pytest.mark.parametrize(
    "text",
    [
        "<< parameters.unknown >>",
        "{and: [true, << parameters.unknown >>]}",
        "{and: << parameters.unknown >>}",
        "{equal: [a, << parameters.unknown >>]}",
        "{matches: << parameters.unknown >>}",
        "{matches: {pattern: << parameters.unknown >>, value: a}}",
        "{matches: {pattern: a, value: << parameters.unknown >>}}",
    ],
)
def test_a_tag_without_a_value_is_reported_once_wherever_it_stands(text):
    [found] = refusals(text)
    assert found.startswith(at(text, "<<", "Arguments referenced without declared parameters: parameters.unknown"))


def test_an_argument_that_was_reported_before_leaves_no_further_problem():
    place = scope(parameters={"x": BROKEN})
    for text in (
        "<< parameters.x >>",
        "{or: << parameters.x >>}",
        "{matches: {pattern: << parameters.x >>, value: a}}",
    ):
        assert evaluate_condition(node(text), place) is None
    assert problems(place) == []


@pytest.mark.parametrize("operator", ["{{not: {}}}", "{{and: [{}]}}", "{{equal: [true, {}]}}"])
def test_statements_nest_to_100_levels(operator):
    def nested(depth):
        text = "true"
        for _ in range(depth):
            text = operator.format(text)
        return text

    place = conditions()
    assert evaluate_condition(node(nested(100)), place) is True
    assert problems(place) == []
    text = nested(101)
    assert refusals(text) == [f"{text.rindex('{') + 1}: logic statements may nest to 100 levels"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('pipeline.git.branch == "main"', True),
        ('pipeline.git.branch == "dev"', False),
        ("not pipeline.number", False),
        ("pipeline.parameters.flag", True),
        ("pipeline.number", True),
        ('"false"', True),
        ("{not: true}", False),
        ("{equal: [main, << pipeline.git.branch >>]}", True),
        ("<< pipeline.parameters.flag >>", True),
        ("true", True),
        ("false", False),
        ("0", False),
        ("null", False),
        ('""', False),
        ('" "', True),
    ],
)
def test_a_workflows_when_is_an_expression_or_a_statement(text, expected):
    place = conditions()
    quoted = f"'{text}'" if " == " in text or text.startswith(("not ", '"f')) else text
    assert evaluate_when(node(quoted), place) is expected
    assert problems(place) == warnings(place) == []


def test_a_when_of_a_text_with_tags_is_true_whatever_they_stand_for():
    text = "pipeline.git.branch == << pipeline.git.branch >> and false"
    place = conditions()
    assert evaluate_when(node(text), place) is True
    message = "this when is a text with tags in it, and a text is always true"
    hint = "write the expression without << >>: pipeline values and parameters have their names in it"
    assert warnings(place) == [at(text, text, message, hint)]
    assert problems(place) == []


@pytest.mark.parametrize("text", ["<< pipeline.number >>", "  << pipeline.number >> ", "text", "7", "<< unclosed"])
def test_only_a_longer_text_with_tags_is_warned_of(text):
    place = conditions()
    warn_of_text(node(f"'{text}'" if text != "7" else text), "filter", place)
    assert warnings(place) == []


def test_the_warning_names_what_the_text_is():
    place = conditions()
    warn_of_text(node("'x << pipeline.number >>'"), "filter", place)
    assert [warning.partition(",")[0] for warning in warnings(place)] == ["1: this filter is a text with tags in it"]


def test_an_expression_that_cannot_be_read_is_reported_with_its_text():
    text = "'pipeline.number =='"
    wanted = "Expected expression in the expression: pipeline.number =="
    assert refusals(text, evaluate_when) == [at(text, text, wanted)]
    assert refusals(text, evaluate_expression) == [at(text, text, wanted)]


def test_an_expression_with_an_unknown_name_is_reported_once():
    [found] = refusals("pipeline.nothing or true", evaluate_when)
    assert found.startswith("1: Arguments referenced without declared parameters: pipeline.nothing")
