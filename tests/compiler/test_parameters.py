"""Parameters: how they are declared, and which arguments fit.

https://circleci.com/docs/reference/reusing-config/#parameter-types: the types of each kind of element, what a value of
each type is. #using-the-parameters-declaration: the keys of a declaration. The texts of type errors are CircleCI's.
"""

import pytest

from ci.compiler.definitions import BROKEN, Declaration, Definitions, ExecutorChoice, Steps
from ci.compiler.diagnostics import Diagnostics
from ci.compiler.parameters import declarations, mismatch
from ci.errors import Position

from .snippets import FILE, at, map_node, node, plain, problems

HERE = Position(FILE, 1, 1)
ALL_TYPES = ["string", "boolean", "integer", "enum", "executor", "steps", "env_var_name"]
TYPES = {
    "pipeline": ["string", "boolean", "integer", "enum"],
    "command": ALL_TYPES,
    "job": ALL_TYPES,
    "executor": ["string", "boolean", "integer", "enum", "env_var_name"],
}


def declared(parameters, kind="command"):
    """Return the declarations of an element with these ``parameters``, and what is reported."""
    diagnostics = Diagnostics(FILE)
    element = map_node(f"{{parameters: {parameters}}}")
    return declarations(element, kind, diagnostics), problems(diagnostics)


def refused(parameters, piece, message, hint="", kind="command"):
    found, reported = declared(parameters, kind)
    text = f"{{parameters: {parameters}}}"
    assert reported == [at(text, piece, message, hint)]
    return found


@pytest.mark.parametrize(("kind", "type_"), [(kind, each) for kind in TYPES for each in ALL_TYPES])
def test_each_kind_of_element_has_its_types(kind, type_):
    rest = {"enum": ", enum: [a], default: a", "boolean": ", default: true", "integer": ", default: 7"}
    found, reported = declared(f"{{p: {{type: {type_}{rest.get(type_, ', default: a')}}}}}", kind)
    wrong_type = [each for each in reported if f"of a {kind} cannot have the type {type_}" in each]
    assert bool(wrong_type) is (type_ not in TYPES[kind])
    assert found["p"].type == (type_ if type_ in TYPES[kind] else "?")


@pytest.mark.parametrize("parameters", ["null", "{}"])
def test_an_element_may_declare_nothing(parameters):
    assert declared(parameters) == ({}, [])
    assert declarations(map_node("{steps: []}"), "command", Diagnostics(FILE)) == {}


def test_a_declaration_has_a_type_and_perhaps_a_default_a_description_and_members():
    found, reported = declared("{a: {type: string}, b: {type: enum, enum: [x, 7, true], default: x, description: d}}")
    assert reported == []
    assert list(found) == ["a", "b"]
    assert (found["a"].name, found["a"].type, found["a"].default, found["a"].members) == ("a", "string", None, ())
    assert (found["b"].type, plain(found["b"].default), found["b"].members) == ("enum", "x", ("x", 7, True))


@pytest.mark.parametrize(
    ("parameters", "piece", "message", "hint"),
    [
        ("[a]", "[a]", "parameters must be a map from names to declarations", ""),
        ("a", "a}", "parameters must be a map from names to declarations", ""),
        ("{p: string}", "string", "parameter 'p' must be a map with a type", "for example {type: string}"),
        ("{p: null}", "null", "parameter 'p' must be a map with a type", "for example {type: string}"),
        (
            "{p: {default: a}}",
            "p: {d",
            "required key [type] not found in parameter 'p'",
            "one of boolean, enum, env_var_name, executor, integer, steps, string",
        ),
        (
            "{p: {type: strnig}}",
            "strnig",
            "parameter 'p' of a command cannot have the type strnig",
            "did you mean 'string'?",
        ),
        (
            "{p: {type: 7}}",
            "7",
            "parameter 'p' of a command cannot have the type 7",
            "one of boolean, enum, env_var_name, executor, integer, steps, string",
        ),
        (
            "{p: {type: string, defalt: a}}",
            "defalt",
            "extraneous key [defalt] is not permitted in parameter 'p'",
            "did you mean 'default'?",
        ),
        (
            "{p: {type: string, xyz: a}}",
            "xyz",
            "extraneous key [xyz] is not permitted in parameter 'p'",
            "Permitted keys: type, default, description, enum",
        ),
        ("{p: {type: enum}}", "p: {t", "parameter 'p' needs a list of its values under enum", ""),
        ("{p: {type: enum, enum: []}}", "[]", "parameter 'p' needs a list of its values under enum", ""),
        ("{p: {type: enum, enum: a}}", "a}}", "parameter 'p' needs a list of its values under enum", ""),
        ("{p: {type: enum, enum: [a, [b]]}}", "[a", "parameter 'p' needs a list of its values under enum", ""),
    ],
)
def test_a_wrong_declaration_is_reported(parameters, piece, message, hint):
    refused(parameters, piece, message, hint)


def test_a_wrong_declaration_still_takes_any_argument():
    found, _ = declared("{p: {type: nothing}, q: string, r: {default: 1}}")
    assert [mismatch(node("[a]"), each) for each in found.values()] == [None, None, None]


