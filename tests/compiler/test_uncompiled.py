"""Sessions of a config that does not compile: as many workflows and jobs as can be read."""

import pytest

from ci.compiler.uncompiled import outline


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("workflows: {w: {jobs: [a, b]}}", (("w", ("a", "b")),)),
        ("workflows: {w: {jobs: [a, a, {a: {x: 1}}]}}", (("w", ("a",)),)),
        ("workflows: {w: {jobs: [a]}, v: {jobs: [b]}, version: 2}", (("w", ("a",)), ("v", ("b",)))),
        ("workflows: {w: {jobs: [{a: {name: n}}]}}", (("w", ("n",)),)),
        ("workflows: {w: {jobs: [{a: {name: n-<< matrix.v >>}}]}}", (("w", ("a",)),)),
        ("workflows: {w: {jobs: [{a: {name: n-<< matrix.v >>, matrix: {alias: all}}}]}}", (("w", ("all",)),)),
        ("workflows: {w: {jobs: [{a: {matrix: {alias: all}}}]}}", (("w", ("all",)),)),
        ("workflows: {w: {jobs: [{a: null}, {o/b: {}}]}}", (("w", ("a", "o/b")),)),
        ("workflows: {w: {jobs: [{h: {type: approval}}, a]}}", (("w", ("a",)),)),
        ("workflows: {w: {jobs: [null, [a], {a: 1, b: 2}, c]}}", (("w", ("c",)),)),
        ("workflows: {w: {jobs: a}, v: [a], u: null}", (("w", ()), ("v", ()), ("u", ()))),
        ("jobs: {build: {}}", (("workflow", ("build",)),)),
        ("jobs: {test: {}}", ()),
        ("jobs: [build]", ()),
        ("workflows: [a]", ()),
        ("- a", ()),
        ("a: [", ()),
        ("", ()),
    ],
)
def test_what_can_be_read_has_sessions_and_nothing_is_raised(text, expected):
    assert outline(text, "config.yml") == expected
