"""``run --watch``: a run for what a saved file concerns, again and again."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from ..errors import INTERRUPTED, PASSED, Problem, UsageError
from ..escapes import visible_name
from ..git.work_tree import find_place
from ..options.table import Options
from ..pipeline.chosen_steps import stops_wanted
from ..pipeline.detached_options import refuse_watch
from ..pipeline.run_mode import RunMode
from ..pipeline.watched_jobs import NothingToRunError, WatchedRun, checking_out, left_out_lines, without_unasked
from ..project.project import Project
from ..run.kept_runs import read_run
from ..run.pauses import NoPauses
from ..run.state_folder import check_state
from ..watch.changed_files import ChangedFiles, WatchError, require_watchfiles
from ..watch.child import Child
from ..watch.counted_changes import WatchedTree
from ..watch.loop import LoopHooks, WatchLoop
from ..watch.message_pipe import MessagePipe
from ..watch.saved_contents import SavedContents
from ..watch.standing import Standing
from ..workflow.plan import Plan
from .entry import status_of
from .main import caught

Run = Callable[[RunMode], int]


def run_watched(project: Project, options: Options, run: Run) -> int:
    """Run, and run again what a saved file concerns, until Ctrl-C; return the status of the last run that ended."""
    if stops_wanted(options):
        message = "--watch and --pause exclude each other: a job that waits for you would be ended by your next save"
        raise UsageError(Problem(message, None, "Leave one of them out."))
    refuse_watch(options)
    require_watchfiles()
    check_state(project.root, project.state)
    place = find_place(project.root)
    top = place.top if place else project.root.resolve()
    config = Path(os.path.realpath(project.config))
    contents = SavedContents(top)
    tree = WatchedTree(top, place is not None, config)
    watched = [top] if config.is_relative_to(top) else [top, config.parent]
    unwatched = [top / ".nox", project.state.resolve(), *map(Path, map(os.path.realpath, options.share))]
    with contextlib.closing(_changed_files(watched, unwatched)) as files:
        hooks = LoopHooks(
            start=lambda standing: Child(lambda messages: _in_child(run, options, standing, messages)),
            after=_after,
            counted=lambda changes: contents.differing(tree.counted(changes)),
            config=os.path.relpath(config, top),
            say=_say,
        )
        _say(f"watching {top}; Ctrl-C ends")
        try:
            return WatchLoop(files, hooks).go()
        except WatchError as error:
            hint = "Rename or remove a file whose name is no UTF-8, if it says so, and start again."
            raise UsageError(Problem(f"the files below {top} are no longer watched: {error}", None, hint)) from None


def _changed_files(watched: list[Path], unwatched: list[Path]) -> ChangedFiles:
    try:
        return ChangedFiles(watched, unwatched)
    except WatchError as error:
        hint = "Where many files are the reason: sudo sysctl fs.inotify.max_user_watches=1048576"
        raise UsageError(Problem(f"the files below {watched[0]} cannot be watched: {error}", None, hint)) from None


def _after(standing: Standing, folder: Path, version: int) -> Standing:
    record = read_run(folder).record
    return standing.after(folder, record, version) if record and record.workflows else standing


def _in_child(run: Run, options: Options, standing: Standing, messages: MessagePipe) -> int:
    """Run what is due, in a process of its own; return its status."""

    def call() -> int:
        try:
            return run(_mode(options, standing, messages))
        except NothingToRunError:
            messages.send({"idle": True})
            return PASSED
        except KeyboardInterrupt:  # the loop has said why
            return INTERRUPTED

    return status_of(lambda argv: caught(call), sys.argv[1:], Path())


def _mode(options: Options, standing: Standing, messages: MessagePipe) -> RunMode:
    pauses = NoPauses()

    def serve(folder: Path) -> AbstractContextManager[None]:
        messages.send({"run": str(folder)})
        return contextlib.nullcontext()

    pauses.serve = serve

    def narrow(plan: Plan) -> Plan:
        kept = without_unasked(plan, () if options.jobs_of_project else options.jobs)
        messages.send({"reads": bool(checking_out(kept))})
        if not standing.earlier:
            for line in left_out_lines(kept, plan):
                _say(line)
        return kept

    return RunMode(pauses, _earlier(standing, messages), narrow)


def _earlier(standing: Standing, messages: MessagePipe) -> WatchedRun | None:
    record = read_run(standing.earlier).record if standing.earlier else None
    if record is None or standing.earlier is None:
        return None
    return WatchedRun(
        standing.earlier,
        record,
        is_own=True,
        failing=standing.failing,
        outdated=standing.outdated(),
        tell=messages.send,
    )


def _say(line: str) -> None:
    print(visible_name(line), file=sys.stderr, flush=True)
