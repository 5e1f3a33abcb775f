"""How many nodes there are, what each can hold, and which has room."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Capacity:
    """Nodes that are all alike, with processors as thousandths: a Pod goes to the first that has room."""

    def __init__(self, nodes: int, processors: int) -> None:
        self._free = [processors * 1000] * nodes
        self._first = 0
        """No node before that has anything free."""

    def take(self, wanted: int) -> str | None:
        """Return the node that a Pod has got a place on; None if none has room."""
        while self._first < len(self._free) and not self._free[self._first]:
            self._first += 1
        for number in range(self._first, len(self._free)):
            if self._free[number] >= wanted:
                self._free[number] -= wanted
                return f"node-{number}"
        return None

    def give_back(self, node: str, taken: int) -> None:
        number = int(node.rpartition("-")[2])
        self._free[number] += taken
        self._first = min(self._first, number)

    def refusal(self) -> str:
        """Return what a scheduler says where no node has room."""
        number = len(self._free)
        return (
            f"0/{number} nodes are available: {number} Insufficient cpu. preemption: 0/{number} nodes are available: "
            f"{number} No preemption victims found for incoming pod."
        )


def wanted(pod: Json) -> int:
    """Return the thousandths of a processor that a Pod's containers ask for."""
    return sum(_thousandths(each) for each in pod["spec"]["containers"])


def _thousandths(container: Json) -> int:
    asked = str(container.get("resources", {}).get("requests", {}).get("cpu", "0"))
    return int(asked[:-1]) if asked.endswith("m") else int(float(asked) * 1000)
