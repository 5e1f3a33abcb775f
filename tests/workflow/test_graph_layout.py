"""Where the jobs of a graph stand."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ci.workflow.graph_layout import Cell, layout

DIAMOND = {"build": [], "lint": ["build"], "test": ["build"], "deploy": ["lint", "test"]}


def test_a_job_stands_right_of_all_that_it_requires():
    plan = layout(DIAMOND)
    assert {name: place.layer for name, place in plan.places.items()} == {"build": 0, "lint": 1, "test": 1, "deploy": 2}
    assert (plan.layers, plan.rows) == (3, 2)


def test_a_job_stands_in_the_middle_of_those_that_require_it():
    places = layout(DIAMOND).places
    assert places["build"].row == places["deploy"].row == (places["lint"].row + places["test"].row) / 2


def test_a_line_over_several_layers_has_a_place_of_its_own_in_each():
    plan = layout({"a": [], "b": ["a"], "c": ["b"], "d": ["c", "a"]})
    line = plan.lines["a", "d"]
    assert [place.layer for place in line] == [0, 1, 2, 3]
    assert line[1] != plan.places["b"]
    assert line[2] != plan.places["c"]


def test_lines_do_not_cross_where_they_need_not():
    plan = layout({"a": [], "b": [], "c": [], "x": ["c"], "y": ["b"], "z": ["a"]})
    for (_, one), (_, other) in combinations(plan.lines.items(), 2):
        assert (one[0].row - other[0].row) * (one[1].row - other[1].row) > 0


def test_a_parent_that_is_not_there_and_an_empty_graph_are_no_error():
    assert layout({"a": ["gone"]}).places == {"a": Cell(0, 0)}
    assert layout({}).places == {}


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 12))
    return {str(at): [str(each) for each in range(at) if draw(st.booleans())] for at in range(count)}


@given(graphs())
def test_no_two_places_overlap_and_no_line_leads_back(parents):
    plan = layout(parents)
    bends = [place for line in plan.lines.values() for place in line[1:-1]]
    places = [*plan.places.values(), *bends]
    for one, other in combinations(places, 2):
        assert one.layer != other.layer or abs(one.row - other.row) > 0.999
    assert all(0 <= place.row <= plan.rows - 1 + 1e-9 and 0 <= place.layer < plan.layers for place in places)
    assert set(plan.lines) == {(parent, child) for child, found in parents.items() for parent in found}
