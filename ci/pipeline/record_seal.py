"""The mark by which a user knows a record as one of their own runs'.

A project's folder may come from anybody, and with it a record that asks for what is the user's: the host engine, a
shared folder, variables. The key of the mark is in the user's own cache folder. A mark counts in the project of its run
alone, so that a record that somebody has published is of no use in another one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from ..options.settings import user_place
from ..record.json_writer import as_plain
from ..record.run_record import RunRecord
from ..runtime.storage.keyed_hash import KeyedHash


def seal(record: RunRecord, environ: Mapping[str, str] = os.environ) -> str:
    """Return the mark of a record: of its run, project, options and approvals; empty without a place for the key."""
    place = user_place(environ, "XDG_CACHE_HOME", ".cache", "records")
    if place is None or _is_below(place, record.project):
        return ""
    approved = [
        (workflow.name, job.name)
        for workflow in record.workflows
        for job in workflow.jobs
        if job.kind == "approval" and job.status == "success"
    ]
    chosen = [as_plain(record.options), as_plain(record.parameters), record.branch, record.tag]
    try:
        return KeyedHash(place)(json.dumps([record.id, record.project, *chosen, approved], sort_keys=True))
    except (OSError, RecursionError):
        return ""


def is_sealed(record: RunRecord, root: Path, environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether this user's own run in that project has written the record, to its end."""
    if record.project != str(root):
        return False
    import hmac  # it loads OpenSSL's library, and no run compares at its end

    mark = seal(record, environ)
    return bool(mark) and hmac.compare_digest(mark.encode(), record.seal.encode("utf-8", "replace"))


def _is_below(place: Path, folder: str) -> bool:
    """Return whether a project can have brought a place along."""
    return Path(os.path.realpath(place)).is_relative_to(os.path.realpath(folder))
