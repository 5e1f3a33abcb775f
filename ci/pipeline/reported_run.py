"""A prepared run, shown before it starts or run in its folder: what its user sees of it, and its exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from ..dataclass import replace
from ..engines.exposure import runs_here
from ..escapes import visible_name
from ..options.table import Options
from ..project.project import Project
from ..record.run_record import JobRecord, RunRecord
from ..report.logs import Logs
from ..report.reporters import Reporter, reporting
from ..run.cleaning import left_line
from ..run.folder import RunFolder, clean_leftovers
from ..run.masked_events import masked
from ..run.run_context import RunContext
from ..run.workflow_run import LeftStatus, RunStatus, run_workflow
from ..runtime.masking.stream import Masker
from ..system.private_files import opener, write_text
from .closing_reports import complain
from .console_form import console_form
from .invocation import Invocation, open_invocation
from .loaded_config import LoadedConfig
from .run_mode import RunMode

EXIT: Mapping[RunStatus | LeftStatus, int] = {
    "success": 0,
    "on_hold": 0,
    "failed": 1,
    "canceled": 1,
    "detached": 0,
    "detached_failed": 1,
}


def show_plan(context: RunContext, as_json: bool = False, more: str = "") -> None:
    """Print what a run would do, from the very objects that would do it; ``more`` is what would follow."""
    from ..workflow.risks import risk_lines

    engine, settings = context.engine, context.settings
    of_plan = (
        context.plan,
        engine.name,
        context.engine_reason,
        lambda each: context.held_back.get(each.name) or engine.skip_reason(each, settings),
        lambda each: engine.preview(each, settings),
        lambda each: risk_lines(each.job) if each.job and runs_here(engine, each, settings) else (),
    )
    notices = (*context.passed.lines, *context.notices)
    if as_json:
        import json

        from ..report.plan_data import plan_data

        print(json.dumps({**plan_data(*of_plan), "notices": notices, "then": more or None}, indent=2))
        return
    from ..report.dry_run import plan_lines

    for line in (*plan_lines(*of_plan), *notices, *([f"  then {more}"] if more else [])):
        print(visible_name(line))


def run_alone(project: Project, config: LoadedConfig, context: RunContext, options: Options, mode: RunMode) -> int:
    """Run what was prepared as a run of its own; return the exit status."""
    mode, taken = taken_jobs(project, config, context, options, mode)
    with open_invocation(project, context, options) as invocation:
        return run_reported(invocation, config, context, options, mode, taken)


def taken_jobs(
    project: Project, config: LoadedConfig, context: RunContext, options: Options, mode: RunMode
) -> tuple[RunMode, tuple[JobRecord, ...]]:
    """Return the jobs whose results are taken from an earlier run, and the mode with that run.

    Raise UsageError for one that has changed since, and for parents that no run has.
    """
    if mode.earlier is None and not options.reuse_parents:
        return mode, ()
    compiled = Masker(context.secret_values(os.environ)).text(config.text)
    if options.reuse_parents:
        from .parents_run import parents_run, refuse_useless

        refuse_useless(options, mode)
        mode = replace(mode, earlier=parents_run(project, context.plan, compiled))
    taken = mode.earlier.taken(context.plan, compiled) if mode.earlier else ()
    if mode.earlier and taken:
        from ..reuse.take_over import refuse_unreadable

        refuse_unreadable(mode.earlier.folder, taken)
    return mode, taken


def run_reported(
    invocation: Invocation,
    config: LoadedConfig,
    context: RunContext,
    options: Options,
    mode: RunMode,
    taken: Sequence[JobRecord] = (),
) -> int:
    """Run what was prepared as the next workflow of a run, with the options' reporters; return the exit status."""
    with ExitStack() as stack:
        behind = [line for each in clean_leftovers() if (line := left_line(each))]
        context = replace(context, notices=(*context.notices, *config.chosen, *behind))
        masker = Masker(context.secret_values(os.environ))
        folder = invocation.next_folder(context)
        records, context = _with_taken(context, mode, taken, folder)
        recorder = invocation.begin(context, masker, folder, records)
        write_text(folder.compiled, masker.text(config.text))
        emit = stack.enter_context(reporting(reporters(context, folder, recorder, options, masker, invocation.record)))
        status = run_workflow(context, folder, masked(emit, masker))
    invocation.is_left = status in ("detached", "detached_failed")
    return EXIT[status]


def _with_taken(
    context: RunContext, mode: RunMode, taken: Sequence[JobRecord], folder: RunFolder
) -> tuple[Mapping[str, JobRecord], RunContext]:
    """Take results over from an earlier run; return their records and the context of a run that has them."""
    if mode.earlier is None or not taken:
        return {}, context
    from ..reuse.take_over import outcomes, take_over
    from .earlier_run import taken_lines

    records = take_over(mode.earlier.folder, taken, folder)
    notices = (*context.notices, *taken_lines(mode.earlier, taken, context.work_tree))
    return records, replace(context, taken=outcomes(records.values(), folder), notices=notices)


def reporters(
    context: RunContext,
    folder: RunFolder,
    recorder: Callable[[Logs], Reporter],
    options: Options,
    masker: Masker,
    run: RunRecord,
) -> list[Reporter]:
    """Return the reporters of a workflow: logs, events.jsonl and record, the console or JSON on standard output.

    ``run`` is the record of the whole run, of which it need not be the first workflow.
    """
    from ..report.bounded import Bounded
    from ..report.console import Console
    from ..report.json_lines import JsonLines, output_size
    from ..report.onward import Onward
    from ..report.style import width_of
    from ..report.tolerant import Tolerant
    from .failure_places import FailurePlaces

    events: Reporter = JsonLines(open(folder.events, "a", encoding="utf-8", opener=opener))
    if context.before:
        events = Onward(events)
    limit, logs = options.log_limit, Logs(folder.log)
    kept: list[Reporter] = [
        Tolerant("the logs", Bounded(limit, logs), complain),
        Tolerant("the events", Bounded(limit, events, output_size), complain),
        Onward(recorder(logs)) if context.before else recorder(logs),
    ]
    if options.json:
        return [*kept, JsonLines(sys.stdout, flush=True, owned=False)]
    typed = run.command if context.before else ()
    form = console_form(options, run.project, sys.stdout, os.environ)
    console = Console(
        sys.stdout,
        form.style,
        overlap=options.parallel != 1,
        quiet=options.quiet,
        verbose=options.verbose,
        live=form.live,
        hint=form.hint,
        log=form.log,
        places=FailurePlaces(context, folder, options, masker, logs, run.started, typed),
        width=lambda: width_of(sys.stdout),
    )
    return [*kept, console]
