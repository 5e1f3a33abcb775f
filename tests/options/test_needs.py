"""The table of what jobs need: one entry after the other, and what is wrong with an entry."""

import pytest

from ci.errors import UsageError
from ci.options.needs import ToolNeed, need
from ci.options.settings import read_settings


def test_an_entry_is_a_program_or_modules_with_the_words_that_ask_for_it():
    assert need("java", {"program": "java", "version": "-version"}) == ToolNeed("java", ("java",), "java", "-version")
    assert need("n", {"modules": ["numpy"], "words": ["np"], "fix": "x"}) == ToolNeed(
        "n", ("np",), modules=("numpy",), fix="x"
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "it must have a program, or modules"),
        ({"program": "a", "modules": ["b"]}, "it must have a program, or modules"),
        ({"program": "bin/a"}, "'bin/a' is not the name of a program on PATH"),
        ({"program": "a b"}, "'a b' is not the name of a program on PATH"),
        ({"program": "-a"}, "'-a' is not the name of a program on PATH"),
        ({"program": "sh", "version": "-c"}, "version must be one of"),
        ({"modules": ["os.path"]}, "'os.path' is not the name of a top-level module"),
        ({"program": 3}, "program must be a string"),
        ({"program": "a", "words": "a"}, "words must be a list of strings"),
        ({"porgram": "a"}, "there is no key 'porgram' in it. Did you mean 'program'"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(entry, message):
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        need("x", entry)


def test_a_wrong_entry_of_a_file_has_its_place(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.nox-circleci.needs]\njava = { program = "./java" }\n')
    with pytest.raises(UsageError, match=r"pyproject.toml:2:1: .*needs\.java: './java' is not"):
        read_settings(tmp_path, {})


@pytest.mark.parametrize("value", ['"java"', '{ java = "java" }'])
def test_needs_are_a_table_of_tables(tmp_path, value):
    (tmp_path / "pyproject.toml").write_text(f"[tool.nox-circleci]\nneeds = {value}\n")
    with pytest.raises(UsageError, match="needs must be a table of tables"):
        read_settings(tmp_path, {})
