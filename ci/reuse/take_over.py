"""How results of an earlier run enter a new one: as copies, under the names that it would have given them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..dataclass import replace
from ..errors import Problem, UsageError
from ..events import Fidelity, JobStatus
from ..record.run_record import JobRecord
from ..run.folder import RunFolder
from ..runtime.storage.workspace import load_layer
from ..runtime.task import Outcome
from ..system.file_copy import copy_tree, copy_with_time
from ..system.private_files import has_link, make_folder


def take_over(run: Path, taken: Sequence[JobRecord], folder: RunFolder) -> dict[str, JobRecord]:
    """Copy what jobs have left in the folder of a run into that of a new one; return their records there, by name.

    Raise UsageError for a link, and for a layer of the workspace that cannot be read.
    """
    _refuse_links(run, taken)
    return {job.name: _take(run, job, folder) for job in taken}


def refuse_unreadable(run: Path, taken: Iterable[JobRecord]) -> None:
    """Raise UsageError for a link, and for a layer that cannot be read.

    To be called before the new run begins: the command that the error names is about the last run.
    """
    taken = tuple(taken)
    _refuse_links(run, taken)
    for job in taken:
        for path in job.layers:
            try:
                load_layer(job.name, run / path)
            except RecursionError:
                continue  # the copy says so
            except (OSError, ValueError) as error:
                raise _unreadable(run, job, error) from None


def _unreadable(run: Path, job: JobRecord, error: Exception) -> UsageError:
    message = f"the workspace of {job.name} in run {run.name} cannot be read: {error}"
    return UsageError(Problem(message, None, f"Run the job again too: rerun {job.name}. Everything: rerun --all"))


def _take(run: Path, job: JobRecord, folder: RunFolder) -> JobRecord:
    layers = tuple(_taken_layer(run, folder, job, path) for path in job.layers)
    nodes = tuple(replace(node, log=folder.relative(folder.log(node.label)) if node.log else "") for node in job.nodes)
    found = replace(
        job,
        layers=layers,
        nodes=nodes,
        artifacts_folder=folder.relative(folder.artifacts(job.name)) if job.artifacts_folder else "",
        results_folder=folder.relative(folder.test_results(job.name)) if job.results_folder else "",
        from_run=job.from_run or run.name,
    )
    for before, after in zip(left_files(job), left_files(found), strict=True):
        _copy(run / before, folder.run / after)
    return found


def left_files(job: JobRecord) -> Iterator[str]:
    """Yield the paths of a job's logs, artifacts and test results, relative to the run's folder."""
    yield from (node.log for node in job.nodes if node.log)
    yield from filter(None, (job.artifacts_folder, job.results_folder))


def _refuse_links(run: Path, taken: Iterable[JobRecord]) -> None:
    """Raise UsageError if what jobs have left is a link, or lies behind one: no run of ours makes any."""
    paths = [path for job in taken for path in (*job.layers, *left_files(job))]
    found = next((path for path in paths if has_link(run, path)), None)
    if found is not None:
        what = f"{run / found} is or lies behind a link, which may lead out of the run's folder"
        raise UsageError(Problem(what, None, "Run everything again: rerun --all"))


def outcomes(records: Iterable[JobRecord], folder: RunFolder) -> dict[str, Outcome]:
    """Return how the jobs ended whose records and layers a run has taken over."""
    return {each.name: outcome(each, folder) for each in records}


def outcome(job: JobRecord, folder: RunFolder) -> Outcome:
    """Return how a job ended that a run has taken over."""
    layers = tuple(load_layer(job.name, folder.run / path) for path in job.layers)
    status: JobStatus = "success" if job.status == "success" else "skipped"
    fidelity = job.fidelity or Fidelity("skipped")
    return Outcome(status, fidelity, job.reason, layers, job.tests, job.artifacts)


def _taken_layer(run: Path, folder: RunFolder, job: JobRecord, path: str) -> str:
    """Copy a layer; return its place in the new run. Raise UsageError if the old one cannot be read."""
    target = folder.path / "workspaces" / Path(path).name
    try:
        _copy(run / path, target)
        load_layer(job.name, target)
    except (OSError, ValueError) as error:
        raise _unreadable(run, job, error) from None
    return folder.relative(target)


def _copy(source: Path, target: Path) -> None:
    if not os.path.lexists(source) or os.path.lexists(target):
        return
    make_folder(target.parent)
    if source.is_dir() and not source.is_symlink():
        try:
            copy_tree(os.fspath(source), os.fspath(target))
        except RecursionError:
            what = f"{source} has folders that are nested too deep to be copied"
            raise UsageError(Problem(what, None, "Run everything again: rerun --all")) from None
    else:
        copy_with_time(os.fspath(source), os.fspath(target))
