"""Which names a tag can refer to, and what is put in its place.

https://circleci.com/docs/guides/orchestrate/pipeline-variables/, "The scope of parameters in configuration": an
element's parameters in its own body only, pipeline values everywhere, pipeline parameters everywhere but in orbs, a
matrix's values in its entry. A tag that is the whole of a value keeps its type; what a tag brings in is not read again.
"""

import pytest

from ci.compiler.definitions import BROKEN, Definitions, ExecutorChoice, Steps
from ci.compiler.scope import Undefined, substitute, substitute_scalar, to_text, to_value
from ci.errors import Position
from ci.source.nodes import ListNode, Scalar

from .snippets import FILE, at, node, plain, problems, scope

HERE = Position(FILE, 1, 1)
ARGUMENTS = {
    "s": "text",
    "e": "''",
    "i": "7",
    "b": "true",
    "f": "no",
    "n": "null",
    "tag": '"<< parameters.s >>"',
    "l": "[a, b]",
    "m": "{a: 1}",
    "steps": Steps([], HERE),
    "choice": ExecutorChoice("py3", {}, Definitions(), HERE),
}


def everything():
    """Return a scope in which all kinds of names have values."""
    return scope(
        {"git.branch": "main", "git.tag": None},
        ARGUMENTS,
        pipeline_parameters={"flag": False, "name-x": "p", "a.b": "q"},
        matrix={"os": "linux", "v": "3"},
    )


def filled(text, place=None):
    """Return a value with its tags filled; nothing may be reported."""
    place = place or everything()
    found = substitute(node(text), place)
    assert problems(place) == []
    return plain(found)


def refused(text, place=None):
    """Return what is reported of a value that has none."""
    place = place or everything()
    assert substitute(node(text), place) is BROKEN
    return problems(place)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<< parameters.s >>", "text"),
        ("<<parameters.s>>", "text"),
        ("  << parameters.s >>  ", "text"),
        ("<< parameters.e >>", ""),
        ("<< parameters.i >>", 7),
        ("<< parameters.b >>", True),
        ("<< parameters.n >>", None),
        ("<< parameters.l >>", ["a", "b"]),
        ("<< parameters.m >>", {"a": 1}),
        ("<< parameters.choice >>", "py3"),
        ("<< pipeline.number >>", 7),
        ("<< pipeline.git.tag >>", None),
        ("<< pipeline.parameters.flag >>", False),
        ("<< pipeline.parameters.a.b >>", "q"),
        ("<< matrix.os >>", "linux"),
        ("<< matrix.v >>", 3),
        ('<< pipeline.git.branch == "main" and 10 or 1 >>', 10),
        ("<< parameters.i == 7 >>", True),
        ('<< pipeline.git.tag or "none" >>', "none"),
    ],
)
def test_a_tag_that_is_the_whole_value_keeps_its_type(text, expected):
    found = filled(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a << parameters.s >> b", "a text b"),
        ("<< parameters.s >><< matrix.os >>", "textlinux"),
        ("x<< parameters.e >>", "x"),
        ("x<< parameters.i >>", "x7"),
        ("x<< parameters.b >>", "xtrue"),
        ("x<< parameters.f >>", "xfalse"),
        ("x<< parameters.n >>", "x"),
        ("x<< parameters.choice >>", "xpy3"),
        ("x-<< pipeline.parameters.name-x >>", "x-p"),
        (r"cat \<<EOF << parameters.s >>", "cat <<EOF text"),
        ("a<<# parameters.b >>yes<</ parameters.b >>", "ayes"),
        ("a<<# parameters.f >>yes<</ parameters.f >>", "a"),
        ("a<<^ parameters.f >>no << matrix.v >><</ parameters.f >>", "ano 3"),
        ("a<<# parameters.e >>yes<</ parameters.e >>", "a"),
        ("a<<# parameters.s >>yes<</ parameters.s >>", "ayes"),
    ],
)
def test_in_longer_text_a_value_is_text(text, expected):
    assert filled(text) == expected


def test_what_a_tag_brings_in_is_not_read_again():
    assert filled("<< parameters.tag >>") == "<< parameters.s >>"
    assert filled("x << parameters.tag >>") == "x << parameters.s >>"
    assert substitute(node("x << parameters.tag >>"), everything()).tagged is False


def test_lists_and_maps_are_filled_and_keys_are_text():
    assert filled("{a: [<< parameters.i >>, {<< matrix.v >>: x<< matrix.v >>}]}") == {
        "a": [7, {"<< matrix.v >>": "x3"}]
    }


def test_what_has_no_tag_is_shared():
    whole = node("{a: [b], c: << parameters.s >>}")
    found = substitute(whole, everything())
    assert found.entries["a"][1] is whole.entries["a"][1]
    bare = node("[a, b]")
    assert substitute(bare, everything()) is bare


UNDECLARED = "Arguments referenced without declared parameters: "
OUTSIDE = "parameters can be seen only inside the job, command or executor that declares them"


