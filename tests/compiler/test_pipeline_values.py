"""Pipeline values and pipeline parameters.

https://circleci.com/docs/guides/orchestrate/pipeline-variables/: parameters have a default, are typed, and an argument
that is not declared ends the pipeline. https://circleci.com/docs/reference/variables/#pipeline-values: names and types.
"""

import pytest

from ci.compiler.diagnostics import Diagnostics
from ci.compiler.pipeline_values import DEFAULTS, PipelineValues, pipeline_parameters, typed

from .snippets import FILE, at, map_node, problems

CONFIG = (
    "{parameters: {s: {type: string, default: a}, b: {type: boolean, default: false}, i: {type: integer, default: 1}, "
    "e: {type: enum, enum: [x, 7, true], default: x}}}"
)
BY_DEFAULT = {"s": "a", "b": False, "i": 1, "e": "x"}


def parameters(text=CONFIG, **given):
    """Return the pipeline parameters, and what is reported."""
    diagnostics = Diagnostics(FILE)
    found = pipeline_parameters(map_node(text), PipelineValues(**given), diagnostics)
    return found, problems(diagnostics)


def test_a_parameter_has_its_default():
    assert parameters() == (BY_DEFAULT, [])
    assert parameters("{jobs: {}}") == ({}, [])


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        ({"s": "b"}, {"s": "b"}),
        ({"s": ""}, {"s": ""}),
        ({"b": True, "i": 2}, {"b": True, "i": 2}),
        ({"e": 7}, {"e": 7}),
        ({"e": "7"}, {"e": "7"}),
        ({"s": None}, {}),
    ],
)
def test_an_argument_replaces_the_default_and_null_does_not(arguments, changed):
    assert parameters(arguments=arguments) == ({**BY_DEFAULT, **changed}, [])


@pytest.mark.parametrize(
    ("texts", "changed"),
    [
        ({"s": "true"}, {"s": "true"}),
        ({"b": "true"}, {"b": True}),
        ({"b": "off"}, {"b": False}),
        ({"i": "7"}, {"i": 7}),
        ({"e": "7"}, {"e": 7}),
        ({"e": "true"}, {"e": True}),
    ],
)
def test_an_argument_of_text_is_typed_as_it_is_declared(texts, changed):
    assert parameters(texts=texts) == ({**BY_DEFAULT, **changed}, [])


def test_a_text_is_stronger_than_an_argument():
    assert parameters(arguments={"s": "argument"}, texts={"s": "text"})[0]["s"] == "text"


@pytest.mark.parametrize(
    ("given", "piece", "message"),
    [
        ({"arguments": {"s": 7}}, "s: {type", "s: expected type: string, actual value: 7 (type integer)"),
        ({"arguments": {"b": "true"}}, "b: {type", 'b: expected type: boolean, actual value: "true" (type string)'),
        ({"texts": {"b": "maybe"}}, "b: {type", 'b: expected type: boolean, actual value: "maybe" (type string)'),
        ({"texts": {"i": "1.5"}}, "i: {type", 'i: expected type: integer, actual value: "1.5" (type string)'),
        ({"texts": {"i": "true"}}, "i: {type", 'i: expected type: integer, actual value: "true" (type string)'),
        ({"texts": {"b": "1"}}, "b: {type", 'b: expected type: boolean, actual value: "1" (type string)'),
        (
            {"texts": {"e": "y"}},
            "e: {type",
            'e: expected type: enum, one of: x, 7, true, actual value: "y" (type string)',
        ),
    ],
)
def test_an_argument_of_another_type_is_refused_in_circlecis_words(given, piece, message):
    _, reported = parameters(**given)
    hint = "a pipeline parameter, given from outside"
    assert reported == [at(CONFIG, piece, f"Type error for argument {message}", hint)]


@pytest.mark.parametrize(
    ("text", "names", "message"),
    [
        (CONFIG, ["x"], "x (the config declares b, e, i, s)"),
        (CONFIG, ["x", "y"], "x, y (the config declares b, e, i, s)"),
        ("{jobs: {}}", ["x"], "x (the config declares no pipeline parameters)"),
        ("{parameters: {deploy: {type: string, default: a}}}", ["depoly"], "depoly (did you mean 'deploy'?)"),
    ],
)
def test_an_argument_that_is_not_declared_is_refused(text, names, message):
    for given in ({"arguments": dict.fromkeys(names, "a")}, {"texts": dict.fromkeys(names, "a")}):
        assert parameters(text, **given)[1] == [f"0: Unexpected argument(s): {message}"]


def test_a_default_may_not_come_from_another_parameter():
    text = "{parameters: {a: {type: string, default: x}, b: {type: boolean, default: << pipeline.parameters.a >>}}}"
    assert len(parameters(text)[1]) == 1


def test_a_text_for_what_is_not_declared_stays_text():
    assert typed("7", None) == "7"


def test_a_given_value_stands_over_the_default_one():
    values = PipelineValues({"git.branch": "dev", "mine": 1}).with_defaults()
    assert (values["git.branch"], values["mine"], values["project.type"]) == ("dev", 1, "github")
    assert "nothing" not in values
    assert len(values) == len(DEFAULTS) + 1
    assert sorted(values) == sorted([*DEFAULTS, "mine"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("number", int),
        ("event.github.pull_request.number", int),
        ("git.branch.is_default", bool),
        ("in_setup", bool),
        ("event.github.pull_request.draft", bool),
        ("event.github.pull_request.merged", bool),
        ("trigger_parameters.gitlab.is_fork_merge_request", bool),
        ("id", str),
        ("git.branch", str),
        ("git.tag", str),
        ("git.revision", str),
        ("project.slug", str),
    ],
)
def test_a_pipeline_value_has_the_type_of_the_reference(name, kind):
    assert type(DEFAULTS[name]) is kind
