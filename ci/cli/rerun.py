"""``rerun``: what failed in an earlier run, and what requires it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..dataclass import replace
from ..errors import Problem, UsageError
from ..options.given import parse_run
from ..pipeline.run_mode import RunMode
from ..project.project import find_project
from ..system.command_names import typed_command
from .arguments import leading_words, prog
from .pausable_run import run_pausable
from .recorded_options import as_recorded


def command(argv: Sequence[str], start: Path) -> int:
    """Run the failed jobs of a run again: rerun [RUN] [JOB...] [--all] [options of run]."""
    from ..pipeline.earlier_run import EarlierRun
    from ..pipeline.record_seal import is_sealed
    from ..pipeline.recorded_run import run_recorded
    from ..run.folder import LAST
    from ..run.kept_runs import find_run, names_run
    from ..run.state_folder import check_state

    project = find_project(start)
    check_state(project.root, project.state)
    words, given = leading_words(argv)
    rest = [each for each in given if each != "--all"]
    now = parse_run(rest, project.settings, os.environ, prog("rerun [RUN] [JOB]"))
    named = words[:1] if words and names_run(project.state, words[0]) else []
    found = find_run(project.state, named[0] if named else LAST)
    record = found.record
    if record is None or not record.workflows:
        what = found.problem or "no workflow of it had begun"
        hint = f"Run the workflow again: `{typed_command('run WORKFLOW')}`."
        raise UsageError(Problem(f"run {found.id}: {what}", None, hint))
    is_own = is_sealed(record, project.root)
    project, options = as_recorded(project, record, is_own, now, rest, "rerun")
    earlier = EarlierRun(found.path, record, tuple(words[len(named) :]), "--all" in given, is_own)

    if options.watch and not options.dry_run:
        from .watched_run import run_watched

        def again(mode: RunMode) -> int:
            return run_recorded(project, options, mode if mode.earlier else replace(mode, earlier=earlier))

        return run_watched(project, options, again)
    return run_pausable(options, lambda pauses: run_recorded(project, options, RunMode(pauses, earlier)))