@pytest.mark.parametrize(
    ("text", "names", "hint"),
    [
        ("<< parameters.x >>", "parameters.x", "declare it under parameters:"),
        ("<< parameters.stpes >>", "parameters.stpes", "did you mean 'parameters.steps'?"),
        ("<< matrix.qqq >>", "matrix.qqq", "declare it under matrix: parameters:"),
        ("<< s >>", "s", "write << parameters.s >>"),
        ("<< os >>", "os", "write << matrix.os >>"),
        ("<< flag >>", "flag", "write << pipeline.parameters.flag >>"),
        ("<< git.branch >>", "git.branch", "write << pipeline.git.branch >>"),
        ("<< pipeline.git.brunch >>", "pipeline.git.brunch", "did you mean 'pipeline.git.branch'?"),
        ("<< pipeline.qqq >>", "pipeline.qqq", ""),
        ("cat <<EOF >> x", "EOF", r"if this is shell text such as a heredoc, write \<< for <<"),
        ("<< parameters.x or parameters.y >>", "parameters.x, parameters.y", "declare it under parameters:"),
        ("<< parameters.x or parameters.x >>", "parameters.x", "declare it under parameters:"),
    ],
)
def test_an_unknown_name_is_reported_with_what_to_write(text, names, hint):
    assert refused(text) == [f"1: {UNDECLARED}{names}{f' ({hint})' if hint else ''}"]


def test_every_unknown_name_of_a_text_is_reported():
    found = refused("<< parameters.x >> and << parameters.y >>")
    assert [each.partition(" (")[0] for each in found] == [
        f"1: {UNDECLARED}parameters.x",
        f"1: {UNDECLARED}parameters.y",
    ]


def test_parameters_are_seen_in_their_element_alone():
    outside = scope(pipeline_parameters={})
    assert refused("<< parameters.s >>", outside) == [f"1: {UNDECLARED}parameters.s ({OUTSIDE})"]
    inside = everything().inside(Definitions(), {"own": node("1")})
    assert filled("<< parameters.own >>", inside) == 1
    assert len(refused("<< parameters.s >>", inside)) == 1


def test_the_values_of_a_matrix_are_not_seen_in_the_job():
    inside = everything().inside(Definitions(), {})
    assert len(refused("<< matrix.os >>", inside)) == 1


def test_in_an_orb_pipeline_values_are_seen_and_pipeline_parameters_are_not():
    orb = scope({"number": 5}, {}, pipeline_parameters=None)
    assert filled("<< pipeline.number >>", orb) == 5
    hint = "pipeline parameters cannot be seen in orbs; pass it as an argument"
    assert refused("<< pipeline.parameters.flag >>", orb) == [f"1: {UNDECLARED}pipeline.parameters.flag ({hint})"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "<< parameters.s",
            r"Unclosed '<<' tag ('<<' must be escaped as '\<<') (('<<' must be escaped as '\<<' in config v2.1+))",
        ),
        ("<< >> x", "Expected expression"),
        ('<< parameters.i > "a" >>', '> needs a number on both sides; "a" (type string) is not one'),
        ("x << parameters.l >>", "a list cannot be part of a text: x << parameters.l >>"),
        ("x << parameters.m >>", "a map cannot be part of a text: x << parameters.m >>"),
        ("x << parameters.steps >>", "steps cannot be part of a text: x << parameters.steps >>"),
        (
            "<< parameters.steps >>",
            "steps cannot stand here: << parameters.steps >> (steps go where a list of steps is expected)",
        ),
    ],
)
def test_a_value_that_cannot_stand_there_is_reported(text, message):
    quoted = f"'{text}'"
    assert refused(quoted) == [at(quoted, quoted, message)]


def test_an_argument_that_was_reported_before_is_not_reported_again():
    for text in ("<< parameters.x >>", "a << parameters.x >>", "<< parameters.x or 1 >>"):
        place = scope(parameters={"x": BROKEN})
        assert substitute(node(text), place) is BROKEN
        assert problems(place) == []


def test_an_include_that_was_not_packed_is_reported_once_for_its_file():
    place = everything()
    text = "[<< include(scripts/a.sh) >>, << include(b.sh) >>]"
    substitute(node(text), place)
    [found] = problems(place)
    assert found.startswith(
        at(text, "<< include(scripts", f"{FILE} is not packed: << include(scripts/a.sh) >> stands in")
    )


def test_text_that_tags_make_is_limited():
    place = everything()
    place.compilation.budget.characters = 5
    assert filled("x<< parameters.s >>", place) == "xtext"
    with pytest.raises(Exception, match="tags expand to more than"):
        substitute(node("x<< parameters.e >>"), place)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        (7, "7"),
        (-1, "-1"),
        (1.5, "1.5"),
        (Scalar(3, FILE, 1, 1), "3"),
    ],
)
def test_a_value_in_text(value, expected):
    assert to_text(value, Scalar("", FILE, 1, 1), everything()) == expected
    with pytest.raises(Undefined):
        to_text(ListNode([], FILE, 1, 1), Scalar("", FILE, 1, 1), everything())


def test_the_value_of_a_node_is_plain_and_collections_stay_nodes():
    collection = node("[a]")
    assert to_value(collection) is collection
    assert (to_value(node("7")), to_value(ARGUMENTS["choice"]), to_value("x")) == (7, "py3", "x")


def test_a_scalar_without_tags_is_itself():
    bare = node("text")
    assert substitute_scalar(bare, everything()) is bare
    number = node("7")
    assert substitute_scalar(number, everything()) is number


def test_the_names_that_a_tag_can_refer_to():
    place = scope({"x": 1}, {"a": "1"}, {"p": 1}, {"m": "1"})
    assert place.known_names() == [
        "parameters.a",
        "matrix.m",
        "pipeline.parameters.p",
        "pipeline.git.branch",
        "pipeline.number",
        "pipeline.x",
    ]
    assert scope().known_names() == ["pipeline.git.branch", "pipeline.number"]
