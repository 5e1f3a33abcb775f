"""The graph algorithms: each stands alone, on names and their parents."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence


def ordered(parents: Mapping[str, Sequence[str]]) -> list[str]:
    """Return every name after its parents; among those that may come next, the first as given.

    Parents that are not names of the mapping are ignored. Raise ValueError for a cycle;
    its argument is the names of the cycle.
    """
    position = {name: index for index, name in enumerate(parents)}
    waiting = {name: {parent for parent in parents[name] if parent in position} for name in parents}
    children: dict[str, list[str]] = {name: [] for name in parents}
    for name, needed in waiting.items():
        for parent in needed:
            children[parent].append(name)
    ready = [position[name] for name, needed in waiting.items() if not needed]
    heapq.heapify(ready)
    names = list(parents)
    result: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        result.append(name)
        for child in children[name]:
            waiting[child].discard(name)
            if not waiting[child]:
                heapq.heappush(ready, position[child])
    if len(result) < len(names):
        raise ValueError(_cycle({name: sorted(needed) for name, needed in waiting.items() if needed}))
    return result


def _cycle(waiting: Mapping[str, Sequence[str]]) -> list[str]:
    path: list[str] = [next(iter(waiting))]
    while True:
        following = next(parent for parent in waiting[path[-1]] if parent in waiting)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)


def ancestors(names: Iterable[str], parents: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the names and all that they reach through their parents."""
    return _reached(names, lambda name: parents.get(name, ()))


def _reached(names: Iterable[str], parents: Callable[[str], Sequence[str]]) -> set[str]:
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [parent for parent in parents(name) if parent not in found]
    return found


def generations(name: str, parents: Callable[[str], Sequence[str]], places: Mapping[str, int]) -> list[list[str]]:
    """Return the ancestors of ``name``, oldest first, in groups whose members do not reach each other.

    A member of a group may depend on earlier groups only. ``places`` has every name's place in an order in which
    each stands after its parents; nothing but the ancestors is looked at.
    """
    reached = _reached([name], parents) - {name}
    depth: dict[str, int] = {}
    for each in sorted(reached, key=places.__getitem__):
        depth[each] = 1 + max((depth[parent] for parent in parents(each)), default=-1)
    groups: list[list[str]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for each, level in depth.items():
        groups[level].append(each)
    return groups
