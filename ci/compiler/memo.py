"""What was compiled before, to be taken again: a command that is called a thousand times is expanded once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from .missing_orbs import MissingOrbs

T = TypeVar("T")
Key = tuple[object, ...]


class Memo(Generic[T]):
    """Values by a key, each made once; one that is taken again hangs on the same missing orbs as before."""

    def __init__(self, missing: MissingOrbs) -> None:
        self._missing = missing
        self._known: dict[Key, tuple[T, object]] = {}

    def known(self, key: Key) -> T | None:
        """Return the value of a key; None if it has not been made."""
        found = self._known.get(key)
        if found is None:
            return None
        self._missing.meet_again((self, key))
        return found[0]

    def make(self, key: Key, owner: object, make: Callable[[], T]) -> T:
        """Make and keep the value of a key; ``owner`` keeps alive the objects whose ``id`` is in the key."""
        with self._missing.met((self, key)):
            value = make()
        self._known[key] = value, owner
        return value

    def get(self, key: Key, owner: object, make: Callable[[], T]) -> T:
        """Return the value of a key, made now if it is not known."""
        found = self.known(key)
        return self.make(key, owner, make) if found is None else found
