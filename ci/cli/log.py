"""``log``: what a run's steps printed."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PASSED, Problem, UsageError
from ..escapes import visible_name
from ..options.parser import command_parser
from ..project.project import find_project
from ..system.command_names import typed_command
from .screen import show

if TYPE_CHECKING:
    from ..report.log_excerpt import Excerpt
    from ..run.kept_runs import KeptRun

SHOWN = 1
"""Failed steps that are shown unless a job is named; the others are listed."""


def command(argv: Sequence[str], start: Path) -> int:
    """Show a failed step, a step or a job of a run: log [RUN] [JOB] [--step N]."""
    given = command_parser("log").parse(argv)
    from ..run.folder import LAST
    from ..run.kept_runs import failures_without_log, find_run, names_run
    from ..run.state_folder import check_state

    project = find_project(start)
    check_state(project.root, project.state)
    run, job = given.run, given.job
    if run and not job and not names_run(project.state, run):
        run, job = LAST, run
    found = find_run(project.state, run or LAST)
    excerpts = _excerpts(found, job, given.step)
    if not excerpts:
        show(f"run {found.id}: no step failed; `log {run or LAST} JOB` shows a job's log")
        for line in failures_without_log(found):
            show(line)
        return PASSED
    _show(found.path, excerpts if job else excerpts[:SHOWN], at_end=not job)
    for each in excerpts[SHOWN:] if not job else ():
        show(_other(each, run, found.alive))
    return PASSED


def _other(excerpt: Excerpt, run: str, alive: bool) -> str:
    """Return the line that names another failed step, or a job that has not ended, with the command that shows it."""
    what = "failed too" if excerpt.failed else "still running" if alive else "did not end"
    shown = typed_command(shlex.join(["log", *([run] if run else []), *excerpt.words]))
    return f"{what}: {excerpt.title.partition(', ')[2]}: {shown}"


def _excerpts(run: KeptRun, job: str, step: int) -> Sequence[Excerpt]:
    from ..report import log_excerpt

    if run.record is None:
        return [_of_file(run, job, step)]
    if job:
        return log_excerpt.of_job(run.record, job, step)
    failed = log_excerpt.failed_steps(run.record)
    if not step:
        return failed
    hint = f"Name it: `{typed_command('log [RUN] JOB --step N')}`."
    raise UsageError(Problem("--step needs the name of a job", None, hint))


def _of_file(run: KeptRun, job: str, step: int) -> Excerpt:
    """Return the log of a job in a run that has no record."""
    from ..report.log_excerpt import Excerpt
    from ..run.folder import encoded

    log = f"log/{encoded(job)}.log"
    if job and not step and (run.path / log).is_file():
        return Excerpt(log, f"run {run.id}, {job}")
    names = ", ".join(sorted(visible_name(each.name) for each in (run.path / "log").glob("*.log"))) or "none"
    raise UsageError(Problem(f"run {run.id}: {run.problem}", None, f"Its logs, in {run.path / 'log'}: {names}"))


def _show(folder: Path, excerpts: Sequence[Excerpt], at_end: bool) -> None:
    """Show excerpts; ``at_end``: first the end of them, which says why a step failed.

    A terminal gets their colours alone: a log that came with a project is of nobody knows whom.
    """
    from ..report.control_sequences import only_colored
    from ..report.log_file import open_log, pieces
    from .pager import LONGEST_SCREEN, fits_screen, paged

    shown: Callable[[bytes], bytes] = only_colored if sys.stdout.isatty() else _shown_by_ci()
    with ExitStack() as stack:
        logs = [stack.enter_context(open_log(folder, each)) for each in excerpts]
        titles = [f"{visible_name(each.title)}\n".encode("utf-8", "replace") for each in excerpts]
        parts = zip(titles, map(pieces, logs, excerpts), strict=True)
        lines = chain.from_iterable(chain([title], map(shown, found)) for title, found in parts)
        start = list(islice(lines, LONGEST_SCREEN))
        write = stack.enter_context(paged(at_end and not fits_screen(start)))
        for line in chain(start, lines):
            write(line)


def _shown_by_ci() -> Callable[[bytes], bytes]:
    """Return what makes a line of a log fit for what reads our output: GitHub's runner obeys some lines."""
    from ..report.ci_log import ci_system

    if ci_system(os.environ) != "github":
        return bytes
    from ..report.workflow_commands import no_command_in

    return no_command_in
