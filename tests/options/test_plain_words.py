"""Plain words come to what argparse makes of them; whatever that refuses, or answers by itself, is left to it."""

from itertools import product

import pytest

from ci.errors import UsageError
from ci.options.parser import run_parser
from ci.options.plain_words import plain_values
from ci.options.table import table

TEXTS = ("host", "docker", "3", "always", "a=b", "2-4", "build:1", "/folder", "5m", "none", "-1", "", "two words")
FORMS = [
    words
    for option in table("run")
    for flag in option.flags
    for words in (
        [flag],
        [flag, flag],
        *([flag, text] for text in TEXTS),
        *([f"{flag}={text}"] for text in TEXTS),
        *([f"{flag}{text}"] for text in TEXTS if not flag.startswith("--")),
    )
]
OTHERS = [[], ["--"], ["build"], ["-h"], ["--help"], ["--engin", "host"], ["--engine"], ["-vq"], ["--verbose=1"], ["-"]]


def by_argparse(words):
    """The values, or None for words that end in an error or in a text of argparse's own."""
    try:
        return vars(run_parser("run").parse(words))
    except (UsageError, SystemExit):
        return None


def known(words):
    found = plain_values(words, table("run"))
    return None if found is None else vars(found)


@pytest.mark.parametrize("option", [each for each in table("run") if each.flags], ids=lambda option: option.name)
def test_an_option_in_every_form_has_the_value_that_argparse_finds(option):
    forms = [words for words in FORMS if words[0].startswith(option.flags)]
    assert forms
    assert [words for words in forms if known(words) not in (None, by_argparse(words))] == []


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_words_that_are_no_plain_options_are_left_to_argparse(words, capsys):
    assert known(words) in (None, by_argparse(words))


def test_several_options_are_read_together():
    parts = (["--engine", "host"], ["--parallel"], ["-v"], ["-j", "a", "--job=b"], ["--env", "A=1", "--env=B=2"])
    for chosen in product(parts, repeat=2):
        words = [word for part in chosen for word in part]
        assert known(words) == by_argparse(words)


def test_the_usual_words_need_no_argparse():
    for words in (["--engine", "host"], ["-j", "build", "-q"], ["--parallel", "8", "-v"], ["--dry-run", "--json"]):
        assert known(words) is not None
