"""The layout of ``.nox/ci`` on disk, version 1; the only module that knows its names.

.nox/ci/.gitignore, CACHEDIR.TAG
.nox/ci/runs/<id>/owner            pid, start time and PID namespace of the process that runs it
                  /run.json          the record of the run, see ci/record
                  /inputs.json       what its jobs saw and left, sealed, see ci/reuse
                  /junit.xml         the same for readers of JUnit XML
                  /events.jsonl, config.yml
                  /detached.json     of a run whose jobs go on without this program, see record/detached_run.py
                  /resumed.lock      held while somebody has come back to it
                  /report.html, tests.json  the page of the run, the tests of its results, see ci/page
                  /log/<job>.log, artifacts/<job>[/<node>]/, test-results/<job>[/<node>]/
                  /workspaces/<job>.<node>.tar, or .layer/ (runtime/files/folder_layer.py), or .stored, the record of
                  an archive that lies elsewhere (runtime/storage/stored_archive.py)
                  /workflows/<name>/ the same, but events.jsonl, of each workflow after the first
                  /kept              link to the folder of the jobs, if --keep keeps it
.nox/ci/runs/last                  link to the newest run's folder
.nox/ci/cache/                     save_cache, across runs
.nox/ci/counter                    the last pipeline number
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from ..dataclass import dataclass, replace
from ..errors import Problem, UsageError
from ..record import detached_run
from ..runtime.task import Folders
from ..system.files_below import files_below
from ..system.private_files import FOLDER_MODE, make_folder, read_bytes, write_text
from ..system.removal import remove_tree
from ..system.temporary import PREFIX, Owner, new_folder, remove_last, temporary_place, temporary_prefix
from .state_folder import prepare_state

KEPT = "kept"
"""In a run's folder: a link to the scratch folder of a run that keeps it. In that: a file that names the run."""
LAST = "last"
"""Beside the runs' folders: a link to the newest one, for people; nothing here follows it."""
RECORD = "run.json"
EVENTS = "events.jsonl"
PAGE = "report.html"
TESTS = "tests.json"
CONTENTS = ("log", "artifacts", "test-results", "workspaces")
"""The folders of what jobs leave, in a workflow's."""
KEPT_RUNS = 20
KEPT_BYTES = 2 * 1024**3
UNSEEN_SECONDS = 24 * 3600
"""How long after it has written something a run counts as in progress whose process nobody sees here."""
LONGEST_NAME = 200
"""In bytes: file systems take 255, and the ends of our file names need some."""
_RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
"""How the folders of runs are called; no other is touched."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A folder that clean-up has removed; ``left`` is why it, or a part of it, is still there."""

    path: Path
    left: str | None = None


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder and its scratch folder, which goes with the run, as one of its workflows uses them."""

    id: str
    run: Path
    """The folder of the whole run."""
    scratch: Path
    state: Path
    path: Path
    """Where the workflow's own files are: ``run``, or a folder in it."""

    def of_workflow(self, number: int, name: str) -> RunFolder:
        """Return the folder as the run's workflow of that name uses it, its folders made; the first is number 1."""
        if number == 1:
            return self
        path = self.run / "workflows" / encoded(name)
        _make_folders(path)
        return replace(self, path=path, scratch=self.scratch / str(number))

    def relative(self, path: Path) -> str:
        """Return a path in the run's folder, as seen from there."""
        return os.path.relpath(path, self.run)

    @property
    def record(self) -> Path:
        return self.run / RECORD

    @property
    def junit(self) -> Path:
        return self.run / "junit.xml"

    @property
    def events(self) -> Path:
        return self.run / EVENTS

    @property
    def compiled(self) -> Path:
        return self.path / "config.yml"

    def log(self, job: str) -> Path:
        """Return where the log of a job (or ``job/NODE``) is kept."""
        return self.path / "log" / f"{encoded(job)}.log"

    def artifacts(self, job: str) -> Path:
        """Return the folder of the artifacts of a job, and of all of its nodes."""
        return self.path / "artifacts" / encoded(job)

    def test_results(self, job: str) -> Path:
        """Return the folder of the test results of a job, and of all of its nodes."""
        return self.path / "test-results" / encoded(job)

    def serial_group_lock(self, group: str) -> Path:
        """Return the file that jobs of a serial group lock, across runs."""
        return self.state / "serial" / f"{encoded(group)}.lock"

    def of_node(self, job: str, node: int, nodes: int) -> Folders:
        """Return one job node's folders, the scratch made and the others named."""
        inner = Path(encoded(job)) / str(node) if nodes > 1 else Path(encoded(job))
        scratch = self.scratch / scratch_name(job, node)
        if os.path.lexists(scratch):  # of an earlier try, if a job is run again
            remove_tree(scratch)
        scratch.mkdir(parents=True, mode=0o700)
        return Folders(
            log=self.log(job),
            artifacts=self.path / "artifacts" / inner,
            test_results=self.path / "test-results" / inner,
            workspace=self.path / "workspaces" / f"{encoded(job)}.{node}.tar",
            scratch=scratch,
            cache=self.state / "cache",
        )


