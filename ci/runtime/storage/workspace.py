"""A workflow's workspace: each job node adds a layer, jobs behind it attach them all.

https://circleci.com/docs/guides/orchestrate/workspaces/
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from posixpath import dirname

from ...system.private_files import opener
from ...system.removal import remove_tree
from ..box import Box
from ..failures import StepError
from ..files.archive import ArchiveError
from ..files.folder_layer import layer_files, pack_layer
from ..task import Layer
from .archives_elsewhere import unpack_stored
from .stored_archive import SUFFIX, ArchiveGone, StoreError, read_record, write_record

FOLDER, UNFINISHED = ".layer", ".unfinished"
"""What the names of layers that are folders end in, and of those that are not whole yet."""

_NODE = re.compile(r"\.(\d+)(?:\.\d+)?\.(?:tar|layer|stored)\Z")
"""The number of the node in the name of its layer."""


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
        place, members = _written(box, root, found, archive)
    except (ArchiveError, StoreError, ValueError, OSError) as error:
        raise StepError(f"Error persisting to the workspace: {error}") from None
    return Layer(job, node, place, members)


def _written(box: Box, root: str, found: Sequence[str], archive: Path) -> tuple[Path, tuple[str, ...]]:
    """Write a layer, a folder if the box can; it has its name when it is whole."""
    place, half = archive.with_suffix(FOLDER), archive.with_name(f"{archive.name}{UNFINISHED}")
    record = archive.with_suffix(SUFFIX)
    remove_tree(half)
    record.unlink(missing_ok=True)
    try:
        if stored := box.store_archive(root, found, "workspace"):
            write_record(record, stored)
            return record, stored.files
        members = box.copy_out(root, found, os.fspath(half))
        archive.unlink(missing_ok=True)  # of an earlier try
        remove_tree(place)
        if members is not None:
            os.rename(half, place)
            return place, members
        with open(half, "wb", opener=opener) as file:
            members = box.pack(root, found, file)
        os.replace(half, archive)
    except BaseException:
        remove_tree(half) if half.is_dir() else half.unlink(missing_ok=True)
        raise
    return archive, members


def load_layer(job: str, place: Path) -> Layer:
    """Return the layer that a job of an earlier run has left at a place.

    Raise OSError or ValueError if there is none that can be read.
    """
    node = _NODE.search(place.name)
    if node is None:
        raise ValueError(f"{place.name} is no name of a layer")
    return Layer(job, int(node[1]), place, _files(place))


def _files(place: Path) -> tuple[str, ...]:
    if place.suffix == SUFFIX:
        return read_record(place).files
    return layer_files(place) if place.is_dir() else _archive_files(place)


def _archive_files(place: Path) -> tuple[str, ...]:
    import tarfile

    try:
        with tarfile.open(place, "r:") as archive:
            return tuple(each.name for each in archive if not each.isdir())
    except tarfile.TarError as error:
        raise ValueError(str(error)) from None


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
            _put(box, layer.archive, box.path(at))
        except ArchiveGone as error:
            message = f"{error}. {layer.job} must run again too: rerun --all"
            raise StepError(f"Error applying workspace layer for job {layer.job}: {message}") from None
        except (ArchiveError, StoreError, ValueError, OSError) as error:
            raise StepError(f"Error applying workspace layer for job {layer.job}: {error}") from None
    return len({name for layer in _in_order(layers) for name in layer.members})


def _put(box: Box, place: Path, at: str) -> None:
    """Put a layer into the box, whichever kind it is and whichever the box takes."""
    if place.suffix == SUFFIX:
        unpack_stored(box, read_record(place), at)
        return
    if not place.is_dir():
        with place.open("rb") as file:
            box.unpack(file, at)
        return
    if not box.copy_in(os.fspath(place), at):
        with tempfile.TemporaryFile(dir=place.parent) as file:
            pack_layer(os.fspath(place), file, box.check)
            file.seek(0)
            box.unpack(file, at)


def _places(at: str, layers: Sequence[Sequence[Layer]]) -> Iterable[str]:
    """Return the folders that attaching writes to: each by itself if the layers hold absolute places."""
    if at != "/":
        return (at,)
    return dict.fromkeys(dirname(f"/{name}") for layer in _in_order(layers) for name in layer.members)


def conflicts(group: Iterable[Layer]) -> set[str]:
    """Return the files that more than one writer of a group of concurrent ones persisted."""
    writers: dict[str, tuple[str, int]] = {}
    return {
        name
        for layer in group
        for name in layer.members
        if writers.setdefault(name, (layer.job, layer.node)) != (layer.job, layer.node)
    }


def _in_order(layers: Sequence[Sequence[Layer]]) -> Iterator[Layer]:
    for group in layers:
        yield from group
