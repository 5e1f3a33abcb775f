"""The mark by which a user knows a record as one of their own runs'.

A project's folder may come from anybody, and with it a record that asks for what is the user's: the host engine, a
shared folder, variables. The key of the mark is in the user's own cache folder.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping

from ..options.settings import user_place
from ..record.json_writer import as_plain
from ..record.run_record import RunRecord
from ..runtime.storage.keyed_hash import KeyedHash


def seal(record: RunRecord, environ: Mapping[str, str] = os.environ) -> str:
    """Return the mark of a record: of its run, project and options; empty if the user has no place for the key."""
    place = user_place(environ, "XDG_CACHE_HOME", ".cache", "records")
    if place is None:
        return ""
    sealed = [record.id, record.project, as_plain(record.options), as_plain(record.parameters)]
    try:
        return KeyedHash(place)(json.dumps(sealed, sort_keys=True))
    except OSError:
        return ""


def is_sealed(record: RunRecord, environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether this user's own run has written the record, to its end."""
    mark = seal(record, environ)
    return bool(mark) and hmac.compare_digest(mark, record.seal)
