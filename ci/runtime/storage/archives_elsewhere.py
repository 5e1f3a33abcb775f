"""Archives that lie elsewhere than on this machine, unpacked in a job's box."""

from __future__ import annotations

import tempfile

from ..box import Box
from .stored_archive import StoredArchive


def unpack_stored(box: Box, archive: StoredArchive, at: str) -> None:
    """Unpack an archive of which this machine has the record; by way of this machine if the box cannot reach it.

    Raise StoreError.
    """
    if box.load_archive(archive, at):
        return
    from .object_store import fetch_archive

    with tempfile.TemporaryFile() as file:
        fetch_archive(archive, file)
        box.unpack(file, at)
