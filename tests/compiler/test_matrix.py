"""Matrices: the combinations of an entry's matrix, and the names that they get.

https://circleci.com/docs/reference/configuration-reference/#matrix and the guide "Using matrix jobs", whose examples
the names are from: ``version`` and ``platform`` make ``build-macos-0.1``.
"""

from itertools import product

import pytest

from ci.compiler.definitions import BROKEN
from ci.compiler.matrix import default_name, read_matrix, shown
from ci.errors import ConfigError

from .snippets import at, map_node, node, problems, scope, warnings

LISTS = {"versions": "['1.0', '2.0']", "word": "abc", "empty": "[]", "exclusion": "{a: 1}"}


def combinations(text):
    """Return the combinations of a matrix as plain data; none of it may be reported."""
    place = scope(parameters=LISTS)
    matrix = read_matrix(node(text), place)
    assert problems(place) == []
    return [{name: value.plain for name, value in each.items()} for each in matrix.combinations()]


def refusals(text, **arguments):
    """Return what is reported of a matrix that is refused."""
    place = scope(parameters={**LISTS, **arguments})
    assert read_matrix(node(text), place) is None
    return problems(place)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{parameters: {a: [1]}}", [{"a": 1}]),
        ("{parameters: {a: [x, 2, true]}}", [{"a": "x"}, {"a": 2}, {"a": True}]),
        (
            "{parameters: {os: [docker, macos], node: [14, 16]}}",
            [{"os": os, "node": version} for os, version in product(["docker", "macos"], [14, 16])],
        ),
        ("{parameters: {a: << parameters.versions >>}}", [{"a": "1.0"}, {"a": "2.0"}]),
        ("{parameters: {a: [<< pipeline.number >>, << pipeline.git.branch >>-x]}}", [{"a": 7}, {"a": "main-x"}]),
        ("{parameters: {a: [{name: e, tag: x}]}}", [{"a": {"name": "e", "tag": "x"}}]),
    ],
)
def test_each_combination_of_values_is_one_job(text, expected):
    assert combinations(text) == expected


def test_the_axes_keep_the_keys_of_the_config_for_what_is_wrong_with_them():
    text = "{parameters: {a: [1], b: [2]}}"
    keys = read_matrix(node(text), scope()).keys
    assert {name: (key.value, key.column) for name, key in keys.items()} == {"a": ("a", 19), "b": ("b", 27)}


NINE = "parameters: {a: [1, 2, 3], b: [4, 5, 6]}"
ALL_NINE = [{"a": a, "b": b} for a in (1, 2, 3) for b in (4, 5, 6)]


@pytest.mark.parametrize(
    ("exclude", "excluded"),
    [
        ("[{a: 3, b: 5}]", [{"a": 3, "b": 5}]),
        ("[{b: 5, a: 3}]", [{"a": 3, "b": 5}]),
        ("[{a: 1, b: 4}, {a: 2, b: 6}]", [{"a": 1, "b": 4}, {"a": 2, "b": 6}]),
        ("[{a: 9, b: 9}]", []),
        ("[{a: '3', b: 5}]", []),
        ("[{a: 5, b: 3}]", []),
        ("[]", []),
        ("[{a: 1, b: << pipeline.four >>}]", [{"a": 1, "b": 4}]),
    ],
)
def test_what_exclude_names_is_left_out_after_tags_are_filled(exclude, excluded):
    place = scope({"four": 4})
    matrix = read_matrix(node(f"{{{NINE}, exclude: {exclude}}}"), place)
    found = [{name: value.plain for name, value in each.items()} for each in matrix.combinations()]
    assert found == [each for each in ALL_NINE if each not in excluded]
    assert problems(place) == warnings(place) == []


def test_a_matrix_may_exclude_all_that_it_has():
    assert combinations("{parameters: {a: [1]}, exclude: [{a: 1}]}") == []


@pytest.mark.parametrize("exclusion", ["{a: 1}", "{a: 1, b: 4, c: 7}", "{}"])
def test_an_exclusion_that_does_not_name_every_axis_matches_nothing_and_is_warned_of(exclusion):
    text = f"{{{NINE}, exclude: [{exclusion}]}}"
    place = scope()
    assert len(list(read_matrix(node(text), place).combinations())) == 9
    message = "this exclusion matches nothing: it must name exactly a, b"
    column = text.index("exclude: [") + len("exclude: [") + 1
    assert warnings(place) == [f"{column}: {message}"]
    assert problems(place) == []


def test_a_wrong_exclusion_leaves_the_others():
    text = f"{{{NINE}, exclude: [a, {{a: 1, b: 4}}]}}"
    place = scope()
    assert len(list(read_matrix(node(text), place).combinations())) == 8
    assert problems(place) == [
        f"{text.index('exclude: [') + 11}: an exclusion must be a map from every matrix parameter to a value"
    ]
    text = f"{{{NINE}, exclude: {{a: 1, b: 4}}}}"
    place = scope()
    assert len(list(read_matrix(node(text), place).combinations())) == 9
    assert problems(place) == [
        f"{text.index('exclude: ') + 10}: exclude must be a list of maps from every matrix parameter to a value"
    ]