def scratch_name(job: str, node: int) -> str:
    """Return the name of a node's scratch folder: without blanks, for scripts write to $BASH_ENV without quotes."""
    return f"{encoded(job).replace(' ', '%20')}.{node}"


def kept_node(run: Path, workflow: int, job: str, node: int) -> Path | None:
    """Return the folder that --keep has kept of a node, of a run's workflow by its number; None if there is none."""
    scratch = kept_scratch(run)
    if scratch is None:
        return None
    return (scratch if workflow == 1 else scratch / str(workflow)) / scratch_name(job, node)


def encoded(name: str) -> str:
    """Return a job's name as one safe file name: what is not a letter, digit, ``._-`` or blank becomes ``%XX``.

    A name that would be too long for a file is cut, and a digest distinguishes it from others that begin alike.
    """
    safe = re.sub(r"[^\w. -]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), name)
    safe = re.sub(r"^\.", "%2E", safe)
    if len(safe.encode()) <= LONGEST_NAME:
        return safe
    import hashlib

    head = safe.encode()[: LONGEST_NAME - 17].decode(errors="ignore")
    return f"{head}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


@contextlib.contextmanager
def open_run(state: Path, keep: bool = False) -> Iterator[RunFolder]:
    """Make a new run's folder; its scratch folder is removed at the end, or kept as long as the run."""
    prepare_state(state)
    make_folder(state / "runs")
    path = _new_folder(state / "runs")
    name = path.name
    _make_folders(path)
    Owner.current().write(path / "owner")
    link_last(path)
    made: list[str] = []
    try:
        scratch = Path(new_folder(temporary_prefix(), note=made.append))
        if keep:
            write_text(scratch / KEPT, name)
            (path / KEPT).symlink_to(scratch)
        yield RunFolder(name, path, scratch, state, path)
    finally:
        if not keep:
            remove_last(made)
        with contextlib.suppress(OSError):  # somebody may have removed the run meanwhile
            (path / "owner").unlink(missing_ok=True)


@contextlib.contextmanager
def reopen_run(state: Path, name: str) -> Iterator[RunFolder]:
    """Use the folder of a run that was left, with a new scratch folder. Raise UsageError if somebody else does."""
    path = state / "runs" / name
    made: list[str] = []
    with alone_with(path) as is_free:
        if not is_free or in_progress(path):
            what = f"run {name} is being resumed elsewhere already"
            raise UsageError(Problem(what, None, "Wait until that ends, or end it there with Ctrl-C."))
        if not has_detached(path):
            raise UsageError(f"run {name} is detached no more: somebody has resumed it meanwhile")
        Owner.current().write(path / "owner")
        try:
            yield RunFolder(name, path, Path(new_folder(temporary_prefix(), note=made.append)), state, path)
        finally:
            remove_last(made)
            with contextlib.suppress(OSError):
                (path / "owner").unlink(missing_ok=True)


def alone_with(path: Path) -> AbstractContextManager[bool]:
    """Be the only one who comes back to a run that was left, or ends it; yield False if somebody else does."""
    from ..system.lock import lock_if_free

    return lock_if_free(path / "resumed.lock")


def _new_folder(runs: Path) -> Path:
    """Make the folder of a new run, whose name is behind those of all runs before it."""
    while True:
        now = time.time()
        began = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
        path = runs / f"{began}-{int(now % 1 * 0x1000):03x}{os.urandom(2).hex()[:3]}"
        with contextlib.suppress(FileExistsError):
            path.mkdir(FOLDER_MODE)
            return path


def _make_folders(path: Path) -> None:
    make_folder(path)
    for name in CONTENTS:
        (path / name).mkdir(mode=FOLDER_MODE)


def link_last(run: Path) -> None:
    """Let ``last`` lead to a run, in one move; the link is made in the run's folder, with which what is left goes.

    Without the link the run goes on: not every file system has links, and a folder of that name is somebody's own.
    """
    with contextlib.suppress(OSError):
        (run / LAST).symlink_to(run.name)
        try:
            os.replace(run / LAST, run.with_name(LAST))
        except OSError:
            (run / LAST).unlink()


def _unlink_last(state: Path, removed: str) -> None:
    """Remove ``last`` if it leads to a run that is removed."""
    last = state / "runs" / LAST
    with contextlib.suppress(OSError):
        if os.readlink(last) == removed:
            last.unlink()


def runs(state: Path) -> list[Path]:
    """Return the folders of the runs that are kept, newest first; links and what we did not name are not runs."""
    if (state / "runs").is_symlink() or not (state / "runs").is_dir():
        return []
    with os.scandir(state / "runs") as entries:
        found = [each.path for each in entries if _RUN.fullmatch(each.name) and each.is_dir(follow_symlinks=False)]
    return [Path(each) for each in sorted(found, reverse=True)]


def prune(state: Path, keep: int = KEPT_RUNS, limit: int = KEPT_BYTES) -> list[Removed]:
    """Remove the oldest runs beyond the number and size that are kept; a run in progress stays."""
    total, removed = 0, []
    for index, path in enumerate(runs(state)):
        total += tree_size(path)
        if (index >= keep or (index and total > limit)) and not in_progress(path) and not is_detached(path):
            removed += remove_run(state, path)
    return removed


def remove_run(state: Path, path: Path) -> list[Removed]:
    """Remove a run's folder, and what --keep has kept of it."""
    removed = []
    if (kept := kept_scratch(path)) and (left := _remove_kept(kept)):
        removed.append(Removed(kept, left))
    _unlink_last(state, path.name)
    return [*removed, Removed(path, remove_tree(path, owners(state)))]


def owners(state: Path) -> tuple[int, ...]:
    """Return the users, by number, whose folders below the state are ours: this one, and whoever owns the state."""
    return os.geteuid(), os.lstat(state).st_uid


def kept_scratch(run: Path) -> Path | None:
    """Return the folder of a run's jobs that --keep has kept; None if no folder there is marked as that run's."""
    try:
        scratch = Path(os.readlink(run / KEPT))
        named = read_bytes(scratch / KEPT).decode()
    except (OSError, ValueError):
        return None
    return scratch if Owner.named(scratch.name) and named == run.name else None


def _remove_kept(scratch: Path) -> str | None:
    """Remove the folder that --keep has kept; a link in the state leads nowhere but to the temporary folder."""
    temporary = temporary_place()
    if os.path.realpath(scratch.parent) != os.path.realpath(temporary):
        return f"it is not in the temporary folder, {temporary}"
    return remove_tree(scratch)


def clean_leftovers(temporary: Path | None = None) -> list[Removed]:
    """Remove the temporary folders whose owner is dead."""
    return [Removed(each, remove_tree(each)) for each in leftovers(temporary or Path(temporary_place()))]


def leftovers(temporary: Path) -> list[Path]:
    """Return this user's temporary folders of killed runs, but for those that were to be kept."""
    return [Path(each.path) for each in os.scandir(temporary) if each.name.startswith(PREFIX) and _is_leftover(each)]


def _is_leftover(entry: os.DirEntry[str]) -> bool:
    owner = Owner.named(entry.name)
    if not owner or owner.alive() or os.path.lexists(os.path.join(entry.path, KEPT)):
        return False
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def in_progress(path: Path) -> bool:
    """Return whether the process that runs a run is alive.

    A run of another PID namespace, as a container's that has the project too, is in progress as long as it has
    written something in the last day: nobody sees its process here, and a killed one must not be kept for ever.
    """
    owner = Owner.read(path / "owner")
    if owner is None or owner.is_visible():
        return bool(owner and owner.alive())
    return any(_age(path / each) < UNSEEN_SECONDS for each in (EVENTS, "owner"))


def _age(path: Path) -> float:
    """Return how many seconds ago a file was written; without an end if it is not there."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return math.inf


def is_detached(path: Path) -> bool:
    """Return whether some jobs of a run go on without any program here."""
    return has_detached(path) and not in_progress(path)


def has_detached(path: Path) -> bool:
    """Return whether some jobs of a run go on that nobody has come back to."""
    return os.path.exists(path / detached_run.FILE)


def tree_size(path: Path) -> int:
    """Return the bytes of the files below a folder."""
    total = 0
    for file in files_below(os.fspath(path)):
        with contextlib.suppress(OSError):
            total += file.stat(follow_symlinks=False).st_size
    return total


def next_number(state: Path) -> int:
    """Return the project's next pipeline number; two runs at once get two numbers."""
    from ..system.lock import locked

    with locked(state / "counter.lock"):
        counter = state / "counter"
        try:
            number = int(read_bytes(counter)) + 1
        except (FileNotFoundError, ValueError):
            number = 1
        write_text(counter, f"{number}\n")
    return number
