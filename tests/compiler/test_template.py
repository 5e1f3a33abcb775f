"""Templates: tags, sections and escapes in a text.

https://circleci.com/docs/reference/reusing-config/#using-the-parameters-declaration has tags; their exact grammar, with
sections and the texts of errors, is that of CircleCI's replacer. A section's tag that is alone on its line takes the
line with it: Mustache's rule for standalone tags.
"""

import pytest

from ci.compiler.expression import Binary, Literal, Name, Not, SyntaxProblem
from ci.compiler.template import UNCLOSED, Section, parse_template

A, B = Name("a"), Name("b")


def joined(parts):
    """Return the parts with the texts that follow each other as one."""
    found = []
    for part in parts:
        if isinstance(part, Section):
            found.append(Section(part.condition, part.inverted, tuple(joined(part.parts))))
        elif isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return found


def parts(text):
    return joined(parse_template(text).parts)


def problem(text):
    with pytest.raises(SyntaxProblem) as caught:
        parse_template(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("make all", ["make all"]),
        ("<< a >>", [A]),
        ("<<a>>", [A]),
        ("<<\n  a\n>>", [A]),
        ("x<< a >>y", ["x", A, "y"]),
        ("<< a >><< b >>", [A, B]),
        ("<< a >> << b >>", [A, " ", B]),
        ("<< parameters.a-b_c >>", [Name("parameters.a-b_c")]),
        ('<< a == "x" or not b >>', [Binary("or", Binary("==", A, Literal("x")), Not(B))]),
        ("{{ checksum }} $A ${B}", ["{{ checksum }} $A ${B}"]),
    ],
)
def test_a_tag_is_an_expression_and_the_rest_is_text(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"cat \<<EOF", ["cat <<EOF"]),
        (r"\<< a >>", ["<< a >>"]),
        (r"\\<< a >>", ["\\", A]),
        (r"\\\<< a >>", [r"\\", A]),
        (r"x\\<<a>>", ["x\\", A]),
        (r"a\\b \c", [r"a\\b \c"]),
        (r"\<<\<< a >>", ["<<<< a >>"]),
        (r"\<<<< a >>", ["<<", A]),
        (r"<< a >>\<<", [A, "<<"]),
        (r"\\<< a >>\<<b", ["\\", A, "<<b"]),
    ],
)
def test_a_backslash_makes_an_opening_text_and_two_are_one_before_a_tag(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("echo a >> b", ["echo a >> b"]),
        (">>", [">>"]),
        ("<< a >> >> b", [A, " >> b"]),
        ("cat <<EOF >> out", ["cat ", Name("EOF"), " out"]),
        ("<< a >>>", [A, ">"]),
    ],
)
def test_a_closing_outside_a_tag_is_text_and_closes_a_heredoc(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text", ["cat <<EOF", "<< a", "<< a << b >>", r"<< a \<< b >>", r"<< a \\<< b >>", "<<#a", "<<"]
)
def test_a_tag_that_meets_an_opening_or_the_end_is_not_closed(text):
    assert problem(text) == r"Unclosed '<<' tag ('<<' must be escaped as '\<<')"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<<>>", "Expected expression after '<<'"),
        ("<< >>", "Expected expression"),
        ("<< a == >>", "Expected expression"),
        ("<< and >>", 'Expected expression, found "and"'),
        ("<< (a >>", "Expected ')' after expression"),
        ("<< a && b >>", "Unexpected character '&'"),
        ("<<# a >>", "Unclosed section, expected '<</'"),
        ("<<^ a >>x", "Unclosed section, expected '<</'"),
        ("<<# a >><<# b >><</ b >>", "Unclosed section, expected '<</'"),
        ("<</ a >>", "Expected section end tag to match start tag"),
        ("<<# a >><</ b >>", "Expected section end tag to match start tag"),
        ("<<# a >><<# b >><</ a >><</ b >>", "Expected section end tag to match start tag"),
        ("<<# a >><</ a >><</ a >>", "Expected section end tag to match start tag"),
        ("<<# a >><</>>", "Expected valid identifier"),
        ("<<# a >><</ >>", "Expected valid identifier"),
        ("<</>>", "Expected valid identifier"),
        ("<<# a == b >><</ a == b >>", "Expected valid identifier"),
        ("<<^ not a >><</ not a >>", "Expected valid identifier"),
    ],
)
def test_what_cannot_be_read_is_refused_in_circlecis_words(text, message):
    assert problem(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<<# a >>x<</ a >>", [Section(A, False, ("x",))]),
        ("<<^ a >>x<</ a >>", [Section(A, True, ("x",))]),
        ("<<#a>>x<</   a>>y", [Section(A, False, ("x",)), "y"]),
        ("<<# a >><</ a >>", [Section(A, False, ())]),
        ("1<<# a >>2<< b >>3<</ a >>4", ["1", Section(A, False, ("2", B, "3")), "4"]),
        (
            "<<# a >>1<<^ b >>2<</ b >>3<</ a >>",
            [Section(A, False, ("1", Section(B, True, ("2",)), "3"))],
        ),
        ("<<# a >>1<</ a >><<^ a >>2<</ a >>", [Section(A, False, ("1",)), Section(A, True, ("2",))]),
        (r"<<# a >>\<<<</ a >>", [Section(A, False, ("<<",))]),
    ],
)
def test_a_section_holds_what_stands_between_its_tags(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n<<# a >>\n2\n<</ a >>\n3", ["1\n", Section(A, False, ("2\n",)), "3"]),
        ("1\n \t<<^ a >> \t\n2\n\t <</ a >>\t \n3", ["1\n", Section(A, True, ("2\n",)), "3"]),
        ("1\r\n<<# a >>\r\n2\r\n<</ a >>\r\n3", ["1\r\n", Section(A, False, ("2\r\n",)), "3"]),
        ("<<# a >>\n2\n<</ a >>", [Section(A, False, ("2\n",))]),
        ("  <<# a >>\n2\n<</ a >>  ", [Section(A, False, ("2\n",))]),
        ("1 \n <<# a >>\n2<</ a >>", ["1 \n", Section(A, False, ("2",))]),
        ("1\n<<# a >>\n\n2\n<</ a >>", ["1\n", Section(A, False, ("\n2\n",))]),
        ("1\n<<# a >>\n<<^ b >>\n2\n<</ b >>\n<</ a >>\n", ["1\n", Section(A, False, (Section(B, True, ("2\n",)),))]),
        ("1\n<<# a >>\n  << b >>\n<</ a >>\n", ["1\n", Section(A, False, ("  ", B, "\n"))]),
    ],
)
def test_a_sections_tag_that_is_alone_on_its_line_goes_with_the_line(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n<< a >>\n2", ["1\n", A, "\n2"]),
        ("  << a >>  \n2", ["  ", A, "  \n2"]),
        ("x <<# a >>\n2<</ a >>", ["x ", Section(A, False, ("\n2",))]),
        ("x\t<<# a >> \n2<</ a >>", ["x\t", Section(A, False, (" \n2",))]),
        ("1\n<<# a >> x\n<</ a >> y\n", ["1\n", Section(A, False, (" x\n",)), " y\n"]),
        ("1\n <<# a >><</ a >>\n2", ["1\n ", Section(A, False, ()), "\n2"]),
        ("<< b >> <<# a >>\n<</ a >> z", [B, " ", Section(A, False, ("\n",)), " z"]),
        ("X<<# a >>\n2\n  X<</ a >>\n3", ["X", Section(A, False, ("\n2\n  X",)), "\n3"]),
    ],
)
def test_any_other_tag_leaves_its_line(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("<< a >>", A),
        ("  << a >>\n", A),
        ("\t<< a or b >>\t", Binary("or", A, B)),
        ("<< a >>.", None),
        ("x << a >>", None),
        ("<< a >><< b >>", None),
        ("<< a >> >>", None),
        (r"\\<< a >>", None),
        ("<<# a >>x<</ a >>", None),
        ("<<# a >><< b >><</ a >>", None),
        ("text", None),
        ("", None),
    ],
)
def test_a_tag_is_the_whole_text_if_only_blanks_are_beside_it(text, whole):
    """The value then keeps its type."""
    assert parse_template(text).whole == whole


def test_sections_nest_to_100_levels():
    def nested(depth):
        return "<<# a >>" * depth + "<</ a >>" * depth

    found = parts(nested(100))
    for _ in range(100):
        [section] = found
        found = section.parts
    assert found == ()
    assert problem(nested(101)) == "Sections nest more than 100 levels"
    assert parts("<<# a >><</ a >>" * 150) == [Section(A, False, ())] * 150
    assert UNCLOSED in problem(nested(100) + "<<")