def test_an_exclusion_that_was_reported_before_is_not_reported_again():
    place = scope(parameters={"broken": BROKEN})
    text = f"{{{NINE}, exclude: [<< parameters.broken >>, {{a: 1, b: 4}}]}}"
    assert len(list(read_matrix(node(text), place).combinations())) == 8
    assert problems(place) == []


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("a", "a", "matrix must be a map with the key parameters"),
        ("[a]", "[a]", "matrix must be a map with the key parameters"),
        ("{}", "{}", "matrix needs parameters: a map from names to lists of values"),
        ("{alias: x}", "{alias", "matrix needs parameters: a map from names to lists of values"),
        ("{parameters: [a]}", "[a]", "matrix needs parameters: a map from names to lists of values"),
        ("{parameters: a}", "a}", "matrix needs parameters: a map from names to lists of values"),
        ("{parameters: {}}", "{}", "matrix needs parameters: a map from names to lists of values"),
        ("{parameters: {x: []}}", "x", "matrix parameter 'x' has an empty list of values (for example [1, 2])"),
        ("{parameters: {x: 1}}", "x", "matrix parameter 'x' has no list of values (for example [1, 2])"),
        ("{parameters: {x: {y: 1}}}", "x", "matrix parameter 'x' has no list of values (for example [1, 2])"),
        (
            "{parameters: {x: << parameters.word >>}}",
            "x",
            "matrix parameter 'x' has no list of values (for example [1, 2])",
        ),
        (
            "{parameters: {x: << parameters.empty >>}}",
            "x",
            "matrix parameter 'x' has an empty list of values (for example [1, 2])",
        ),
    ],
)
def test_a_matrix_needs_parameters_with_lists_of_values(text, piece, message):
    assert refusals(text) == [at(text, piece, message)]


def test_every_axis_without_a_list_is_reported():
    text = "{parameters: {u: 1, v: [1], w: []}}"
    assert refusals(text) == [
        at(text, "u: 1", "matrix parameter 'u' has no list of values (for example [1, 2])"),
        at(text, "w: []", "matrix parameter 'w' has an empty list of values (for example [1, 2])"),
    ]


def test_values_that_were_reported_before_are_not_reported_again():
    assert refusals("{parameters: {a: << parameters.b >>}}", b=BROKEN) == []
    assert refusals("{parameters: {a: [1, << parameters.b >>]}}", b=BROKEN) == []


def test_other_keys_of_a_matrix_are_refused():
    text = "{parameters: {a: [1]}, values: 1}"
    place = scope()
    assert len(list(read_matrix(node(text), place).combinations())) == 1
    message = "extraneous key [values] is not permitted in matrix"
    assert problems(place) == [at(text, "values", message, "Permitted keys: parameters, exclude, alias")]


@pytest.mark.parametrize(
    ("alias", "expected"),
    [("", ""), (", alias: x y", "x y"), (", alias: t-<< pipeline.git.branch >>", "t-main"), (", alias: ''", "")],
)
def test_the_alias_is_a_string(alias, expected):
    place = scope()
    assert read_matrix(node(f"{{parameters: {{a: [1]}}{alias}}}"), place).alias == expected
    assert problems(place) == []


@pytest.mark.parametrize("alias", ["7", "true", "null", "[x]", "{x: 1}"])
def test_any_other_alias_is_refused(alias):
    text = f"{{parameters: {{a: [1]}}, alias: {alias}}}"
    place = scope()
    assert read_matrix(node(text), place).alias == ""
    assert problems(place) == [f"{text.index('alias: ') + 8}: the alias of a matrix must be a string"]


def test_an_alias_that_was_reported_before_is_not_reported_again():
    place = scope(parameters={"b": BROKEN})
    assert read_matrix(node("{parameters: {a: [1]}, alias: << parameters.b >>}"), place).alias == ""
    assert problems(place) == []


def test_a_matrix_has_100_000_combinations_at_most():
    def axes(first, second):
        numbers = [f"[{', '.join(map(str, range(count)))}]" for count in (first, second)]
        return f"{{parameters: {{a: {numbers[0]}, b: {numbers[1]}}}}}"

    assert read_matrix(node(axes(400, 250)), scope()) is not None
    with pytest.raises(ConfigError) as refusal:
        read_matrix(node(axes(401, 250)), scope())
    assert [problem.message for problem in refusal.value.problems] == [
        "the matrix has 100250 combinations, more than 100000"
    ]
    assert refusal.value.problems[0].position.column == len("it: {parameters: ") + 1


@pytest.mark.parametrize(
    ("job", "combination", "name"),
    [
        ("build", "{version: '0.1', platform: macos}", "build-macos-0.1"),
        ("test", "{os: docker, node-version: 14.17.6}", "test-14.17.6-docker"),
        ("t", "{b: 1, a: true, c: x y}", "t-true-1-x y"),
        ("t", "{a: {name: e, tag: x}}", "t-e"),
        ("t", "{}", "t"),
    ],
)
def test_a_name_has_the_values_in_the_alphabetical_order_of_their_parameters(job, combination, name):
    found = {key: value for key, (_, value) in map_node(combination).entries.items()}
    assert default_name(job, found) == name


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        ("7", "7"),
        ("3.10", "3.1"),
        ("true", "true"),
        ("no", "false"),
        ("null", ""),
        ("[a, 1, true]", "a-1-true"),
        ("{name: ubuntu, version: 22}", "ubuntu"),
        ("{version: 22, arch: arm}", "22-arm"),
        ("[[a, b], {c: d}]", "a-b-d"),
    ],
)
def test_a_value_stands_in_a_name_as_text_and_an_executor_by_its_name(value, expected):
    assert shown(node(value)) == expected
