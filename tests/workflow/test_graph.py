"""Order, ancestors and generations of a graph of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.workflow.graph import ancestors, generations, ordered

DIAMOND = {"c": ["b1", "b2"], "b2": ["a"], "b1": ["a"], "a": []}


def groups_before(name, parents):
    return generations(name, parents.__getitem__, {each: place for place, each in enumerate(ordered(parents))})


def test_a_name_stands_after_its_parents_and_else_where_it_was_given():
    assert ordered({"z": [], "a": [], "m": ["z"]}) == ["z", "a", "m"]
    assert ordered(DIAMOND) == ["a", "b2", "b1", "c"]


def test_parents_outside_the_graph_are_ignored():
    assert ordered({"b": ["gone"]}) == ["b"]


def test_a_cycle_is_named_in_its_order():
    with pytest.raises(ValueError, match="a") as caught:
        ordered({"x": [], "a": ["b"], "b": ["c"], "c": ["a"]})
    assert caught.value.args[0] in (["a", "b", "c", "a"], ["b", "c", "a", "b"], ["c", "a", "b", "c"])


def test_ancestors_are_the_names_and_all_they_reach():
    assert ancestors(["b1"], DIAMOND) == {"b1", "a"}
    assert ancestors(["c"], DIAMOND) == {"a", "b1", "b2", "c"}


def test_generations_group_what_does_not_reach_each_other():
    assert groups_before("c", DIAMOND) == [["a"], ["b2", "b1"]]
    assert groups_before("a", DIAMOND) == []


@st.composite
def graphs(draw):
    size = draw(st.integers(1, 12))
    return {n: sorted(draw(st.sets(st.integers(0, n - 1), max_size=3))) if n else [] for n in range(size)}


@given(graphs())
def test_every_order_has_every_name_once_and_parents_first(graph):
    names = {str(name): [str(parent) for parent in parents] for name, parents in graph.items()}
    order = ordered(names)
    assert sorted(order) == sorted(names)
    assert all(order.index(parent) < order.index(name) for name in names for parent in names[name])


@given(graphs())
def test_no_member_of_a_generation_reaches_another(graph):
    names = {str(name): [str(parent) for parent in parents] for name, parents in graph.items()}
    last = str(len(names) - 1)
    for group in groups_before(last, names):
        for name in group:
            assert not (ancestors([name], names) - {name}) & set(group)
