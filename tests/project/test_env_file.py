"""Files of variables: what a line may be, and where the error is for one that may not."""

import pytest

from ci.errors import UsageError
from ci.project.env_file import parse

PEM = "-----BEGIN KEY-----\nabc\ndef\n-----END KEY-----\n"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("A=1\n# a comment\n\nB=2", (("A", "1"), ("B", "2"))),
        ("export A=1", (("A", "1"),)),
        ("A=", (("A", ""),)),
        ("A=a=b c # no comment", (("A", "a=b c # no comment"),)),
        ("A='$B \\n' # a comment", (("A", "$B \\n"),)),
        ('A="one\\ntwo \\"three\\" \\\\ \\$x"', (("A", 'one\ntwo "three" \\ $x'),)),
        (f"KEY='{PEM}'\nB=2", (("KEY", PEM), ("B", "2"))),
        ("A=1\r\nB=2\r\n", (("A", "1"), ("B", "2"))),
        ("A=1\nA=2", (("A", "1"), ("A", "2"))),
    ],
)
def test_a_file_is_read_as_a_shell_would_but_for_variables(text, pairs):
    assert parse(text, "x.env") == pairs


@pytest.mark.parametrize(
    ("text", "place"),
    [("A=1\nnonsense", "x.env:2:1"), ("2A=1", "x.env:1:1"), ("A-B=1", "x.env:1:1"), ("A=1\nB='open", "x.env:2:3")],
)
def test_a_line_that_is_none_is_an_error_with_its_place(text, place):
    with pytest.raises(UsageError) as caught:
        parse(text, "x.env")
    assert str(caught.value).startswith(place)


def test_an_error_shows_no_value():
    with pytest.raises(UsageError) as caught:
        parse("A='secret-value", "x.env")
    assert "secret-value" not in str(caught.value)
