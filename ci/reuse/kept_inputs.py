"""What the jobs of a run have seen, as it is kept beside the run's record: ``inputs.json`` in its folder, version 1.

The file has the seal of the user whose run it was, over all that is in it. In a project that comes from somebody else,
or that was copied or moved, nothing of it counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..dataclass import dataclass, field
from ..record.json_reader import RecordError, from_plain
from ..record.json_writer import as_plain
from ..record.run_record import JobRecord
from ..runtime.seen import CacheUse
from ..system.digests import sha256
from ..system.private_files import read_bytes, write_text
from .job_key import Key
from .user_key import Hide

INPUTS = "inputs.json"
"""In a run's folder."""
VERSION = 1


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """A layer of the workspace that a job has attached."""

    job: str
    node: int
    path: str
    """In the run's folder."""
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class JobInputs:
    """What a job has seen, and what it has left."""

    status: str
    key: Mapping[str, object]
    """See job_key.py; of what the job sees before its first step."""
    caches: tuple[CacheUse, ...] = ()
    layers: tuple[tuple[LayerPlace, ...], ...] = ()
    record: str = ""
    """A digest of the job's record in run.json."""
    stamps: Mapping[str, object] = field(default_factory=dict)
    """What the file system says of the layers, artifacts and test results that the job has left, by path."""


@dataclass(frozen=True, slots=True)
class RunInputs:
    """What the jobs of a run have seen, by workflow and job."""

    run: str
    project: str
    workflows: Mapping[str, Mapping[str, JobInputs]]


def write_inputs(folder: Path, inputs: RunInputs, seal: Hide) -> None:
    """Keep what a run's jobs have seen. Raise OSError."""
    body = json.dumps(
        {
            "version": VERSION,
            "run": inputs.run,
            "project": inputs.project,
            "workflows": {
                name: {job: as_plain(each) for job, each in jobs.items()} for name, jobs in inputs.workflows.items()
            },
        }
    )
    write_text(folder / INPUTS, f"{seal(body)}\n{body}\n")


def read_inputs(folder: Path, project: str, seal: Hide) -> RunInputs | None:
    """Return what a kept run's jobs have seen; None if the user's own run has not written it here, whole."""
    import hmac

    try:
        mark, _, body = read_bytes(folder / INPUTS).decode().partition("\n")
        body = body.removesuffix("\n")
        if not hmac.compare_digest(mark.encode(), seal(body).encode()):
            return None
        data = json.loads(body)
        if (data["version"], data["run"], data["project"]) != (VERSION, folder.name, project):
            return None
        return RunInputs(data["run"], data["project"], _workflows(data["workflows"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, RecordError):
        return None


def _workflows(data: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, JobInputs]]:
    return {
        name: {job: from_plain(JobInputs, each, f"{name}.{job}") for job, each in jobs.items()}
        for name, jobs in data.items()
    }


def record_digest(job: JobRecord) -> str:
    """Return a digest of a job's record, which is the same once it was read from run.json."""
    return sha256(json.dumps(as_plain(job), sort_keys=True).encode("utf-8", "surrogatepass")).hex()


def key_of(inputs: JobInputs) -> Key:
    """Return the key that was kept, as it was made."""
    return {part: dict(facts) for part, facts in inputs.key.items() if isinstance(facts, Mapping)}
