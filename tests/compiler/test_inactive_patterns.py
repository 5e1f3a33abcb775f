"""Patterns that this pipeline does not reach: warned of, in inactive workflows and in definitions without a use."""

import pytest

from ci.compiler.diagnostics import Diagnostics
from ci.compiler.inactive_patterns import warn_of_patterns

from .snippets import FILE, map_node, problems, warnings


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{workflows: {w: {when: false, jobs: [{a: {filters: {branches: {only: /(?!x).*/}}}}]}}}", 1),
        ("{w: {filters: {branches: {ignore: [/(?!x)/, a, /b/]}, tags: {only: /(?=x)/}}}}", 2),
        ("{w: {when: {matches: {pattern: (?!x), value: a}}}}", 1),
        ("{w: [{and: [{not: {matches: {pattern: (?!x), value: a}}}]}]}", 1),
        ("{w: {filters: {branches: {only: (?!x)}}}}", 0),
        ("{w: {filters: {branches: {only: /<< parameters.x >>(?!x)/}}}}", 0),
        ("{w: {matches: {pattern: << parameters.x >>(?!x)}}}", 0),
        ("{w: {filters: 'pipeline.git.branch matches /(?!x)/'}}", 0),
        ("{w: {steps: [run: 'grep -P (?!x)']}}", 0),
        ("{w: &w {filters: {branches: {only: /(?!x)/}}}, v: *w}", 1),
    ],
)
def test_each_pattern_in_filters_and_in_matches_is_warned_of_once(text, count):
    diagnostics = Diagnostics(FILE, "refused")
    warn_of_patterns(map_node(text), diagnostics)
    assert len(warnings(diagnostics)) == count
    assert problems(diagnostics) == []


def test_the_warning_says_that_nothing_uses_it():
    diagnostics = Diagnostics(FILE, "refused")
    warn_of_patterns(map_node("{matches: {pattern: (?!x)}}"), diagnostics)
    assert diagnostics.warnings[0].trail == (("this pipeline does not use it", None),)
