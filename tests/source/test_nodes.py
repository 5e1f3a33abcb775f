"""YAML as nodes that know where they stand."""

from ci.errors import Position
from ci.source.load import load


def test_a_node_is_ordinary_data_with_a_place():
    root = load("a: [1, x]\nb:\n  c: null\n", "c.yml")
    assert root.plain == {"a": [1, "x"], "b": {"c": None}}
    assert root.get("a").position == Position("c.yml", 1, 4)
    assert root.get("a").items[1].position == Position("c.yml", 1, 8)
    assert root.get("b").get("c").position == Position("c.yml", 3, 6)
    assert root.position == Position("c.yml", 1, 1)


def test_a_map_has_its_keys_in_the_order_of_the_source():
    root = load("b: 1\na: 2\n", "c.yml")
    assert [(key.value, value.value) for key, value in root.items()] == [("b", 1), ("a", 2)]
    assert [key.position.line for key, _ in root.items()] == [1, 2]
    assert root.get("c") is None


def test_only_what_has_a_tag_in_it_is_tagged():
    root = load("a: << x >>\nb: [y, {c: z << x >>}]\nd: [e]\n", "c.yml")
    assert root.tagged
    assert [root.get(key).tagged for key in "abd"] == [True, True, False]
    assert [item.tagged for item in root.get("b").items] == [False, True]
    assert not load("a: << x >>\n", "c.yml", templates=False).tagged


def test_a_null_and_a_text_know_what_they_are():
    root = load("n: null\ne:\nt: x\nq: '7'\ni: 7\nl: []\nm: {}\n", "c.yml")
    assert [key for key in "netqilm" if root.get(key).is_null] == ["n", "e"]
    assert [root.get(key).text for key in "netqilm"] == [None, None, "x", "7", None, None, None]
