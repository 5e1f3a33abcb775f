"""A set of orbs as one file, to carry to a machine without a network: a tar archive laid out as a folder of orbs."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from ..errors import Problem, UsageError
from ..system.command_names import typed_command
from .folder_of_orbs import check_source, replacing, write
from .reference_files import REFERENCE

MOST_ORBS = 20_000
MOST_BYTES = 1_000_000_000
LARGEST = 20_000_000


def export_orbs(file: Path, orbs: Mapping[str, str]) -> None:
    """Write orbs, by their place below a folder of orbs, into an archive. Raises UsageError if it cannot be written."""
    with replacing(file, make_parents=False) as raw, tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for place, source in sorted(orbs.items()):
            content = source.encode()
            member = tarfile.TarInfo(place)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))


def import_orbs(file: Path, folder: Path) -> list[str]:
    """Write the orbs of an archive into a folder of orbs; return their places below it.

    Raises UsageError before anything is written if the file is not such an archive, or something in it is not an orb.
    """
    found = _read(file)
    if not found:
        raise UsageError(Problem(f"{file} has no orbs", None, _hint()))
    for place, source in found.items():
        write(folder / place, source)
    return list(found)


def _read(file: Path) -> dict[str, str]:
    try:
        if not file.is_file():
            raise UsageError(Problem(f"there is no file {file}"))
        with tarfile.open(file, "r:*") as archive:
            return _sources(archive, archive, file)
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(Problem(f"{file} is not an archive of orbs, or is damaged: {reason}", None, _hint())) from None


def _hint() -> str:
    return f"`{typed_command('orbs export FILE')}` writes such a file."


def _sources(archive: tarfile.TarFile, members: Iterable[tarfile.TarInfo], file: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    total = 0
    for member in members:
        if member.isdir():
            continue
        total += member.size
        if len(found) >= MOST_ORBS or total > MOST_BYTES or member.size > LARGEST:
            raise UsageError(Problem(f"{file} is larger than a set of orbs can be"))
        content = archive.extractfile(member) if member.isreg() else None
        if content is None or not is_place(member.name):
            raise UsageError(Problem(f"{file} has {member.name!r}, which is not the place of an orb"))
        found[member.name] = _checked(content.read(), f"{file}:{member.name}")
    return found


def _checked(content: bytes, name: str) -> str:
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(Problem(f"{name} is not UTF-8")) from None
    check_source(source, name)
    return source


def is_place(name: str) -> bool:
    """Return whether a name is that of an orb below a folder of orbs, and leads nowhere else."""
    parts = PurePosixPath(name).parts
    if name != "/".join(parts) or {"..", ".", "/"} & set(parts) or "\\" in name or not name.isprintable():
        return False
    if parts[:1] == ("https",):
        return len(parts) > 2
    return name.endswith(".yml") and bool(REFERENCE.match(name.removesuffix(".yml")))
