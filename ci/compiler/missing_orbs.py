"""Orbs that are missing, and which parts of the config hang on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..dataclass import dataclass, field
from ..errors import Problem


@dataclass(slots=True)
class MissingOrbs:
    """The problem of each missing orb, by its reference, and which ones have been met."""

    declared: dict[str, Problem] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)
    """Those that something hangs on, whatever it is."""
    _met: dict[str, None] = field(default_factory=dict)
    _by_key: dict[object, tuple[str, ...]] = field(default_factory=dict)

    def meet(self, reference: str) -> None:
        """Note that what is being compiled hangs on an orb."""
        self.used[reference] = None
        self._met[reference] = None

    @contextmanager
    def met(self, key: object) -> Iterator[dict[str, None]]:
        """Collect the orbs that are met inside; the ``key`` is that of what is kept, see ``meet_again``."""
        outer, self._met = self._met, {}
        inner = self._met
        try:
            yield inner
        finally:
            if inner:
                self._by_key[key] = tuple(inner)
            outer.update(inner)
            self._met = outer

    def meet_again(self, key: object) -> None:
        """Note the orbs that what was compiled before, and is taken again, hangs on."""
        if self._by_key:
            self._met.update(dict.fromkeys(self._by_key.get(key, ())))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return one problem for each orb that something hangs on."""
        return tuple(problem for reference, problem in self.declared.items() if reference in self.used)

    @property
    def unused(self) -> tuple[Problem, ...]:
        return tuple(problem for reference, problem in self.declared.items() if reference not in self.used)
