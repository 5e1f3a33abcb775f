"""The commands, executors and jobs of a config or an orb: their names, their shape, and the keys of a map.

https://circleci.com/docs/reference/configuration-reference/#commands, #executors, #jobs; the patterns of names are
those of CircleCI's messages.
"""

import pytest

from ci.compiler.define import define, extraneous, near_key
from ci.compiler.definitions import Definitions
from ci.compiler.diagnostics import Diagnostics

from .snippets import FILE, at, map_node, problems, warnings

ELEMENTS = "{commands: {c: {steps: []}}, executors: {e: {machine: true}}, jobs: {j: {machine: true, steps: []}}}"


def defined(text):
    """Return the definitions of a config, and what is reported."""
    diagnostics, definitions = Diagnostics(FILE), Definitions()
    define(map_node(text), definitions, diagnostics)
    return definitions, diagnostics


def test_commands_executors_and_jobs_are_defined():
    definitions, diagnostics = defined(ELEMENTS)
    assert (list(definitions.commands), list(definitions.executors), list(definitions.jobs)) == (["c"], ["e"], ["j"])
    assert problems(diagnostics) == []


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("{commands: [a]}", "[a]", "commands must be a map from names to definitions"),
        ("{jobs: a}", "a}", "jobs must be a map from names to definitions"),
        (
            "{commands: {c: {}}}",
            "c: {",
            "required key [steps] not found in command 'c' (a command is a map with a list of steps)",
        ),
        (
            "{commands: {c: {steps: a}}}",
            "a}",
            "steps must be a list in command 'c' (a command is a map with a list of steps)",
        ),
        (
            "{commands: {C: {steps: []}}}",
            "C:",
            r"string [C] does not match pattern ^[a-z][a-z\d_-]*$ (rename it under commands:)",
        ),
        (
            "{executors: {1e: {machine: true}}}",
            "1e",
            r"string [1e] does not match pattern ^[a-z][a-z\d_-]*$ (rename it under executors:)",
        ),
        (
            "{jobs: {php7.3: {}}}",
            "php",
            r"string [php7.3] does not match pattern ^[A-Za-z][A-Za-z\s\d_-]*$ (rename it under jobs:)",
        ),
        (
            "{commands: {c: {steps: [], env: {}}}}",
            "env",
            "extraneous key [env] is not permitted in command 'c' (Permitted keys: steps, parameters, description)",
        ),
    ],
)
def test_a_wrong_definition_is_reported(text, piece, message):
    assert problems(defined(text)[1]) == [at(text, piece, message)]


@pytest.mark.parametrize("name", ["c", "a1", "a-b_c"])
def test_names_of_commands_and_executors_are_in_lower_case(name):
    assert problems(defined(f"{{commands: {{{name}: {{steps: []}}}}, executors: {{{name}: {{}}}}}}")[1]) == []


@pytest.mark.parametrize("name", ["Build", "Build it 2", "a-b_c"])
def test_names_of_jobs_have_capitals_and_blanks(name):
    assert problems(defined(f"{{jobs: {{{name}: {{}}}}}}")[1]) == []


def test_job_names_are_unique_whatever_their_case():
    text = "{jobs: {build: {}, Build: {}}}"
    message = "job 'Build' differs from job 'build' in upper and lower case only"
    assert warnings(defined(text)[1]) == [at(text, "Build", message, "rename one of the two")]


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("{stesp: 1}", "stesp", "did you mean 'steps'?"),
        ("{stesp: 1, steps: 1}", "stesp", None),
        ("{desc: 1}", "desc", "did you mean 'description'?"),
        ("{st: 1}", "st", None),
        ("{qqq: 1}", "qqq", None),
    ],
)
def test_a_hint_names_only_a_key_that_the_map_does_not_have(text, key, hint):
    assert near_key(key, ("steps", "parameters", "description"), map_node(text), Diagnostics(FILE)) == hint


def test_in_version_2_unknown_keys_are_warned_of():
    diagnostics = Diagnostics(FILE)
    diagnostics.lenient = True
    extraneous(map_node("{x: 1}"), ("y",), "here", diagnostics)
    assert problems(diagnostics) == []
    assert warnings(diagnostics) == ["2: extraneous key [x] is not permitted in here (Permitted keys: y)"]
