"""A workflow's workspace: each job node adds a layer, jobs behind it attach them all.

https://circleci.com/docs/guides/orchestrate/workspaces/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from posixpath import dirname

from ...system.private_files import opener
from ..box import Box
from ..failures import StepError
from ..files.archive import ArchiveError
from ..task import Layer


def persist(box: Box, root: str, paths: Sequence[str], archive: Path, job: str, node: int) -> Layer:
    """Pack what the patterns find below ``root`` into ``archive``; nothing found fails the step.

    https://circleci.com/docs/reference/configuration-reference/#persisttoworkspace
    """
    root = box.path(root)
    if not box.exists(root):
        raise StepError(f"Error locating workspace root directory: stat {root}: no such file or directory")
    try:
        found = box.expand(root, paths)
        if not found:
            raise StepError(f"The specified paths did not match any files in {root}")
        archive.parent.mkdir(parents=True, exist_ok=True)
        with open(archive, "wb", opener=opener) as file:
            members = box.pack(root, found, file)
    except (ArchiveError, ValueError, OSError) as error:
        raise StepError(f"Error persisting to the workspace: {error}") from None
    return Layer(job, node, archive, members)


def attach(box: Box, at: str, layers: Sequence[Sequence[Layer]]) -> int:
    """Unpack the upstream jobs' layers at ``at`` in their order; return how many files there are.

    Fails if two jobs of one group, or two nodes of one job, persisted the same file, whatever its content.
    https://circleci.com/docs/reference/configuration-reference/#attachworkspace
    """
    clashes = sorted({name for group in layers for name in conflicts(group)})
    if clashes:
        names = "".join(f"\n  - {name}" for name in clashes)
        raise StepError(f"Concurrent upstream jobs persisted the same file(s) into the workspace:{names}")
    for place in _places(box.path(at), layers):
        box.claim(box.path(place))
    for layer in _in_order(layers):
        try:
            with layer.archive.open("rb") as file:
                box.unpack(file, box.path(at))
        except (ArchiveError, OSError) as error:
            raise StepError(f"Error applying workspace layer for job {layer.job}: {error}") from None
    return len({name for layer in _in_order(layers) for name in layer.members})


def _places(at: str, layers: Sequence[Sequence[Layer]]) -> Iterable[str]:
    """Return the folders that attaching writes to: each by itself if the layers hold absolute places."""
    if at != "/":
        return (at,)
    return dict.fromkeys(dirname(f"/{name}") for layer in _in_order(layers) for name in layer.members)


def conflicts(group: Iterable[Layer]) -> set[str]:
    """Return the files that more than one writer of a group of concurrent ones persisted."""
    files: dict[tuple[str, int], set[str]] = {}
    for layer in group:
        files.setdefault((layer.job, layer.node), set()).update(layer.members)
    return {name for one, other in combinations(files.values(), 2) for name in one & other}


def _in_order(layers: Sequence[Sequence[Layer]]) -> Iterator[Layer]:
    for group in layers:
        yield from group
