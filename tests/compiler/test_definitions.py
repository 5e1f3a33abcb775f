"""What a config or an orb defines, and the look-up of its names.

Guide "Orb concepts": an orb's elements are ``alias/element``, one level deep; an orb sees its own alone. The texts of
"Cannot find a definition" and "Cannot find orb" are CircleCI's.
"""

import pytest

from ci.compiler.define import define
from ci.compiler.definitions import ANY, Definitions, ExecutorChoice, Steps, identity
from ci.compiler.diagnostics import Diagnostics
from ci.errors import Position

from .snippets import FILE, map_node, node, problems

HERE = Position(FILE, 1, 1)
ELEMENTS = "{commands: {c: {steps: []}}, executors: {e: {machine: true}}, jobs: {j: {machine: true, steps: []}}}"


def defined(text):
    """Return the definitions of a config, and what is reported."""
    diagnostics, definitions = Diagnostics(FILE), Definitions()
    define(map_node(text), definitions, diagnostics)
    return definitions, diagnostics


def looked_up(kind, name, **of):
    """Return whether a name is found, and what is reported."""
    definitions, _ = defined(ELEMENTS)
    orb = definitions.orbs["o"] = Definitions("o")
    define(map_node("{commands: {greet: {steps: []}}, jobs: {work: {}}}"), orb, Diagnostics(FILE))
    definitions.orbs["empty"] = Definitions("empty")
    definitions.orbs["gone"] = Definitions("gone", missing=True, reference="a/gone@1")
    for field, value in of.items():
        setattr(definitions, field, value)
    diagnostics = Diagnostics(FILE)
    found = getattr(definitions, kind)(name, HERE, diagnostics)
    return found is not None, [each.partition(": ")[2] for each in problems(diagnostics)]


@pytest.mark.parametrize(
    ("kind", "name"), [("command", "c"), ("command", "o/greet"), ("executor", "e"), ("job", "j"), ("job", "o/work")]
)
def test_a_name_is_found_in_the_config_or_below_an_alias(kind, name):
    assert looked_up(kind, name) == (True, [])


DEFINITION = "Cannot find a definition for"


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("command", "d", f"{DEFINITION} command named d (there are: c)"),
        ("executor", "x", f"{DEFINITION} executor named x (there are: e)"),
        ("job", "o/wrok", f"{DEFINITION} job named o/wrok (did you mean 'o/work'?)"),
        ("command", "o/qqqq", f"{DEFINITION} command named o/qqqq (there are: o/greet)"),
        ("executor", "o/x", f"{DEFINITION} executor named o/x (no executor is defined)"),
        ("job", "o/p/work", f"{DEFINITION} job named o/p/work (did you mean 'o/work'?)"),
        ("job", "p/work", "Cannot find orb 'p' looking for job named 'p/work' (declare the orb 'p' under orbs:)"),
        ("job", "emtpy/x", "Cannot find orb 'emtpy' looking for job named 'emtpy/x' (did you mean 'empty'?)"),
        (
            "job",
            "empty/x",
            f"{DEFINITION} job named empty/x: the orb is empty (an orb's repository leaves it empty for "
            "circleci/orb-tools to fill in: put the packed orb there)",
        ),
    ],
)
def test_an_unknown_name_is_reported_with_near_ones(kind, name, message):
    assert looked_up(kind, name) == (False, [message])


def test_what_was_reported_before_is_not_reported_again():
    assert looked_up("job", "x", invalid={("job", "x")}) == (False, [])
    assert looked_up("job", "x", invalid={("job", ANY)}) == (False, [])
    assert looked_up("job", "p/x", invalid={("orb", "p")}) == (False, [])
    assert looked_up("job", "gone/x") == (False, [])


def test_a_definition_that_is_no_map_is_reported_where_it_is_used():
    definitions, diagnostics = defined("{jobs: {j: null, k: [a]}}")
    assert problems(diagnostics) == []
    assert definitions.job("j", HERE, diagnostics) is definitions.job("k", HERE, diagnostics) is None
    assert [each.partition(": ")[2] for each in problems(diagnostics)] == [
        "job 'j' is used, and must be a map (indent its keys below its name)",
        "job 'k' is used, and must be a map (indent its keys below its name)",
    ]


def test_a_missing_orb_is_met_by_what_uses_it():
    definitions = Definitions(orbs={"o": Definitions("o", missing=True, reference="a/o@1")})
    diagnostics = Diagnostics(FILE)
    with diagnostics.missing.met("key") as met:
        assert definitions.job("o/x", HERE, diagnostics) is None
    assert list(met) == ["a/o@1"]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("1", "true", False),
        ("1", "1.0", False),
        ("[a, 1]", "[a, 1]", True),
        ("[a, b]", "[b, a]", False),
        ("{a: 1, b: 2}", "{a: 1, b: 2}", True),
        ("{a: 1}", "{a: 2}", False),
        ("{a: 1}", "{b: 1}", False),
        ("[]", "{}", False),
    ],
)
def test_arguments_are_the_same_if_they_are_written_alike(one, other, equal):
    assert (identity(node(one)) == identity(node(other))) is equal


def test_steps_and_executors_are_the_same_if_they_were_made_at_once():
    steps, home = Steps([], HERE), Definitions()
    assert identity(steps) == identity(steps) != identity(Steps([], HERE))
    assert identity(ExecutorChoice("e", {}, home, HERE)) == identity(ExecutorChoice("e", {}, home, HERE))
    assert identity(ExecutorChoice("e", {}, home, HERE)) != identity(ExecutorChoice("e", {}, Definitions(), HERE))
