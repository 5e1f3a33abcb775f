"""The compiled config as YAML text, in the layout of CircleCI's compiler: block style, nothing folded, no anchors."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ci.compiler.compiled import Compiled
from ci.compiler.emit import dump, emit


def test_a_compiled_config_is_written_as_circleci_writes_it():
    document = {
        "version": 2,
        "jobs": {
            "build": {"docker": [{"image": "cimg/base:current"}], "steps": ["checkout", {"run": {"command": "a\nb\n"}}]}
        },
        "workflows": {"main": {"jobs": ["build", {"x": {"requires": ["build"]}}]}, "version": 2},
    }
    assert emit(Compiled(document, {}, (), comments=("# Orb 'a' resolved to 'b'",))) == (
        "# Orb 'a' resolved to 'b'\n"
        "version: 2\n"
        "jobs:\n"
        "  build:\n"
        "    docker:\n"
        "    - image: cimg/base:current\n"
        "    steps:\n"
        "    - checkout\n"
        "    - run:\n"
        "        command: |\n"
        "          a\n"
        "          b\n"
        "workflows:\n"
        "  main:\n"
        "    jobs:\n"
        "    - build\n"
        "    - x:\n"
        "        requires:\n"
        "        - build\n"
        "  version: 2\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("make all", "k: make all\n"),
        (True, "k: true\n"),
        (None, "k: null\n"),
        (7, "k: 7\n"),
        ({}, "k: {}\n"),
        ([], "k: []\n"),
        ("", "k: ''\n"),
        ("7", "k: '7'\n"),
        ("on", "k: 'on'\n"),
        ("3.10", "k: '3.10'\n"),
        ("null", "k: 'null'\n"),
        ("a: b", "k: 'a: b'\n"),
        ("a #b", "k: 'a #b'\n"),
        ("a\nb", "k: |-\n  a\n  b\n"),
        ("a\n\nb\n", "k: |\n  a\n\n  b\n"),
        ("a\n\n", "k: |+\n  a\n\n"),
    ],
)
def test_a_value_is_plain_if_it_reads_back_as_it_is(value, text):
    assert dump({"k": value}) == text
    assert yaml.safe_load(text) == {"k": value}


@pytest.mark.parametrize(
    "value", [" a\nb", "a \nb", "\na", "a\tb\n", "a\x07\nb", "a\r\nb", "\u2028\n", "x" * 3000, "é\n\U0001f600\n"]
)
def test_any_text_reads_back(value):
    assert yaml.safe_load(dump({"k": value, "l": [value, {"m": value}]})) == {"k": value, "l": [value, {"m": value}]}


def test_long_text_is_not_folded_and_long_keys_are_written():
    assert len(dump({"k": "word " * 500 + "end"}).splitlines()) == 1
    assert yaml.safe_load(dump({"k" * 2000: {"a": 1}})) == {"k" * 2000: {"a": 1}}


def test_what_comes_twice_is_written_twice():
    shared = {"a": [1, 2]}
    text = dump({"x": shared, "y": shared, "z": {"deeper": shared}})
    assert "&" not in text
    assert "*" not in text
    assert yaml.safe_load(text) == {"x": shared, "y": shared, "z": {"deeper": shared}}


def test_an_empty_document_is_an_empty_map():
    assert dump({}) == "{}\n"


SCALARS = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab: -#", min_size=1), inner, max_size=3),
)


@settings(max_examples=150)
@given(st.dictionaries(st.text("ab: -#'\"\n", min_size=1, max_size=5), TREES, max_size=4))
def test_any_document_reads_back(document):
    assert yaml.safe_load(dump(document)) == document