@pytest.mark.parametrize(
    "name", ["name", "requires", "context", "type", "filters", "matrix", "pre-steps", "post-steps"]
)
def test_a_jobs_parameter_cannot_have_the_name_of_an_attribute_of_a_workflows_entry(name):
    parameters = f"{{{name}: {{type: string}}}}"
    message = f"a job's parameter cannot be called '{name}'"
    refused(parameters, f"{name}: {{type", message, "the name is reserved for workflows", kind="job")
    assert declared(parameters, "command")[1] == []


def test_a_pipeline_parameter_must_have_a_default():
    message = "required key [default] not found in pipeline parameter 'p'"
    refused("{p: {type: string}}", "p: {", message, "pipeline parameters must have a default", kind="pipeline")


@pytest.mark.parametrize("kind", TYPES)
def test_a_default_must_be_of_the_type(kind):
    message = "Type error for default value of parameter p: expected type: boolean, actual value: 7 (type integer)"
    refused("{p: {type: boolean, default: 7}}", "7", message, kind=kind)


def test_the_default_of_an_enum_is_one_of_its_members():
    problem = 'expected type: enum, one of: a, b, actual value: "c" (type string)'
    message = f"Type error for default value of parameter p: {problem}"
    refused("{p: {type: enum, enum: [a, b], default: c}}", "c}", message)
    assert declared("{p: {type: enum, enum: [a, b], default: b}}")[1] == []


def test_a_default_with_a_tag_is_checked_once_it_is_filled():
    assert declared("{p: {type: boolean, default: << parameters.q >>}}")[1] == []
    assert len(declared("{p: {type: boolean, default: << pipeline.number >>}}", "pipeline")[1]) == 1


def fits(type_, argument, members=()):
    return mismatch(node(argument) if isinstance(argument, str) else argument, declaration(type_, members)) is None


def declaration(type_, members=()):
    text = f"{{p: {{type: {type_}{f', enum: [{members}]' if members else ''}}}}}"
    return declared(text)[0]["p"]


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("string", ["a", "''", "'7'", "'true'"], ["7", "1.10", "true", "on", "null", "[a]", "{a: 1}"]),
        ("boolean", ["true", "false", "yes", "off"], ["'true'", "1", "0", "null", "a", "[true]"]),
        ("integer", ["7", "-1", "0"], ["'7'", "7.0", "1.5", "true", "null", "[7]"]),
        ("env_var_name", ["A", "_a1", "a_B"], ["MY-VAR", "1A", "''", "A B", "'A '", "7", "true", "null", "ä"]),
        ("steps", ["[]", "[checkout]"], ["checkout", "{run: a}", "null", "7"]),
        ("executor", ["default", "{name: e, tag: x}"], ["7", "true", "null", "[e]"]),
    ],
)
def test_an_argument_fits_if_it_is_of_the_type(type_, good, bad):
    assert [each for each in good if not fits(type_, each)] == []
    assert [each for each in bad if fits(type_, each)] == []


@pytest.mark.parametrize(
    ("members", "argument", "expected"),
    [
        ("a, b", "a", True),
        ("a, b", "c", False),
        ("a, b", "A", False),
        ("a, b", "null", False),
        ("7, 8", "7", True),
        ("7, 8", "'7'", True),
        ("'7'", "7", True),
        ("true", "true", True),
        ("true", "'true'", True),
        ("1", "true", False),
        ("true", "1", False),
        ("a", "[a]", False),
    ],
)
def test_an_enums_argument_is_a_member_or_written_like_one(members, argument, expected):
    assert fits("enum", argument, members) is expected


@pytest.mark.parametrize(
    ("type_", "argument", "message"),
    [
        ("boolean", '"true"', 'expected type: boolean, actual value: "true" (type string)'),
        ("string", "3.1", "expected type: string, actual value: 3.1 (type float)"),
        ("string", "on", "expected type: string, actual value: true (type boolean)"),
        ("integer", "null", "expected type: integer, actual value: null (type null)"),
        ("string", "[a]", "expected type: string, actual value: a list (type steps)"),
        ("string", "{a: b}", "expected type: string, actual value: a map (type map)"),
        ("steps", "a", 'expected type: steps, actual value: "a" (type string)'),
    ],
)
def test_a_mismatch_names_the_type_and_the_value(type_, argument, message):
    assert mismatch(node(argument), declaration(type_)) == message


def test_an_enum_of_many_members_shows_twelve():
    found = mismatch(node("x"), declaration("enum", ", ".join(f"m{number}" for number in range(15))))
    members = ", ".join(f"m{number}" for number in range(12))
    assert found == f'expected type: enum, one of: {members} and 3 more, actual value: "x" (type string)'


def test_steps_and_an_executor_that_were_made_elsewhere_fit_their_types_alone():
    steps = Steps([], HERE)
    choice = ExecutorChoice("e", {}, Definitions(), HERE)
    assert fits("steps", steps)
    assert fits("executor", choice)
    assert mismatch(steps, declaration("string")) == "expected type: string, actual value: a list (type steps)"
    assert mismatch(choice, declaration("string")) == 'expected type: string, actual value: "e" (type executor)'
    assert not fits("executor", steps)
    assert not fits("steps", choice)


@pytest.mark.parametrize("type_", ALL_TYPES[:3])
def test_what_was_reported_before_fits_every_type(type_):
    assert mismatch(BROKEN, Declaration("p", type_, None, (), HERE)) is None
