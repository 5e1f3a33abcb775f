"""YAML text to nodes: what is refused with its place, and what is ignored with a warning."""

import pytest

from ci.errors import ConfigError
from ci.source.load import load


def problem(text):
    with pytest.raises(ConfigError) as error:
        load(text, "config.yml")
    return str(error.value)


def ignored(text):
    places = []
    load(text, "config.yml", ignored=places.append)
    return [str(place) for place in places]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\n---\nb: 2\n", 2),
        ("---\na: 1\n---\nb: 2\n---\nc: 3\n", 3),
        ("a: 1\n---\n---\nc: 1\n", 3),
        ("a: 1\n--- b\n", 2),
        ("a: 1\n...\n---\nb: 2\n", 3),
        ("a: 1\n---\n[[[ no YAML\n", 2),
    ],
)
def test_a_second_document_is_reported_where_it_begins(text, line):
    assert ignored(text) == [f"config.yml:{line}:1"]


@pytest.mark.parametrize(
    "text", ["---\na: 1\n", "a: 1\n---\n", "a: 1\n...\n", "a: 1\n---\n# no more\n", "a: |\n  x\n  ---\n"]
)
def test_one_document_is_not(text):
    assert ignored(text) == []


@pytest.mark.parametrize("text", ['a: "x\\0y"\n', '"\\0": 1\n', 'a: ["\\x00"]\n'])
def test_a_nul_character_is_an_error_with_its_place(text):
    assert problem(text).startswith("config.yml:1:")
    assert "NUL" in problem(text)


def test_a_long_key_is_cut_in_an_error():
    text = f"? {'k' * 100_000}\n: 1\n? {'k' * 100_000}\n: 2\n"
    assert "duplicate key" in problem(text)
    assert len(problem(text)) < 1000


def test_of_many_errors_the_first_are_shown_and_the_others_counted():
    text = "".join(f"k{number}: 1\nk{number}: 2\n" for number in range(1000))
    assert problem(text).endswith("\nand 900 more errors")
    assert problem(text).count("duplicate key") == 100
