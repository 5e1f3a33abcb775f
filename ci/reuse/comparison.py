"""What a job would see now, held against what it has seen in a kept run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from ..dataclass import dataclass
from ..runtime.seen import CacheUse
from ..runtime.storage.cache import found_now
from ..runtime.storage.cache_store import CacheStore
from ..runtime.task import Layer
from ..system.digests import sha256
from .job_key import Difference, Facts, Key, differences
from .kept_inputs import JobInputs, LayerPlace, key_of
from .layer_content import content, stamp

Layers = Sequence[Sequence[Layer]]


@dataclass(frozen=True, slots=True)
class Now:
    """What a job would see now."""

    key: Key
    layers: Layers
    store: CacheStore
    copied_from: Callable[[Path], Path | None]
    """Return the layer of a kept run of which a layer of this run is a copy."""


def compared(then: JobInputs, run: Path, now: Now) -> tuple[Difference, ...]:
    """Return what has changed for a job since a kept run. Layers are read only if nothing else has.

    Raise OSError if they cannot be.
    """
    found = differences(
        {**key_of(then), "caches": _caches(then.caches)},
        {**now.key, "caches": _caches_now(then.caches, now.store)},
    )
    if found:
        return found
    changed = _changed_layers(then.layers, run, now)
    return (Difference("workspace", tuple(dict.fromkeys(changed))),) if changed else ()


def digest_of(identity: str) -> str:
    """Return what is kept of the cache that a job has found; empty if there was none."""
    return sha256(identity.encode("utf-8", "surrogatepass")).hex() if identity else ""


def _caches(uses: Sequence[CacheUse]) -> Facts:
    return {_name(use): "kept" if use.saves else use.found for use in uses}


def _caches_now(uses: Sequence[CacheUse], store: CacheStore) -> Facts:
    return {_name(use): _found(use, store) for use in uses}


def _name(use: CacheUse) -> str:
    return f"{'saved' if use.saves else 'restored'} {', '.join(use.keys)}"


def _found(use: CacheUse, store: CacheStore) -> str:
    if use.saves:
        return "kept" if all(map(store.get, use.keys)) else "gone"
    return digest_of(found_now(store, use.keys))


def _changed_layers(then: Sequence[Sequence[LayerPlace]], run: Path, now: Now) -> list[str]:
    """Return the jobs whose layers differ."""
    before = [[(each.job, each.node) for each in group] for group in then]
    after = [[(each.job, each.node) for each in group] for group in now.layers]
    if before != after:
        names = {name for groups in (before, after) for group in groups for name, _ in group}
        return sorted(names) or ["the jobs before it"]
    pairs = zip(chain.from_iterable(then), chain.from_iterable(now.layers), strict=True)
    return [old.job for old, new in pairs if not _same(old, run, new, now)]


def _same(old: LayerPlace, run: Path, new: Layer, now: Now) -> bool:
    place = run / old.path
    if stamp(place) != old.stamp:
        return False
    return now.copied_from(new.archive) == place or content(place) == content(new.archive)
