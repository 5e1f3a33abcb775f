"""Go's filepath.Match and Glob. https://pkg.go.dev/path/filepath#Match"""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.runtime.files.globs import ErrBadPattern, cleaned, expand, match, select

BAD = "syntax error"
MATCHES = [
    ("abc", "abc", True),
    ("*", "abc", True),
    ("*c", "abc", True),
    ("a*", "a", True),
    ("a*", "abc", True),
    ("a*", "ab/c", False),
    ("a*/b", "abc/b", True),
    ("a*/b", "a/c/b", False),
    ("a*b*c*d*e*/f", "axbxcxdxe/f", True),
    ("a*b*c*d*e*/f", "axbxcxdxexxx/f", True),
    ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", False),
    ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", False),
    ("a*b?c*x", "abxbbxdbxebxczzx", True),
    ("a*b?c*x", "abxbbxdbxebxczzy", False),
    ("ab[c]", "abc", True),
    ("ab[b-d]", "abc", True),
    ("ab[e-g]", "abc", False),
    ("ab[^c]", "abc", False),
    ("ab[^b-d]", "abc", False),
    ("ab[^e-g]", "abc", True),
    ("a\\*b", "a*b", True),
    ("a\\*b", "ab", False),
    ("a?b", "a☺b", True),
    ("a[^a]b", "a☺b", True),
    ("a???b", "a☺b", False),
    ("a[^a][^a][^a]b", "a☺b", False),
    ("[a-ζ]*", "α", True),
    ("*[a-ζ]", "A", False),
    ("a?b", "a/b", False),
    ("a*b", "a/b", False),
    ("[\\]a]", "]", True),
    ("[\\-]", "-", True),
    ("[x\\-]", "x", True),
    ("[x\\-]", "-", True),
    ("[x\\-]", "z", False),
    ("[\\-x]", "x", True),
    ("[\\-x]", "-", True),
    ("[\\-x]", "a", False),
    ("[]a]", "]", BAD),
    ("[-]", "-", BAD),
    ("[x-]", "x", BAD),
    ("[x-]", "-", BAD),
    ("[x-]", "z", BAD),
    ("[-x]", "x", BAD),
    ("[-x]", "a", BAD),
    ("\\", "a", BAD),
    ("[a-b-c]", "a", BAD),
    ("[", "a", BAD),
    ("[^", "a", BAD),
    ("[^bc", "a", BAD),
    ("a[", "a", BAD),
    ("a[", "ab", BAD),
    ("a[", "x", BAD),
    ("a/b[", "x", BAD),
    ("*x", "xxx", True),
    ("*", ".hidden", True),
    ("?hidden", ".hidden", True),
    ("[.]hidden", ".hidden", True),
    ("**", "a/b", False),
    ("{a,b}", "a", False),
    ("", "", True),
    ("", "a", False),
    ("*", "", True),
    ("?", "", False),
    ("*[*]*", "a*b", True),
]


@pytest.mark.parametrize(("pattern", "name", "expected"), MATCHES)
def test_match_agrees_with_go(pattern, name, expected):
    if expected is BAD:
        with pytest.raises(ErrBadPattern, match="syntax error in pattern"):
            match(pattern, name)
    else:
        assert match(pattern, name) is expected


@given(st.text("ab/*?[]^-\\.", max_size=8), st.text("ab/.]-", max_size=8))
def test_any_pattern_matches_or_is_malformed(pattern, name):
    try:
        assert match(pattern, name) in (True, False)
    except ErrBadPattern:
        with pytest.raises(ErrBadPattern):
            match(pattern, "other")


@given(st.text("ab[]*?\\x-^", max_size=8))
def test_an_escaped_name_matches_itself_and_nothing_else(name):
    escaped = "".join(f"\\{char}" for char in name)
    assert match(escaped, name)
    assert not match(escaped, name + "x")


@pytest.fixture
def tree(tmp_path):
    for name in ("build/a.jar", "build/b.txt", "build/sub/c.jar", "build/.hidden", "other/a.jar", "top.txt", "b[1]"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    os.symlink("nowhere", tmp_path / "dangling")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["build/*"], ["build/.hidden", "build/a.jar", "build/b.txt", "build/sub"]),
        (["*/*.jar"], ["build/a.jar", "other/a.jar"]),
        (["build/**/c.jar"], ["build/sub/c.jar"]),
        (["**/*.jar"], ["build/a.jar", "other/a.jar"]),
        (["build"], ["build"]),
        (["./build/"], ["build"]),
        (["."], ["."]),
        (["*.txt", "top.txt"], ["top.txt"]),
        (["top.txt", "build/*.txt"], ["top.txt", "build/b.txt"]),
        (["b\\[1\\]"], ["b[1]"]),
        (["dangling"], ["dangling"]),
        (["d*"], ["dangling"]),
        (["top.txt/*"], []),
        (["missing", "none/*"], []),
        (["$HOME"], []),
    ],
)
def test_expand_finds_what_go_would(tree, patterns, expected):
    assert expand(tree, patterns) == expected


@pytest.mark.parametrize("pattern", ["../x", "a/../../x", "/etc", "/"])
def test_a_pattern_that_leads_out_of_the_root_is_an_error(tree, pattern):
    with pytest.raises(ValueError, match="must be relative to the root"):
        expand(tree, [pattern])


def test_a_malformed_pattern_is_an_error(tree):
    with pytest.raises(ErrBadPattern):
        expand(tree, ["nothing/[a"])


def test_select_takes_names_where_a_box_lists_them(tree):
    names = ["a/b.jar", "a/c.txt", "d"]
    assert select(names, ["./*/*.jar", "d/"]) == ["a/b.jar", "d"]
    assert select(names, ["."]) == names
    assert cleaned("./a//b/") == "a/b"
