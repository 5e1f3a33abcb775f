"""What CircleCI's compiler refuses since 21 September 2026, found in patterns.

https://discuss.circleci.com topics 54605 and 54719: look-around, back-references, possessive quantifiers, patterns of
more than 128 characters; version 2.
"""

import pytest

from ci.compiler.announced import IN_FILTERS, IN_LOGIC, check_pattern, check_version, lacking
from ci.compiler.diagnostics import Diagnostics

from .snippets import FILE, node, problems, warnings


@pytest.mark.parametrize(
    ("pattern", "constructs"),
    [
        ("main", []),
        ("^release-.*$", []),
        (r"v\d+(\.\d+)*", []),
        ("(?:a|b)", []),
        ("(?i)main", []),
        ("(?<name>x)", []),
        ("a*?b+?c??d{2,3}?", []),
        ("(?!dev).*", ["the negative look-ahead (?!"]),
        ("(?=dev).*", ["the look-ahead (?="]),
        (".*(?<=dev)", ["the look-behind (?<="]),
        (".*(?<!dev)", ["the negative look-behind (?<!"]),
        ("(?>a)", ["the atomic group (?>"]),
        (r"(a)\1", [r"the back-reference \1"]),
        (r"(?<n>a)\k<n>", [r"the back-reference \k<"]),
        ("a*+", ["the possessive quantifier *+"]),
        ("a++b?+", ["the possessive quantifier ++", "the possessive quantifier ?+"]),
        ("a{2,3}+", ["the possessive quantifier {2,3}+"]),
        ("a{2}+b{2,}+", ["the possessive quantifier {2}+", "the possessive quantifier {2,}+"]),
        (r"\(?!x", []),
        ("[(?!x]", []),
        ("[a*+]", []),
        ("[]*+]", []),
        ("[^]*+]", []),
        ("[a[b*+]c*+]", []),
        ("[a]*+", ["the possessive quantifier *+"]),
        (r"\Q(?!x)\E", []),
        (r"\Q(?!x", []),
        (r"\Qa\E(?!x)", ["the negative look-ahead (?!"]),
        (r"\\1", []),
        (r"\*+", []),
        (r"\0", []),
        ("(?!a)(?!b)", ["the negative look-ahead (?!", "the negative look-ahead (?!"]),
    ],
)
def test_what_the_new_engine_lacks_is_found_outside_of_classes_and_quotes(pattern, constructs):
    assert list(lacking(pattern)) == constructs


def checked(pattern, choice="refused", rewrites=IN_FILTERS):
    diagnostics = Diagnostics(FILE, choice)
    check_pattern(pattern, node("x"), rewrites, diagnostics)
    return problems(diagnostics) if choice == "refused" else warnings(diagnostics)


def test_a_pattern_has_128_characters_at_most():
    assert checked("a" * 128) == []
    assert checked("a" * 129) == [
        "1: a regular expression of 129 characters, more than 128: "
        f"CircleCI's compiler refuses it since 21 September 2026 ({IN_FILTERS[0]})"
    ]


@pytest.mark.parametrize("rewrites", [IN_FILTERS, IN_LOGIC])
def test_look_around_is_reported_with_how_it_is_written_instead(rewrites):
    [found] = checked("(?!dev).*", rewrites=rewrites)
    assert found.endswith(f"({rewrites[1]})")
    [found] = checked("a++", rewrites=rewrites)
    assert found.endswith("(write it without)")


def test_a_construct_is_reported_once():
    assert len(checked("(?!a)(?!b)")) == 1
    assert len(checked("(?!a)" + "b" * 200)) == 2


def test_it_is_an_error_a_warning_or_nothing():
    assert len(checked("(?!a)", "refused")) == len(checked("(?!a)", "warned")) == 1
    assert checked("(?!a)", "accepted") == []


def test_version_2_is_reported_with_what_to_write():
    diagnostics = Diagnostics(FILE, "warned")
    check_version("2.0", node("2.0"), diagnostics)
    [found] = warnings(diagnostics)
    assert found.startswith(
        "1: version 2.0: CircleCI's compiler refuses it since 21 September 2026 (write version: 2.1"
    )
