"""Where the jobs of a graph are drawn: in layers from left to right, with few crossings, lines around the boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ..dataclass import dataclass
from .graph import ordered

SWEEPS = 8
Node = str | tuple[str, str, int]
"""A job, or a bend: the parent, the child and the layer of a line that passes through."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A layer, counted from 0, and a row in it, which need not be whole."""

    layer: int
    row: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The place of each job, and of each line the places that it passes through, both ends included."""

    places: Mapping[str, Cell]
    lines: Mapping[tuple[str, str], tuple[Cell, ...]]
    layers: int
    rows: float


def layout(parents: Mapping[str, Sequence[str]]) -> Layout:
    """Cell each name right of its parents; parents that are not names of the mapping are ignored."""
    parents = {name: [each for each in dict.fromkeys(parents[name]) if each in parents] for name in parents}
    depth: dict[str, int] = {}
    for name in ordered(parents):
        depth[name] = 1 + max((depth[each] for each in parents[name]), default=-1)
    layers, links = _layers(parents, depth)
    _untangle(layers, links)
    rows = _rows(layers, links)
    place = {node: Cell(layer, rows[node]) for layer, nodes in enumerate(layers) for node in nodes}
    lines = {
        (parent, child): tuple(place[node] for node in _chain(parent, child, depth))
        for child in parents
        for parent in parents[child]
    }
    return Layout({name: place[name] for name in parents}, lines, len(layers), max(rows.values(), default=0) + 1)


def _chain(parent: str, child: str, depth: Mapping[str, int]) -> list[Node]:
    bends = [(parent, child, layer) for layer in range(depth[parent] + 1, depth[child])]
    return [parent, *bends, child]


Links = Mapping[Node, tuple[list[Node], list[Node]]]
"""Of each node its neighbours in the layer before and in the one behind."""


def _layers(parents: Mapping[str, Sequence[str]], depth: Mapping[str, int]) -> tuple[list[list[Node]], Links]:
    layers: list[list[Node]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    links: dict[Node, tuple[list[Node], list[Node]]] = {}
    for name in parents:
        layers[depth[name]].append(name)
        links[name] = ([], [])
    for child in parents:
        for parent in parents[child]:
            chain = _chain(parent, child, depth)
            for node in chain[1:-1]:
                layers[depth[parent] + chain.index(node)].append(node)
                links[node] = ([], [])
            for left, right in pairwise(chain):
                links[left][1].append(right)
                links[right][0].append(left)
    return layers, links


def _untangle(layers: list[list[Node]], links: Links) -> None:
    """Order each layer by the middle of its neighbours, forth and back: most lines then cross no more."""
    for sweep in range(SWEEPS):
        side = sweep % 2
        for nodes in layers if side == 0 else reversed(layers):
            at = {node: index for each in layers for index, node in enumerate(each)}
            nodes.sort(key=lambda node: _middle(links[node][side], at, at[node]))


def _middle(nodes: Sequence[Node], at: Mapping[Node, float], own: float) -> float:
    return sum(at[node] for node in nodes) / len(nodes) if nodes else own


def _rows(layers: Sequence[Sequence[Node]], links: Links) -> dict[Node, float]:
    """Return a row for each node: near its neighbours, at least one apart from the next in its layer."""
    tallest = max(map(len, layers), default=0)
    rows: dict[Node, float] = {}
    for nodes in layers:
        rows.update((node, index + (tallest - len(nodes)) / 2) for index, node in enumerate(nodes))
    for sweep in range(SWEEPS):
        for nodes in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [_middle([*links[node][0], *links[node][1]], rows, rows[node]) for node in nodes]
            rows.update(zip(nodes, _apart(wanted), strict=True))
    least = min(rows.values(), default=0)
    return {node: row - least for node, row in rows.items()}


def _apart(wanted: Sequence[float]) -> list[float]:
    """Return increasing rows at least one apart, as near to the wanted ones as groups that touch can be."""
    groups: list[list[float]] = []  # the sum of the wanted first rows, how many are in it
    for index, row in enumerate(wanted):
        groups.append([row - index, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += count
    firsts = [total / count for total, count in groups for _ in range(int(count))]
    return [first + index for index, first in enumerate(firsts)]
