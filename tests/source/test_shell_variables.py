"""Which variables a shell text uses and which it sets, as far as its words show."""

import pytest

from ci.source.shell_variables import assigns, unset, uses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("echo $A", True),
        ("echo ${A}", True),
        ("echo ${A:-x}", True),
        ("echo ${#A} ${!A}", True),
        ("echo '$A'", True),
        ("printenv A", True),
        ("echo A", False),
        ("echo $AB", False),
        ("echo ${AB}", False),
        (r"echo \$A", False),
        ("A=1", False),
        ("printenv AB", False),
    ],
)
def test_a_text_uses_a_variable_that_it_expands(text, expected):
    assert uses(text, "A") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1", True),
        ("export A=1", True),
        ("A+=1", True),
        ("x; A=1 make", True),
        ("echo ${A:=x}", True),
        ("echo ${A=x}", True),
        ("for A in a b", True),
        ("read -r A", True),
        ("read X A", True),
        ("unset A", True),
        ("AB=1", False),
        ("BA=1", False),
        ("--A=1", False),
        ("x.A=1", False),
        ("echo $A", False),
        ("read X; echo A", False),
        ("test $A = 1", False),
    ],
)
def test_a_text_assigns_a_variable_that_it_sets_reads_or_removes(text, expected):
    assert assigns(text, "A") is expected


def test_what_is_used_is_known_or_set_by_one_of_the_texts_or_missing():
    text = "echo $A $B $C $D"
    assert list(unset(["A", "B", "C", "E"], text, {"B"}, ["C=1", text])) == ["A"]
