"""The layout of ``.nox/ci`` on disk, version 1; the only module that knows its names.

.nox/ci/.gitignore, CACHEDIR.TAG
.nox/ci/runs/<id>/owner            pid and start time of the process that runs it
                  /events.jsonl, config.yml
                  /log/<job>.log, artifacts/<job>[/<node>]/, test-results/<job>[/<node>]/
                  /workspaces/<job>.<node>.tar
                  /kept              link to the folder of the jobs, where --keep keeps it
.nox/ci/cache/                     save_cache, across runs
.nox/ci/counter                    the last pipeline number
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..runtime.owner import PREFIX, Owner, temporary_prefix
from ..runtime.task import Folders

KEPT = "kept"
"""In a run's folder: a link to the scratch folder of a run that keeps it for a look, and in that the sign of it."""
KEPT_RUNS = 20
KEPT_BYTES = 2 * 1024**3
LONGEST_NAME = 200
"""In bytes: file systems take 255, and the ends of our file names need some."""
CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by nox-circleci; may be deleted.\n"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder and its scratch folder, which goes with the run."""

    id: str
    path: Path
    scratch: Path
    state: Path

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def compiled(self) -> Path:
        return self.path / "config.yml"

    def log(self, job: str) -> Path:
        """Where the log of a job (or ``job/NODE``) is kept."""
        return self.path / "log" / f"{encoded(job)}.log"

    def serial_group_lock(self, group: str) -> Path:
        """The file that jobs of a serial group lock, across runs."""
        return self.state / "serial" / f"{encoded(group)}.lock"

    def of_node(self, job: str, node: int, nodes: int) -> Folders:
        """One job node's folders, the scratch made and the others named."""
        inner = Path(encoded(job)) / str(node) if nodes > 1 else Path(encoded(job))
        # Without blanks: scripts write to $BASH_ENV and the like without quotes.
        scratch = self.scratch / f"{encoded(job).replace(' ', '%20')}.{node}"
        remove_tree(scratch)  # of an earlier try, where a job is run again
        scratch.mkdir(parents=True, mode=0o700)
        return Folders(
            log=self.log(job),
            artifacts=self.path / "artifacts" / inner,
            test_results=self.path / "test-results" / inner,
            workspace=self.path / "workspaces" / f"{encoded(job)}.{node}.tar",
            scratch=scratch,
            cache=self.state / "cache",
        )


def encoded(name: str) -> str:
    """A job's name as one safe file name: what is not a letter, digit, ``._-`` or blank becomes ``%XX``.

    A name that would be too long for a file is cut, and told from others that begin alike by a digest.
    """
    safe = re.sub(r"[^\w. -]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), name)
    safe = re.sub(r"^\.", "%2E", safe)
    if len(safe.encode()) <= LONGEST_NAME:
        return safe
    head = safe.encode()[: LONGEST_NAME - 17].decode(errors="ignore")
    return f"{head}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def prepare_state(state: Path) -> None:
    """Make ``.nox/ci`` with its .gitignore and CACHEDIR.TAG."""
    state.mkdir(parents=True, exist_ok=True)
    for name, content in ((".gitignore", "*\n"), ("CACHEDIR.TAG", CACHEDIR_TAG)):
        if not (state / name).exists():
            (state / name).write_text(content, encoding="utf-8")


@contextlib.contextmanager
def open_run(state: Path, keep: bool = False) -> Iterator[RunFolder]:
    """A new run's folder; its scratch folder is removed at the end, whatever happened, or kept as long as the run."""
    prepare_state(state)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
    path = state / "runs" / name
    for folder in ("log", "artifacts", "test-results", "workspaces"):
        (path / folder).mkdir(parents=True)
    owner = Owner.current()
    owner.write(path / "owner")
    scratch = Path(tempfile.mkdtemp(prefix=temporary_prefix()))
    if keep:
        (scratch / KEPT).touch()
        (path / KEPT).symlink_to(scratch)
    try:
        yield RunFolder(name, path, scratch, state)
    finally:
        if not keep:
            remove_tree(scratch)
        (path / "owner").unlink(missing_ok=True)


def runs(state: Path) -> list[Path]:
    """The folders of the runs that are kept, newest first."""
    folder = state / "runs"
    return sorted((each for each in folder.iterdir() if each.is_dir()), reverse=True) if folder.is_dir() else []


def prune(state: Path, keep: int = KEPT_RUNS, limit: int = KEPT_BYTES) -> list[Path]:
    """Remove the oldest runs beyond the number and size that are kept; a run in progress stays.

    Returns the folders that were removed.
    """
    total, removed = 0, []
    for index, path in enumerate(runs(state)):
        total += tree_size(path)
        if (index >= keep or (index and total > limit)) and not _in_progress(path):
            if (path / KEPT / KEPT).exists():  # the folder of its jobs, not something else by now
                remove_tree((path / KEPT).resolve())
            remove_tree(path)
            removed.append(path)
    return removed


def clean_leftovers(temporary: Path | None = None) -> list[Path]:
    """Remove the temporary folders whose owner is dead; returns them."""
    found = leftovers(temporary or Path(tempfile.gettempdir()))
    for folder in found:
        remove_tree(folder)
    return found


def leftovers(temporary: Path) -> list[Path]:
    """The temporary folders of killed runs, but for those that were to be kept."""
    owners = ((each, Owner.named(each.name)) for each in temporary.glob(f"{PREFIX}*"))
    dead = [each for each, owner in owners if owner and not owner.alive() and os.access(each, os.W_OK)]
    return [each for each in dead if not (each / KEPT).exists()]


def _in_progress(path: Path) -> bool:
    owner = Owner.read(path / "owner")
    return bool(owner and owner.alive())


def tree_size(path: Path) -> int:
    """The bytes of the files below a folder."""
    total = 0
    for folder, _, files in os.walk(path):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_size
    return total


def remove_tree(path: Path) -> None:
    """Remove a folder with read-only folders in it too; what is gone already is no error."""

    def allow(function: object, name: str, error: object) -> None:
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(name), 0o700)
            os.chmod(name, 0o700)
            if os.path.isdir(name) and not os.path.islink(name):
                shutil.rmtree(name, ignore_errors=True)
            else:
                os.unlink(name)

    if path.exists():
        shutil.rmtree(path, onerror=allow)


def next_number(state: Path) -> int:
    """The project's next pipeline number; two runs at once get two numbers."""
    from .lock import locked

    with locked(state / "counter.lock"):
        counter = state / "counter"
        try:
            number = int(counter.read_text()) + 1
        except (FileNotFoundError, ValueError):
            number = 1
        counter.write_text(f"{number}\n")
    return number
